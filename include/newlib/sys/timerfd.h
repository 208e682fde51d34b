/* A timer behind a descriptor (Linux); hermit/descriptors.h says what it does. */
#ifndef _SYS_TIMERFD_H
#define _SYS_TIMERFD_H

#include <sys/cdefs.h>
#include <sys/timespec.h>
#include <time.h>

/* Those of open. */
#define TFD_NONBLOCK      0x4000
#define TFD_CLOEXEC       0x40000
#define TFD_TIMER_ABSTIME 1

__BEGIN_DECLS

int timerfd_create(int, int);
int timerfd_settime(int, int, const struct itimerspec *, struct itimerspec *);
int timerfd_gettime(int, struct itimerspec *);

__END_DECLS

#endif
