/*
 * Clocks and sleeping.
 *
 * Clocks are read from the processor's time stamp counter, in nanoseconds.
 * The first use finds out the counter's frequency, which takes up to a
 * millisecond where nobody tells it; later uses measure it better and better.
 * No clock goes backwards, except HERMIT_CLOCK_REALTIME when it is set.
 *
 * One error any function here may return, and so it is not repeated:
 *
 *   -HERMIT_ENOSYS  the machine neither tells the counter's frequency nor has
 *                   a timer (8254) to measure it with.
 */
#ifndef HERMIT_TIME_H
#define HERMIT_TIME_H

#include "clock.h"
#include "types.h"

/*
 * Clocks: since 1970-01-01 00:00:00 UTC; and since boot, never set. The first
 * is read from the machine's clock with the time of day at its first use, to
 * the second, UTC; where there is none, it starts at 0 with the second one,
 * and the kernel's log has a warning.
 */
#define HERMIT_CLOCK_REALTIME  1
#define HERMIT_CLOCK_MONOTONIC 4

/*
 * The processor time that the program, or the calling task, has used. The
 * first task's begins with the boot.
 */
#define HERMIT_CLOCK_PROCESS_CPUTIME_ID 2
#define HERMIT_CLOCK_THREAD_CPUTIME_ID  3

/* sys_clock_nanosleep's time is a point on the clock, not a span. */
#define HERMIT_TIMER_ABSTIME 4

/* Timers of sys_setitimer. */
#define HERMIT_ITIMER_REAL    0
#define HERMIT_ITIMER_VIRTUAL 1
#define HERMIT_ITIMER_PROF    2

/* What sys_setitimer's timer sends. */
#define HERMIT_SIGALRM 14

/* A timer: when it fires next, and then how often; zero for not at all. */
struct hermit_itimerval {
	struct hermit_timeval it_interval;
	struct hermit_timeval it_value;
};
HERMIT_ASSERT(sizeof(struct hermit_itimerval) == 32, "hermit_itimerval");

HERMIT_BEGIN_DECLARATIONS

/*
 * sys_clock_getres: the least step of a clock, one nanosecond.
 * sys_clock_gettime: what it shows. sys_clock_settime: sets
 * HERMIT_CLOCK_REALTIME; the machine's clock with the time of day stays as it
 * is.
 *
 * clock       HERMIT_CLOCK_*.
 * resolution  where the step goes; NULL if it is not wanted.
 *
 * Return 0, or
 *
 *   -HERMIT_EINVAL  there is no such clock, it cannot be set, tv_nsec is not
 *                   valid, or tv_sec is negative or after the year 2262.
 */
int sys_clock_getres(int clock, struct hermit_timespec *resolution);
HERMIT_LEAF int sys_clock_gettime(int clock, struct hermit_timespec *time);
int sys_clock_settime(int clock, const struct hermit_timespec *time);

/*
 * sys_nanosleep: waits for a span of time, by HERMIT_CLOCK_MONOTONIC.
 * sys_clock_nanosleep: the same by a clock of choice, or, with
 * HERMIT_TIMER_ABSTIME in flags, until the clock shows time. Block.
 *
 * clock      HERMIT_CLOCK_*.
 * flags      HERMIT_TIMER_ABSTIME or 0.
 * time       a tv_sec beyond what a clock can show means for ever.
 * remaining  where the time goes that an interruption left, and only then;
 *            may be NULL. Not used with HERMIT_TIMER_ABSTIME.
 *
 * Return 0, or
 *
 *   -HERMIT_EINTR    a signal came (tasks.h).
 *   -HERMIT_EINVAL   there is no such clock, it is
 *                    HERMIT_CLOCK_THREAD_CPUTIME_ID, tv_sec is negative, or
 *                    tv_nsec or flags are not valid.
 *   -HERMIT_ENOTSUP  clock is HERMIT_CLOCK_PROCESS_CPUTIME_ID.
 *   -HERMIT_EAGAIN   not enough memory for the first wait of all.
 */
int sys_nanosleep(const struct hermit_timespec *time, struct hermit_timespec *remaining);
int sys_clock_nanosleep(int clock, int flags, const struct hermit_timespec *time,
			struct hermit_timespec *remaining);

/*
 * sys_gettimeofday: what HERMIT_CLOCK_REALTIME shows, in whole microseconds.
 *
 * zone  must be 0; the zone is always UTC.
 *
 * Returns 0, or
 *
 *   -HERMIT_EINVAL  zone is not 0.
 */
HERMIT_LEAF int sys_gettimeofday(struct hermit_timeval *time, size_t zone);

/*
 * sys_setitimer: sets the program's timer, which sends signal HERMIT_SIGALRM to
 * the first task (tasks.h) when it fires. It is measured by
 * HERMIT_CLOCK_MONOTONIC. What fires while the last one's signal was not yet
 * taken is lost; when the first task has ended the timer stops. A period of
 * less than 100 microseconds is that long.
 *
 * which  HERMIT_ITIMER_REAL.
 * value  when it fires first, from now on, and then how often; an it_value of
 *        zero stops it. NULL changes nothing.
 * old    where the timer's state until now goes, with the time that is left
 *        until it fires next; may be NULL.
 *
 * Returns 0, or
 *
 *   -HERMIT_EINVAL   there is no such timer, a tv_sec is negative or a tv_usec
 *                    not from 0 to 999,999.
 *   -HERMIT_ENOTSUP  which is HERMIT_ITIMER_VIRTUAL or HERMIT_ITIMER_PROF.
 *   -HERMIT_EAGAIN   not enough memory for the first timer or wait of all.
 */
int sys_setitimer(int which, const struct hermit_itimerval *value, struct hermit_itimerval *old);

HERMIT_END_DECLARATIONS

#endif
