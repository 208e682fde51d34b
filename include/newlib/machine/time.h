/*
 * What <time.h> takes from the machine. The unit of clock and times is a
 * microsecond, as POSIX wants it. C11's timespec_get newlib does not have.
 */
#ifndef _MACHTIME_H_
#define _MACHTIME_H_

#include <sys/cdefs.h>

#define _CLOCKS_PER_SEC_ 1000000

#if __ISO_C_VISIBLE >= 2011 || (defined(__cplusplus) && __cplusplus >= 201703L)
#define TIME_UTC 1

__BEGIN_DECLS
struct timespec;
int timespec_get(struct timespec *, int);
__END_DECLS
#endif

#if __MISC_VISIBLE
__BEGIN_DECLS
struct tm;
__INT64_TYPE__ timegm(struct tm *);
__INT64_TYPE__ timelocal(struct tm *);
__END_DECLS
#endif

/*
 * A clock that is known while a program is compiled is read without a call,
 * where the program is compiled for speed. The function is there as well; with
 * __HERMIT_CALL_CLOCKS defined it is what is called, be it a program's own.
 * (The C library itself is compiled without the headers of the system.)
 */
#if defined(__OPTIMIZE__) && !defined(__OPTIMIZE_SIZE__) && !defined(__HERMIT_CALL_CLOCKS) && \
	!defined(__cplusplus) && defined(__GNUC__) && defined(__x86_64__) && \
	__has_include(<hermit/clock.h>)
#include <sys/_types.h>
#include <sys/_timespec.h>
#include <hermit/clock.h>

int __hermit_clock_gettime(__clockid_t, struct timespec *);

extern __inline__ __attribute__((__gnu_inline__, __always_inline__)) int
clock_gettime(__clockid_t __clock, struct timespec *__time)
{
	__UINT64_TYPE__ __now;

	/* CLOCK_REALTIME and CLOCK_MONOTONIC. */
	if (__builtin_constant_p(__clock) && (__clock == 1 || __clock == 4) &&
	    __hermit_read_clock(__clock == 1, &__now)) {
		__time->tv_sec = (__INT64_TYPE__)(__now / 1000000000);
		__time->tv_nsec = (long)(__now % 1000000000);
		return 0;
	}
	return __hermit_clock_gettime(__clock, __time);
}
#endif

#endif
