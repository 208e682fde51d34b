/*
 * Signals as far as ISO C needs them: newlib's raise calls the handlers by
 * itself and comes here for those that end the program.
 */
#include <signal.h>
#include <unistd.h>

#include "shim.h"

/* One image is one program, whichever task asks; it has the first task's number. */
enum { PROGRAM = 1 };

int _getpid_r(struct _reent *reent)
{
	(void)reent;
	return PROGRAM;
}

WEAK pid_t getpid(void)
{
	return PROGRAM;
}

int _kill_r(struct _reent *reent, int id, int number)
{
	if (number < 0 || number >= NSIG)
		return failed(reent, EINVAL);
	/* 0 and -1 reach the program as well; there is no other. */
	if (id != PROGRAM && id != 0 && id != -1)
		return failed(reent, ESRCH);
	switch (number) {
	case 0:
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
		return failed(reent, EINVAL);
	case SIGABRT:
		sys_abort();
	default:
		sys_exit(128 + number);
	}
}

/* A handler of the program's own runs here as it does for raise. */
WEAK int kill(pid_t id, int number)
{
	if (id == PROGRAM && number > 0 && number < NSIG)
		return raise(number);
	return _kill_r(_REENT, id, number);
}
