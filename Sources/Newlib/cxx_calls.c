/* What calls of C++ land in when there is nothing to call. */
#include <stdlib.h>
#include <string.h>

#include "cxx_message.h"
#include "shim.h"

void __hermit_cxx_fail(const char *why)
{
	sys_write(HERMIT_STDERR_FILENO, why, strlen(why));
	sys_write(HERMIT_STDERR_FILENO, "\n", 1);
	abort();
}

void __cxa_pure_virtual(void)
{
	__hermit_cxx_fail("a pure virtual function was called");
}

void __cxa_deleted_virtual(void)
{
	__hermit_cxx_fail("a deleted virtual function was called");
}

/* newlib's list of what to do at the end (its stdlib/atexit.h). */
enum { CXA = 2 };
int __register_exitproc(int kind, void (*function)(void), void *argument, void *image);

/* newlib's registers nothing in a program that does not use atexit as well. */
int __cxa_atexit(void (*destructor)(void *), void *object, void *image)
{
	return __register_exitproc(CXA, (void (*)(void))destructor, object, image);
}

/* The program's first task ends with the program, and its objects with it. */
int __cxa_thread_atexit(void (*destructor)(void *), void *object, void *image)
{
	return __cxa_atexit(destructor, object, image);
}
