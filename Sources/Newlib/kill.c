/*
 * Sending signals. There is one process, whose number is the first task's, in
 * a group of that number.
 */
#include <unistd.h>

#include "signals.h"

/* raise.c: */
HIDDEN int __hermit_raise(int number);
HIDDEN void __hermit_prepare_abort(void);

static bool isProgram(pid_t id)
{
	return id == FIRST_TASK || id == 0 || id == -1 || id == -FIRST_TASK;
}

/* The action would stop the process, and nobody could let it go on. */
static bool wouldStop(int number)
{
	switch (number) {
	case SIGSTOP:
	case SIGTSTP:
	case SIGTTIN:
	case SIGTTOU:
		return __hermit_actions[number].sa_handler == SIG_DFL;
	default:
		return false;
	}
}

/* Sends to a thread, or, NULL, to the process: 0 or an error. The lock is held. */
static int send(struct signals *to, siginfo_t info)
{
	int error;

	if (wouldStop(info.si_signo))
		return EINVAL;
	info.si_pid = FIRST_TASK;
	error = __hermit_send(to, &info, NULL);
	/* It is pending already: there is one of it. */
	return error == EBUSY ? 0 : error;
}

static int sendToProgram(pid_t id, siginfo_t info)
{
	int error = 0;

	if (info.si_signo && !isSignal(info.si_signo))
		return EINVAL;
	if (!isProgram(id))
		return ESRCH;
	if (!info.si_signo)
		return 0;
	/* So that the sender may be the one who takes it, before this returns. */
	ownSignals();
	lockSignals();
	error = send(NULL, info);
	unlockSignals();
	return error;
}

int _kill_r(struct _reent *reent, int id, int number)
{
	int error = sendToProgram(id, (siginfo_t){.si_signo = number, .si_code = SI_USER});

	return error ? failed(reent, error) : 0;
}

WEAK int kill(pid_t id, int number)
{
	return _kill_r(_REENT, id, number);
}

WEAK int killpg(pid_t group, int number)
{
	if (group < 0)
		return failed(_REENT, EINVAL);
	if (group > FIRST_TASK)
		return failed(_REENT, ESRCH);
	return kill(-group, number);
}

WEAK int sigqueue(pid_t id, int number, union sigval value)
{
	int error;

	if (id <= 0)
		return failed(_REENT, isSignal(number) || !number ? ESRCH : EINVAL);
	error = sendToProgram(id, (siginfo_t){.si_signo = number, .si_code = SI_QUEUE,
					      .si_value = value});
	return error ? failed(_REENT, error) : 0;
}

/* abort: SIGABRT is neither blocked nor ignored. */
void __hermit_prepare_abort(void)
{
	struct signals *own = ownSignals();

	lockSignals();
	if (__hermit_actions[SIGABRT].sa_handler == SIG_IGN)
		__hermit_actions[SIGABRT].sa_handler = SIG_DFL;
	__hermit_block(own, own->blocked & ~bit(SIGABRT));
	unlockSignals();
}

/* To the calling thread, which takes it before this returns. */
int __hermit_raise(int number)
{
	struct signals *own = ownSignals();
	int error;

	lockSignals();
	error = send(own, (siginfo_t){.si_signo = number, .si_code = SI_TKILL});
	unlockSignals();
	return error;
}
