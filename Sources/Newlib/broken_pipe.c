/* SIGPIPE (broken_pipe.h). */
#include <signal.h>

#include "broken_pipe.h"

void __hermit_broken_pipe(void)
{
	/* The thread's that writes; it has taken it when this returns. */
	raise(SIGPIPE);
}

HIDDEN void __hermit_pipes_break(void) __attribute__((alias("__hermit_broken_pipe")));
