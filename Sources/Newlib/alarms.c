/*
 * The process's interval timers. ITIMER_REAL counts time, the two others the
 * processor time of all threads, of which none is told apart as the system's.
 */
#include <sys/time.h>
#include <unistd.h>

#include "timers.h"

enum { MICROSECONDS = 1000000, NANOSECONDS_IN_ONE = 1000 };

static struct timer timers[] = {
	[ITIMER_REAL] = {
		.clock = CLOCK_MONOTONIC, .isSending = true, .sent.isOwned = true,
		.info = {.si_signo = SIGALRM, .si_code = SI_KERNEL},
	},
	[ITIMER_VIRTUAL] = {
		.clock = CLOCK_PROCESS_CPUTIME_ID, .isSending = true, .sent.isOwned = true,
		.info = {.si_signo = SIGVTALRM, .si_code = SI_KERNEL},
	},
	[ITIMER_PROF] = {
		.clock = CLOCK_PROCESS_CPUTIME_ID, .isSending = true, .sent.isOwned = true,
		.info = {.si_signo = SIGPROF, .si_code = SI_KERNEL},
	},
};

struct setting {
	int64_t left, period;
};

/* Changes a timer where there is something new; what it was. */
static int change(struct timer *timer, const struct setting *new, struct setting *before)
{
	int64_t deadline = 0;
	bool isSet = true;

	lockSignals();
	before->left = __hermit_time_left(timer);
	before->period = timer->isSet ? timer->period : 0;
	if (new && new->left &&
	    __builtin_add_overflow(new->left, __hermit_clock(timer->clock), &deadline))
		deadline = INT64_MAX;
	if (new)
		isSet = __hermit_set_timer(timer, deadline, new->period);
	unlockSignals();
	return isSet ? 0 : EAGAIN;
}

/* In microseconds, rounded up: what fires in a moment has not fired. */
static struct timeval timeOf(int64_t span)
{
	int64_t microseconds = span / NANOSECONDS_IN_ONE + (span % NANOSECONDS_IN_ONE > 0);

	return (struct timeval){microseconds / MICROSECONDS, microseconds % MICROSECONDS};
}

static struct itimerval valueOf(const struct setting *setting)
{
	return (struct itimerval){timeOf(setting->period), timeOf(setting->left)};
}

static bool isValid(const struct timeval *time)
{
	return time->tv_sec >= 0 && time->tv_usec >= 0 && time->tv_usec < MICROSECONDS;
}

static bool isTimer(int which)
{
	return which >= ITIMER_REAL && which <= ITIMER_PROF;
}

WEAK int setitimer(int which, const struct itimerval *restrict value,
		   struct itimerval *restrict old)
{
	struct setting new, before;
	int error;

	if (!isTimer(which) || (value && (!isValid(&value->it_value) || !isValid(&value->it_interval))))
		return failed(_REENT, EINVAL);
	if (value) {
		new.left = __hermit_span(value->it_value.tv_sec,
					 value->it_value.tv_usec * NANOSECONDS_IN_ONE);
		new.period = __hermit_span(value->it_interval.tv_sec,
					   value->it_interval.tv_usec * NANOSECONDS_IN_ONE);
	}
	error = change(&timers[which], value ? &new : NULL, &before);
	if (error)
		return failed(_REENT, error);
	if (old)
		*old = valueOf(&before);
	return 0;
}

WEAK int getitimer(int which, struct itimerval *value)
{
	struct setting now;

	if (!isTimer(which))
		return failed(_REENT, EINVAL);
	change(&timers[which], NULL, &now);
	*value = valueOf(&now);
	return 0;
}

/* The seconds that were left, to the nearest, but not 0 (as Linux has it). */
WEAK unsigned alarm(unsigned seconds)
{
	struct setting new = {(int64_t)seconds * NANOSECONDS, 0}, before;
	int64_t left;

	change(&timers[ITIMER_REAL], &new, &before);
	left = before.left / NANOSECONDS + (before.left % NANOSECONDS >= NANOSECONDS / 2);
	return before.left && !left ? 1 : (unsigned)left;
}

WEAK useconds_t ualarm(useconds_t microseconds, useconds_t interval)
{
	struct setting new = {(int64_t)microseconds * NANOSECONDS_IN_ONE,
			      (int64_t)interval * NANOSECONDS_IN_ONE}, before;

	if (microseconds >= MICROSECONDS || interval >= MICROSECONDS)
		return (useconds_t)failed(_REENT, EINVAL);
	change(&timers[ITIMER_REAL], &new, &before);
	return (useconds_t)(before.left / NANOSECONDS_IN_ONE);
}
