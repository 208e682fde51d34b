/*
 * Timers. A task of the library's own, more urgent than all threads, sleeps
 * until the first of those that are set fires, and sends what that wants. The
 * lock of signals guards them all.
 */
#ifndef HERMIT_TIMERS_H
#define HERMIT_TIMERS_H

#include "signals.h"

enum { NANOSECONDS = 1000000000 };

struct timer {
	struct timer *next; /* of those that are set */
	/* The one that points are on, and the one it counts by: setting the time of day changes no span. */
	clockid_t ofPoints, clock;
	/* When it fires on that clock, in nanoseconds; and then how often, 0: no more. */
	int64_t deadline, period;
	bool isSet;

	/* What it sends to the process, where it does. */
	bool isSending;
	struct sent sent;
	siginfo_t info;
	/* Else this is called, by the timers' task with the lock; false: it can't. NULL: nothing. */
	bool (*notify)(struct timer *timer);
	/* Which one of timer_create's it is, and what that was given. */
	unsigned number;
	struct sigevent event;
	sigset_t blocked;
};

/* A point or span of time in nanoseconds; beyond all clocks: the largest. */
HIDDEN int64_t __hermit_span(int64_t seconds, int64_t nanoseconds);
/* What a timer's clock shows. */
HIDDEN int64_t __hermit_clock(clockid_t clock);

/*
 * With the lock: sets a timer, 0 for the deadline stops it; false: there is no
 * memory for the task.
 */
HIDDEN bool __hermit_set_timer(struct timer *timer, int64_t deadline, int64_t period);
/* How long until it fires, at least 1; 0: it is not set. */
HIDDEN int64_t __hermit_time_left(const struct timer *timer);

#endif
