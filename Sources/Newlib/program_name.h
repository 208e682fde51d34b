/* How the program was called. */
#ifndef HERMIT_PROGRAM_NAME_H
#define HERMIT_PROGRAM_NAME_H

extern char *program_invocation_name, *program_invocation_short_name;

static inline const char *program_name(void)
{
	return program_invocation_short_name;
}

#endif
