/*
 * Clocks, and sleeping. A struct timespec of newlib's has hermit.h's layout,
 * the upper half of the nanoseconds being written as zero.
 */
/* clock_gettime is defined here. */
#define __HERMIT_CALL_CLOCKS

#include <limits.h>
#include <stddef.h>
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>
#include <unistd.h>

#include "cancel.h"
#include "interruption.h"
#include "shim.h"
#include "thread_clock.h"

int __hermit_clock_gettime(clockid_t clock, struct timespec *time);

WEAK HIDDEN int __hermit_thread_clock(clockid_t clock, struct hermit_timespec *time);

enum { NANOSECONDS = 1000000000, MICROSECONDS = 1000000 };

_Static_assert(CLOCK_REALTIME == HERMIT_CLOCK_REALTIME &&
	       CLOCK_MONOTONIC == HERMIT_CLOCK_MONOTONIC &&
	       TIMER_ABSTIME == HERMIT_TIMER_ABSTIME, "clocks");
_Static_assert(sizeof(struct timespec) == sizeof(struct hermit_timespec) &&
	       offsetof(struct timespec, tv_nsec) == offsetof(struct hermit_timespec, tv_nsec),
	       "timespec");
_Static_assert(sizeof(struct timeval) == sizeof(struct hermit_timeval) &&
	       offsetof(struct timeval, tv_usec) == offsetof(struct hermit_timeval, tv_usec),
	       "timeval");
_Static_assert(sizeof(struct __hermit_clock_line) == 48 &&
	       offsetof(struct __hermit_clock_line, horizon) == 32 &&
	       offsetof(struct __hermit_clock_line, real_time) == 40, "the clocks' line");

static struct hermit_timespec *raw(struct timespec *time)
{
	return (struct hermit_timespec *)time;
}

/*
 * hermit.h's nanoseconds are 32 bits: what is out of range must stay so. Null
 * stays null, for the kernel to refuse.
 */
static const struct hermit_timespec *given(const struct timespec *time, struct hermit_timespec *to)
{
	int isValid;

	if (!time)
		return NULL;
	isValid = time->tv_nsec >= 0 && time->tv_nsec < NANOSECONDS;
	*to = (struct hermit_timespec){time->tv_sec, isValid ? (int32_t)time->tv_nsec : -1, 0};
	return to;
}

/* A clock's number; one that is too large is none. */
static int number(clockid_t clock)
{
	return clock > INT_MAX ? -1 : (int)clock;
}

/* Every case of clock_gettime: what is called where the clock can't just be read. */
__attribute__((noinline)) int __hermit_clock_gettime(clockid_t clock, struct timespec *time)
{
	if (__hermit_thread_clock && isThreadClock(clock))
		return (int)checked(__hermit_thread_clock(clock, raw(time)));
	return (int)checked(sys_clock_gettime(number(clock), raw(time)));
}

/* The usual ones are read without another call. */
WEAK int clock_gettime(clockid_t clock, struct timespec *time)
{
	uint64_t now;

	if ((clock != CLOCK_MONOTONIC && clock != CLOCK_REALTIME) ||
	    !__hermit_read_clock(clock == CLOCK_REALTIME, &now))
		return __hermit_clock_gettime(clock, time);
	*time = (struct timespec){(time_t)(now / NANOSECONDS), (long)(now % NANOSECONDS)};
	return 0;
}

/* A thread's clock is for these what the calling thread's is. */
static int kind(clockid_t clock)
{
	struct hermit_timespec unused;

	if (__hermit_thread_clock && isThreadClock(clock) &&
	    __hermit_thread_clock(clock, &unused) == 0)
		return HERMIT_CLOCK_THREAD_CPUTIME_ID;
	return number(clock);
}

/* The base, or 0 for a failure (C11 7.27.2.5). */
WEAK int timespec_get(struct timespec *time, int base)
{
	return base == TIME_UTC && sys_clock_gettime(HERMIT_CLOCK_REALTIME, raw(time)) >= 0 ? base : 0;
}

WEAK int clock_getres(clockid_t clock, struct timespec *resolution)
{
	return (int)checked(sys_clock_getres(kind(clock), raw(resolution)));
}

/* Timers that wait for a time of day look again (timers.c). */
WEAK HIDDEN void __hermit_clock_was_set(void);

WEAK int clock_settime(clockid_t clock, const struct timespec *time)
{
	struct hermit_timespec now;
	int result = sys_clock_settime(kind(clock), given(time, &now));

	if (result >= 0 && __hermit_clock_was_set)
		__hermit_clock_was_set();
	return (int)checked(result);
}

/* There is one process; its number is the first task's. */
WEAK int clock_getcpuclockid(pid_t pid, clockid_t *clock)
{
	if (pid != 0 && pid != getpid())
		return ESRCH;
	*clock = CLOCK_PROCESS_CPUTIME_ID;
	return 0;
}

/* newlib's time comes here as well. The zone is always UTC. */
int _gettimeofday_r(struct _reent *reent, struct timeval *time, void *zone)
{
	uint64_t now;

	if (zone)
		*(struct timezone *)zone = (struct timezone){0};
	if (!__hermit_read_clock(1, &now))
		return (int)returned(reent, sys_gettimeofday((struct hermit_timeval *)time, 0));
	*time = (struct timeval){(time_t)(now / NANOSECONDS),
				 (suseconds_t)(now % NANOSECONDS / 1000)};
	return 0;
}

WEAK int gettimeofday(struct timeval *restrict time, void *restrict zone)
{
	return _gettimeofday_r(_REENT, time, zone);
}

static clock_t ticks(struct hermit_timespec time)
{
	return (clock_t)time.tv_sec * MICROSECONDS + (clock_t)time.tv_nsec / 1000;
}

/*
 * In microseconds (_SC_CLK_TCK): since boot, and the processor time of all
 * threads, which is user time. newlib's clock comes here as well.
 */
clock_t _times_r(struct _reent *reent, struct tms *times)
{
	struct hermit_timespec now, used;

	if (returned(reent, sys_clock_gettime(HERMIT_CLOCK_MONOTONIC, &now)) < 0 ||
	    returned(reent, sys_clock_gettime(HERMIT_CLOCK_PROCESS_CPUTIME_ID, &used)) < 0)
		return (clock_t)-1;
	*times = (struct tms){.tms_utime = ticks(used)};
	return ticks(now);
}

WEAK clock_t times(struct tms *times)
{
	return _times_r(_REENT, times);
}

/*
 * Sleeping is a cancellation point, and ends with EINTR when a handler has run
 * (POSIX, nanosleep), but not when a signal had none.
 */
static int rest(int clock, int flags, const struct hermit_timespec *time,
		struct hermit_timespec *remaining)
{
	unsigned handled = handlersRun(false);
	struct hermit_timespec left, again;
	int result;

	if (__hermit_sleep_watched)
		return __hermit_sleep_watched(clock, flags, time, remaining);
	if (!__hermit_handlers_run)
		return sys_clock_nanosleep(clock, flags, time, remaining);
	while ((result = sys_clock_nanosleep(clock, flags, time, &left)) == -HERMIT_EINTR &&
	       handlersRun(false) == handled)
		if (!(flags & HERMIT_TIMER_ABSTIME)) {
			again = left;
			time = &again;
		}
	if (result == -HERMIT_EINTR && remaining && !(flags & HERMIT_TIMER_ABSTIME))
		*remaining = left;
	return result;
}

WEAK int nanosleep(const struct timespec *time, struct timespec *remaining)
{
	struct hermit_timespec span;

	return (int)checked(rest(HERMIT_CLOCK_MONOTONIC, 0, given(time, &span), raw(remaining)));
}

/* Returns the error's number instead of setting errno. */
WEAK int clock_nanosleep(clockid_t clock, int flags, const struct timespec *time,
			 struct timespec *remaining)
{
	struct hermit_timespec span;
	int result = rest(kind(clock), flags, given(time, &span), raw(remaining));

	return result < 0 ? __hermit_errno(-result) : 0;
}

/* The seconds that are left, rounded up. */
WEAK unsigned sleep(unsigned seconds)
{
	struct hermit_timespec span = {seconds, 0, 0}, left = {0};
	int result = rest(HERMIT_CLOCK_MONOTONIC, 0, &span, &left);

	if (result >= 0)
		return 0;
	if (result != -HERMIT_EINTR)
		return seconds;
	return (unsigned)left.tv_sec + (left.tv_nsec > 0);
}

WEAK int usleep(useconds_t microseconds)
{
	struct hermit_timespec span = {
		(int64_t)(microseconds / MICROSECONDS),
		(int32_t)(microseconds % MICROSECONDS * 1000), 0
	};

	return (int)checked(rest(HERMIT_CLOCK_MONOTONIC, 0, &span, NULL));
}
