/*
 * The start-up file of a C program: constructors, main, destructors, exit.
 */
#include "../../include/hermit.h"

typedef void (*function)(int, char **, char **);
typedef void (*destructor)(void);

extern const function __preinit_array_start[] __attribute__((weak, visibility("hidden")));
extern const function __preinit_array_end[] __attribute__((weak, visibility("hidden")));
extern const function __init_array_start[] __attribute__((weak, visibility("hidden")));
extern const function __init_array_end[] __attribute__((weak, visibility("hidden")));
extern const destructor __fini_array_start[] __attribute__((weak, visibility("hidden")));
extern const destructor __fini_array_end[] __attribute__((weak, visibility("hidden")));

int main(int argc, char **argv, char **envp);

void runtime_entry(int argc, char **argv, char **envp)
{
	int status;

	for (const function *f = __preinit_array_start; f < __preinit_array_end; f++)
		(*f)(argc, argv, envp);
	for (const function *f = __init_array_start; f < __init_array_end; f++)
		(*f)(argc, argv, envp);
	status = main(argc, argv, envp);
	for (const destructor *f = __fini_array_end; f > __fini_array_start;)
		(*--f)();
	sys_exit(status);
}
