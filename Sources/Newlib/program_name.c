/* How the program was called, as GNU's and BSD's names of it. crt0.c sets it, where it is there. */
#include <stdlib.h>
#include <string.h>

#include "program_name.h"
#include "shim.h"

char *program_invocation_name = "";
char *program_invocation_short_name = "";
extern char *__progname __attribute__((alias("program_invocation_short_name"), weak));

HIDDEN void __hermit_set_program_name(char *name)
{
	char *slash = strrchr(name, '/');

	program_invocation_name = name;
	program_invocation_short_name = slash ? slash + 1 : name;
}

WEAK const char *getprogname(void)
{
	return program_invocation_short_name;
}

WEAK void setprogname(const char *name)
{
	const char *slash = strrchr(name, '/');

	program_invocation_short_name = (char *)(slash ? slash + 1 : name);
}
