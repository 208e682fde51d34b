/*
 * raise and abort. A program that has nothing else of signals gets no more of
 * them by these: there is no handler then, and nothing is blocked.
 */
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "shim.h"

enum { PROGRAM = 1 };

WEAK HIDDEN int __hermit_raise(int number);
WEAK HIDDEN void __hermit_prepare_abort(void);

int _getpid_r(struct _reent *reent)
{
	(void)reent;
	return PROGRAM;
}

WEAK pid_t getpid(void)
{
	return PROGRAM;
}

/* The default action; signals that can't stop the program do nothing. */
static int act(int number)
{
	switch (number) {
	case SIGCHLD:
	case SIGCONT:
	case SIGURG:
	case SIGWINCH:
		return 0;
	/* Nobody could let the program go on. */
	case SIGSTOP:
	case SIGTSTP:
	case SIGTTIN:
	case SIGTTOU:
		return EINVAL;
	case SIGABRT:
		sys_abort();
	default:
		sys_exit(128 + number);
	}
}

int raise(int number)
{
	int error;

	if (number < 1 || number >= NSIG || number == 32 || number == 33)
		return failed(_REENT, EINVAL);
	error = __hermit_raise ? __hermit_raise(number) : act(number);
	return error ? failed(_REENT, error) : 0;
}

int _raise_r(struct _reent *reent, int number)
{
	(void)reent;
	return raise(number);
}

/* A handler may end the program its own way; what returns does not (C11 7.22.4.1). */
void abort(void)
{
	if (__hermit_prepare_abort) {
		__hermit_prepare_abort();
		raise(SIGABRT);
	}
	sys_abort();
}
