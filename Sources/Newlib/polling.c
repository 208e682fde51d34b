/* Waiting for several descriptors: poll, select, epoll; timers. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/timerfd.h>
#include <time.h>

#include "cancel.h"
#include "shim.h"

_Static_assert(sizeof(struct pollfd) == sizeof(struct hermit_pollfd), "pollfd");
_Static_assert(sizeof(struct epoll_event) == sizeof(struct hermit_epoll_event), "epoll_event");
_Static_assert(EPOLLET == HERMIT_EPOLLET && EPOLLEXCLUSIVE == HERMIT_EPOLLEXCLUSIVE &&
	       EPOLLRDHUP == HERMIT_EPOLLRDHUP && POLLNVAL == HERMIT_POLLNVAL, "events");
_Static_assert(FD_SETSIZE == HERMIT_FD_SETSIZE, "select");

/* A time as hermit.h has it; what does not fit is no time. */
static struct hermit_timespec span(const struct timespec *time)
{
	long nanoseconds = time->tv_nsec;

	if (nanoseconds < 0 || nanoseconds >= 1000000000)
		nanoseconds = -1;
	return (struct hermit_timespec){time->tv_sec, (int32_t)nanoseconds, 0};
}

/* Signals as hermit.h has them; newlib's set is a word. */
static const uint64_t *mask(const sigset_t *set, uint64_t *word)
{
	if (!set)
		return NULL;
	*word = *set;
	return word;
}

WEAK int poll(struct pollfd *fds, nfds_t count, int milliseconds)
{
	cancellationPoint();
	return (int)checked(sys_poll((struct hermit_pollfd *)fds, count, milliseconds));
}

WEAK int ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout,
	       const sigset_t *signals)
{
	struct hermit_timespec time;
	uint64_t word;

	cancellationPoint();
	if (timeout)
		time = span(timeout);
	return (int)checked(sys_ppoll((struct hermit_pollfd *)fds, count, timeout ? &time : NULL,
				      mask(signals, &word)));
}

WEAK int pselect(int count, fd_set *restrict readable, fd_set *restrict writable,
		 fd_set *restrict exceptional, const struct timespec *restrict timeout,
		 const sigset_t *restrict signals)
{
	struct hermit_timespec time;
	uint64_t word;

	cancellationPoint();
	if (timeout)
		time = span(timeout);
	return (int)checked(sys_pselect(count, (uint64_t *)readable, (uint64_t *)writable,
					(uint64_t *)exceptional, timeout ? &time : NULL,
					mask(signals, &word)));
}

WEAK int select(int count, fd_set *restrict readable, fd_set *restrict writable,
		fd_set *restrict exceptional, struct timeval *restrict timeout)
{
	struct hermit_timeval time;

	cancellationPoint();
	if (timeout) {
		if (timeout->tv_usec < 0 || timeout->tv_usec >= 1000000)
			return failed(_REENT, EINVAL);
		time = (struct hermit_timeval){timeout->tv_sec, (int32_t)timeout->tv_usec, 0};
	}
	return (int)checked(sys_select(count, (uint64_t *)readable, (uint64_t *)writable,
				       (uint64_t *)exceptional, timeout ? &time : NULL));
}

/* ---- epoll ---- */

WEAK int epoll_create1(int flags)
{
	if (flags & ~EPOLL_CLOEXEC)
		return failed(_REENT, EINVAL);
	return (int)checked(sys_epoll_create(flags ? HERMIT_EPOLL_CLOEXEC : 0));
}

WEAK int epoll_create(int size)
{
	return size <= 0 ? failed(_REENT, EINVAL) : epoll_create1(0);
}

WEAK int epoll_ctl(int set, int request, int fd, struct epoll_event *event)
{
	return (int)checked(sys_epoll_ctl(set, request, fd, (struct hermit_epoll_event *)event));
}

WEAK int epoll_wait(int set, struct epoll_event *events, int count, int milliseconds)
{
	cancellationPoint();
	return (int)checked(sys_epoll_wait(set, (struct hermit_epoll_event *)events, count,
					   milliseconds));
}

WEAK int epoll_pwait2(int set, struct epoll_event *events, int count,
		      const struct timespec *timeout, const sigset_t *signals)
{
	struct hermit_timespec time;
	uint64_t word;

	cancellationPoint();
	if (timeout)
		time = span(timeout);
	return (int)checked(sys_epoll_pwait(set, (struct hermit_epoll_event *)events, count,
					    timeout ? &time : NULL, mask(signals, &word)));
}

WEAK int epoll_pwait(int set, struct epoll_event *events, int count, int milliseconds,
		     const sigset_t *signals)
{
	struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000l};

	return epoll_pwait2(set, events, count, milliseconds < 0 ? NULL : &time, signals);
}

/* ---- timers ---- */

WEAK int timerfd_create(int clock, int flags)
{
	int all = 0;

	if (flags & ~(TFD_NONBLOCK | TFD_CLOEXEC))
		return failed(_REENT, EINVAL);
	if (flags & TFD_NONBLOCK)
		all |= HERMIT_TFD_NONBLOCK;
	if (flags & TFD_CLOEXEC)
		all |= HERMIT_TFD_CLOEXEC;
	return (int)checked(sys_timerfd_create(clock, all));
}

static struct itimerspec setting(const struct hermit_itimerspec *from)
{
	return (struct itimerspec){
		{from->it_interval.tv_sec, from->it_interval.tv_nsec},
		{from->it_value.tv_sec, from->it_value.tv_nsec},
	};
}

WEAK int timerfd_settime(int fd, int flags, const struct itimerspec *value,
			 struct itimerspec *old)
{
	struct hermit_itimerspec wanted, before;
	int result;

	if (!value)
		return failed(_REENT, EFAULT);
	wanted = (struct hermit_itimerspec){span(&value->it_interval), span(&value->it_value)};
	result = sys_timerfd_settime(fd, flags, &wanted, &before);
	if (result >= 0 && old)
		*old = setting(&before);
	return (int)checked(result);
}

WEAK int timerfd_gettime(int fd, struct itimerspec *value)
{
	struct hermit_itimerspec now;
	int result = sys_timerfd_gettime(fd, &now);

	if (result >= 0) {
		if (!value)
			return failed(_REENT, EFAULT);
		*value = setting(&now);
	}
	return (int)checked(result);
}
