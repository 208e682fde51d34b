/*
 * SIGPIPE, for what is written to a pipe or a socket that nobody reads (POSIX,
 * write). The function behind this is in a program that makes such things.
 */
#ifndef HERMIT_BROKEN_PIPE_H
#define HERMIT_BROKEN_PIPE_H

#include "shim.h"

WEAK HIDDEN void __hermit_broken_pipe(void);

/* In functions that make what can break: the same under a name that no file refers to weakly. */
#define CAN_BREAK() __asm__ volatile(".reloc ., R_X86_64_NONE, __hermit_pipes_break")

/* The result of a write, after the signal where there is one to send. */
static inline long written(long result)
{
	if (__builtin_expect(result == -HERMIT_EPIPE, 0) && __hermit_broken_pipe)
		__hermit_broken_pipe();
	return result;
}

#endif
