/*
 * Clocks and sleeping. Nothing of this file is available in this version.
 */
#ifndef HERMIT_TIME_H
#define HERMIT_TIME_H

#include "types.h"

/* Clocks: since 1970-01-01 00:00:00 UTC; and since boot, never set. */
#define HERMIT_CLOCK_REALTIME  1
#define HERMIT_CLOCK_MONOTONIC 4

/* sys_clock_nanosleep's time is a point on the clock, not a span. */
#define HERMIT_TIMER_ABSTIME 4

/* Timers of sys_setitimer. */
#define HERMIT_ITIMER_REAL    0
#define HERMIT_ITIMER_VIRTUAL 1
#define HERMIT_ITIMER_PROF    2

/* A timer: when it fires next, and then how often; zero for not at all. */
struct hermit_itimerval {
	struct hermit_timeval it_interval;
	struct hermit_timeval it_value;
};
HERMIT_ASSERT(sizeof(struct hermit_itimerval) == 32, "hermit_itimerval");

HERMIT_BEGIN_DECLARATIONS

/*
 * sys_clock_getres: the least step of a clock. sys_clock_gettime: what it
 * shows. sys_clock_settime: sets HERMIT_CLOCK_REALTIME.
 *
 * resolution  where the step goes; NULL if it is not wanted.
 *
 * Return 0, or
 *
 *   -HERMIT_EINVAL  there is no such clock, it cannot be set, or time is not valid.
 */
int sys_clock_getres(int clock, struct hermit_timespec *resolution);
int sys_clock_gettime(int clock, struct hermit_timespec *time);
int sys_clock_settime(int clock, const struct hermit_timespec *time);

/*
 * sys_nanosleep: waits for a span of time, by HERMIT_CLOCK_MONOTONIC.
 * sys_clock_nanosleep: the same by a clock of choice, or, with
 * HERMIT_TIMER_ABSTIME in flags, until the clock shows time. Block.
 *
 * remaining  where the time goes that an interruption left; may be NULL.
 *
 * Return 0, or
 *
 *   -HERMIT_EINTR   interrupted.
 *   -HERMIT_EINVAL  there is no such clock, or time or flags are not valid.
 */
int sys_nanosleep(const struct hermit_timespec *time, struct hermit_timespec *remaining);
int sys_clock_nanosleep(int clock, int flags, const struct hermit_timespec *time,
			struct hermit_timespec *remaining);

/*
 * sys_gettimeofday: what HERMIT_CLOCK_REALTIME shows.
 *
 * zone  must be 0; the zone is always UTC.
 *
 * Returns 0, or
 *
 *   -HERMIT_EINVAL  zone is not 0.
 */
int sys_gettimeofday(struct hermit_timeval *time, size_t zone);

/*
 * sys_setitimer: sets a timer that sends a signal when it fires.
 *
 * which  HERMIT_ITIMER_*.
 * old    where the timer's state until now goes; may be NULL.
 *
 * Returns 0, or
 *
 *   -HERMIT_EINVAL  there is no such timer, or value is not valid.
 */
int sys_setitimer(int which, const struct hermit_itimerval *value, struct hermit_itimerval *old);

HERMIT_END_DECLARATIONS

#endif
