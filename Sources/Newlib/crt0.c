/*
 * The start-up file, a part of every link: from the kernel's call to main,
 * which is environment, constructors, and the end.
 *
 * The function is weak. A program that defines one of its own gets nothing of
 * this file, nor of the C library what it does not use.
 */
#include <stdlib.h>

#include "shim.h"

typedef void (*constructor)(int, char **, char **);

extern const constructor __preinit_array_start[] HIDDEN_WEAK;
extern const constructor __preinit_array_end[] HIDDEN_WEAK;
extern const constructor __init_array_start[] HIDDEN_WEAK;
extern const constructor __init_array_end[] HIDDEN_WEAK;

extern char **environ;

int main(int argc, char **argv, char **envp);

/* program_name.c, in a program that asks for its name. */
void __hermit_set_program_name(char *name) HIDDEN_WEAK;

WEAK void runtime_entry(int argc, char **argv, char **envp)
{
	environ = envp;
	if (__hermit_set_program_name)
		__hermit_set_program_name(argv[0]);
	for (const constructor *f = __preinit_array_start; f < __preinit_array_end; f++)
		(*f)(argc, argv, envp);
	for (const constructor *f = __init_array_start; f < __init_array_end; f++)
		(*f)(argc, argv, envp);
	exit(main(argc, argv, envp));
}
