/*
 * Sending signals. There is one process, whose number is the first task's, in
 * a group of that number.
 */
#include <unistd.h>

#include "signals.h"

static bool isProgram(pid_t id)
{
	return id == FIRST_TASK || id == 0 || id == -1 || id == -FIRST_TASK;
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
	error = __hermit_send_once(NULL, info);
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
