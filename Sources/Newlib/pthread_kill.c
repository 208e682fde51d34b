/* Signals for threads. */
#define _GNU_SOURCE

#include "signals.h"
#include "thread.h"

/* The lock is held: a thread's state goes with that only. */
static int find(pthread_t number, struct signals **found)
{
	struct thread *thread = __hermit_find(number);

	*found = NULL;
	if (!thread)
		return ESRCH;
	if (thread->hasNoSignals)
		return 0;
	if (!thread->signals)
		thread->signals = __hermit_signals_of(__atomic_load_n(&thread->task, __ATOMIC_RELAXED));
	*found = thread->signals;
	return *found ? 0 : EAGAIN;
}

static int send(pthread_t number, siginfo_t info)
{
	struct signals *to;
	int error;

	if (info.si_signo && !isSignal(info.si_signo))
		return EINVAL;
	ownSignals();
	lockSignals();
	error = find(number, &to);
	if (!error && to && info.si_signo)
		error = __hermit_send_once(to, info);
	unlockSignals();
	return error;
}

int pthread_kill(pthread_t number, int signal)
{
	return send(number, (siginfo_t){.si_signo = signal, .si_code = SI_TKILL});
}

WEAK int pthread_sigqueue(pthread_t number, int signal, union sigval value)
{
	return send(number, (siginfo_t){.si_signo = signal, .si_code = SI_QUEUE, .si_value = value});
}
