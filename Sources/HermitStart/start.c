/*
 * The start-up of a Swift application: the entry function that the kernel
 * calls, up to main and from there to the end.
 *
 * runtime_entry is weak, so that an application may bring its own; then what
 * this file keeps is empty.
 */
#include "CHermitStart.h"

#include <stddef.h>

static char *none[1];
static int32_t count;
static char **arguments = none;
static char **environment = none;

int32_t hermit_start_argument_count(void)
{
	return count;
}

char **hermit_start_arguments(void)
{
	return arguments;
}

char **hermit_start_environment(void)
{
	return environment;
}

#if !__STDC_HOSTED__

#include "../../include/hermit.h"

#include "random.h"

#define WEAK __attribute__((weak))
#define LINKER_ARRAY __attribute__((weak, visibility("hidden")))

typedef void (*constructor)(int, char **, char **);
typedef void (*destructor)(void);

extern const constructor __preinit_array_start[] LINKER_ARRAY, __preinit_array_end[] LINKER_ARRAY;
extern const constructor __init_array_start[] LINKER_ARRAY, __init_array_end[] LINKER_ARRAY;
extern const destructor __fini_array_start[] LINKER_ARRAY, __fini_array_end[] LINKER_ARRAY;

int main(int argc, char **argv);

/* What the compiler puts between a function's arrays and its return address. */
WEAK uintptr_t __stack_chk_guard;

/* A guard was overwritten: nothing on the stack can be trusted. */
WEAK HERMIT_NORETURN void __stack_chk_fail(void);
WEAK HERMIT_NORETURN void __stack_chk_fail(void)
{
	static const char message[] = "stack buffer overflow\n";

	sys_write(HERMIT_STDERR_FILENO, message, sizeof message - 1);
	sys_abort();
}

/* Not protected itself: the guard changes while it runs. */
__attribute__((no_stack_protector))
WEAK void runtime_entry(int argc, char **argv, char **envp)
{
	int status;

	/* The lowest byte in memory is zero: no string's copy writes across it. */
	hermit_start_random(&__stack_chk_guard, sizeof __stack_chk_guard);
	__stack_chk_guard &= ~(uintptr_t)0xff;

	count = argc;
	arguments = argv;
	environment = envp;
	for (const constructor *f = __preinit_array_start; f < __preinit_array_end; f++)
		(*f)(argc, argv, envp);
	for (const constructor *f = __init_array_start; f < __init_array_end; f++)
		(*f)(argc, argv, envp);
	status = main(argc, argv);
	for (const destructor *f = __fini_array_end; f > __fini_array_start;)
		(*--f)();
	sys_exit(status);
}

#endif
