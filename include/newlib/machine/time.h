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

#endif
