/*
 * Waiting for signals. A thread sleeps on a word of its own: who has a signal
 * for it that it waits for, or its own handler, which may have run since it
 * has looked, changes that.
 */
#include <unistd.h>

#include "cancel.h"
#include "signals.h"

enum { NANOSECONDS = 1000000000 };

/* With the lock, which is given back while the thread sleeps: 0, ETIMEDOUT or ECANCELED. */
static int rest(struct signals *own, struct deadline deadline)
{
	bool isWatched = __hermit_watch != NULL;
	uint32_t word;
	int error = 0;

	__atomic_store_n(&own->word, WAITING, __ATOMIC_RELEASE);
	unlockSignals();
	if (isWatched)
		__hermit_watch(&own->word);
	while ((word = __atomic_load_n(&own->word, __ATOMIC_ACQUIRE)) == WAITING && !error)
		error = __hermit_sleep(&own->word, WAITING, deadline);
	if (isWatched)
		__hermit_unwatch();
	lockSignals();
	return word == KICKED ? ECANCELED : error;
}

/* Of what the thread and the process were sent; 0: nothing. */
static int takeLowest(struct signals *own, sigset_t set, siginfo_t *info)
{
	sigset_t both = (own->sent.set | __hermit_process_signals.set) & set;

	if (!both)
		return 0;
	both &= -both;
	return __hermit_take_sent(own->sent.set & both ? &own->sent : &__hermit_process_signals, both,
				  info);
}

/* A signal of the set, or the negative of an error. */
static int await(const sigset_t *given, siginfo_t *info, struct deadline deadline)
{
	struct signals *own = ownSignals();
	sigset_t set = *given & ~(UNBLOCKABLE | RESERVED);
	unsigned handled = own->handled;
	int number, error = 0;

	cancellationPoint();
	if (set & bit(SIGTERM))
		__hermit_await_power_request();
	if (set & FROM_HOST)
		__hermit_await_terminal();
	lockSignals();
	for (;;) {
		number = takeLowest(own, set, info);
		if (number || error)
			break;
		if (own->handled != handled) {
			error = EINTR;
			break;
		}
		own->awaited = set;
		error = rest(own, deadline);
		own->awaited = 0;
	}
	unlockSignals();
	if (number)
		return number;
	if (error == ECANCELED)
		__hermit_act();
	return -(error == ETIMEDOUT ? EAGAIN : error);
}

int sigwait(const sigset_t *restrict set, int *restrict number)
{
	siginfo_t info;
	int result;

	do
		result = await(set, &info, NEVER);
	while (result == -EINTR);
	if (result < 0)
		return -result;
	*number = result;
	return 0;
}

int sigtimedwait(const sigset_t *restrict set, siginfo_t *restrict info,
		 const struct timespec *restrict span)
{
	struct deadline deadline = NEVER;
	struct timespec time;
	siginfo_t taken;
	int result;

	if (span) {
		if (span->tv_sec < 0 || span->tv_nsec < 0 || span->tv_nsec >= NANOSECONDS)
			return failed(_REENT, EINVAL);
		if (__hermit_later(span->tv_sec, span->tv_nsec, &time))
			deadline.time = &time;
	}
	result = await(set, &taken, deadline);
	if (result < 0)
		return failed(_REENT, -result);
	/* raise and pthread_kill are the program's as kill is: POSIX knows no code of their own. */
	if (taken.si_code == SI_TKILL)
		taken.si_code = SI_USER;
	if (info)
		*info = taken;
	return result;
}

int sigwaitinfo(const sigset_t *restrict set, siginfo_t *restrict info)
{
	return sigtimedwait(set, info, NULL);
}

/* Waits until a handler has run, meanwhile with another set of blocked signals. */
static int suspend(sigset_t set)
{
	struct signals *own = ownSignals();
	unsigned handled = own->handled;
	sigset_t before = own->blocked;
	int error = 0;

	cancellationPoint();
	lockSignals();
	__hermit_block(own, set);
	while (own->handled == handled && !error)
		error = rest(own, NEVER);
	__hermit_block(own, before);
	unlockSignals();
	if (error == ECANCELED)
		__hermit_act();
	return failed(_REENT, EINTR);
}

int sigsuspend(const sigset_t *set)
{
	return suspend(*set);
}

int pause(void)
{
	return suspend(ownSignals()->blocked);
}

/* System V's. */
int sigpause(int number)
{
	if (!isSignal(number))
		return failed(_REENT, EINVAL);
	return suspend(ownSignals()->blocked & ~bit(number));
}
