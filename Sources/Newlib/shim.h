/*
 * What the files of this folder share. The folder puts newlib's names and
 * constants onto the functions of hermit.h; it is compiled into libc.a.
 *
 * newlib's own calls of the system have the form _NAME_r(reent, ...), where
 * reent holds the errno to set. The public NAME is weak: a program may have a
 * function of that name, and newlib does not call it.
 */
#ifndef HERMIT_SHIM_H
#define HERMIT_SHIM_H

#include <errno.h>
#include <reent.h>

#include <hermit.h>

#define WEAK __attribute__((weak))
#define HIDDEN __attribute__((visibility("hidden")))
#define HIDDEN_WEAK __attribute__((weak, visibility("hidden")))

/* newlib's number of an error of hermit.h's (errors.c). */
HIDDEN int __hermit_errno(int error);

/* A function's result as C has it: -1 and errno in place of an error. */
static inline long returned(struct _reent *reent, long result)
{
	if (result >= 0)
		return result;
	reent->_errno = __hermit_errno((int)-result);
	return -1;
}

/*
 * For the public functions, which have no reent: to find it is a call, which
 * only a failure needs. In errors.c, so that their callers save no register.
 */
/* Sets errno to that of a function's result, which is negative; -1. */
HIDDEN long __hermit_failed(long result);
/* Sets errno to ENOMEM; NULL. */
HIDDEN void *__hermit_no_memory(void);

/* A function's result as C has it: -1 and errno in place of an error. */
static inline long checked(long result)
{
	return __builtin_expect(result >= 0, 1) ? result : __hermit_failed(result);
}

/* The same for a failure that the shim itself finds, by newlib's number. */
static inline int failed(struct _reent *reent, int error)
{
	reent->_errno = error;
	return -1;
}

/*
 * The calling task's thread-control block, by which the shim tells tasks
 * apart. The first word of the block is its own address.
 */
static inline uintptr_t task(void)
{
	uintptr_t block;

	__asm__("movq %%fs:0, %0" : "=r"(block));
	return block;
}

#endif
