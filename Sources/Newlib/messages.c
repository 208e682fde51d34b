/* Sockets: sending and receiving. */
#define _GNU_SOURCE
#include <stddef.h>
#include <sys/socket.h>
#include <time.h>

#include "broken_pipe.h"
#include "cancel.h"
#include "interruption.h"
#include "shim.h"

_Static_assert(MSG_PEEK == HERMIT_MSG_PEEK && MSG_DONTWAIT == HERMIT_MSG_DONTWAIT &&
	       MSG_NOSIGNAL == HERMIT_MSG_NOSIGNAL && MSG_TRUNC == HERMIT_MSG_TRUNC &&
	       MSG_CTRUNC == HERMIT_MSG_CTRUNC && MSG_WAITALL == HERMIT_MSG_WAITALL &&
	       MSG_EOR == HERMIT_MSG_EOR && MSG_MORE == HERMIT_MSG_MORE &&
	       MSG_CMSG_CLOEXEC == HERMIT_MSG_CMSG_CLOEXEC && SCM_RIGHTS == HERMIT_SCM_RIGHTS &&
	       SCM_CREDENTIALS == HERMIT_SCM_CREDENTIALS, "messages");
_Static_assert(sizeof(struct msghdr) == sizeof(struct hermit_msghdr) &&
	       offsetof(struct msghdr, msg_control) == offsetof(struct hermit_msghdr, msg_control) &&
	       offsetof(struct msghdr, msg_flags) == offsetof(struct hermit_msghdr, msg_flags) &&
	       sizeof(struct cmsghdr) == sizeof(struct hermit_cmsghdr) &&
	       sizeof(struct ucred) == sizeof(struct hermit_ucred), "messages");

/* A call that waits, which a handler with SA_RESTART, or none, lets go on. */
#define RESTARTED(RESULT, CALL) \
	do { \
		unsigned interrupted_ = handlersRun(true); \
\
		do \
			(RESULT) = (CALL); \
		while ((RESULT) == -HERMIT_EINTR && __hermit_handlers_run && \
		       handlersRun(true) == interrupted_); \
	} while (0)

static inline ssize_t sent(long result, int flags)
{
	return checked(flags & MSG_NOSIGNAL ? result : written(result));
}

WEAK ssize_t send(int fd, const void *buffer, size_t length, int flags)
{
	cancellationPoint();
	return sent(sys_send(fd, buffer, length, flags), flags);
}

WEAK ssize_t sendto(int fd, const void *buffer, size_t length, int flags,
		    const struct sockaddr *address, socklen_t address_length)
{
	cancellationPoint();
	return sent(sys_sendto(fd, buffer, length, flags,
			       (const struct hermit_sockaddr *)address, address_length), flags);
}

WEAK ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
	cancellationPoint();
	return sent(sys_sendmsg(fd, (const struct hermit_msghdr *)message, flags), flags);
}

WEAK ssize_t recv(int fd, void *buffer, size_t length, int flags)
{
	long result;

	cancellationPoint();
	RESTARTED(result, sys_recv(fd, buffer, length, flags));
	return checked(result);
}

WEAK ssize_t recvfrom(int fd, void *buffer, size_t length, int flags,
		      struct sockaddr *address, socklen_t *address_length)
{
	long result;

	cancellationPoint();
	RESTARTED(result, sys_recvfrom(fd, buffer, length, flags,
				       (struct hermit_sockaddr *)address, address_length));
	return checked(result);
}

WEAK ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
	long result;

	cancellationPoint();
	RESTARTED(result, sys_recvmsg(fd, (struct hermit_msghdr *)message, flags));
	return checked(result);
}

/* Messages until one fails; the next call meets the error. */
WEAK int sendmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags)
{
	unsigned done;

	for (done = 0; done < count && done < HERMIT_IOV_MAX; done++) {
		ssize_t result = sendmsg(fd, &messages[done].msg_hdr, flags);

		if (result < 0)
			return done ? (int)done : -1;
		messages[done].msg_len = (unsigned)result;
	}
	return (int)done;
}

static long long now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000LL + time.tv_nsec;
}

/* The time is looked at when a message has come, as on Linux. */
WEAK int recvmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags,
		  struct timespec *timeout)
{
	long long end = 0;
	unsigned done;

	if (timeout) {
		if (timeout->tv_sec < 0 || timeout->tv_nsec < 0 || timeout->tv_nsec > 999999999)
			return failed(_REENT, EINVAL);
		if (__builtin_mul_overflow((long long)timeout->tv_sec, 1000000000LL, &end) ||
		    __builtin_add_overflow(end, timeout->tv_nsec + now(), &end))
			timeout = NULL;
	}
	for (done = 0; done < count && done < HERMIT_IOV_MAX; done++) {
		int how = flags & ~MSG_WAITFORONE;
		ssize_t result;

		if (done && flags & MSG_WAITFORONE)
			how |= MSG_DONTWAIT;
		result = recvmsg(fd, &messages[done].msg_hdr, how);
		if (result < 0)
			return done ? (int)done : -1;
		messages[done].msg_len = (unsigned)result;
		if (timeout && now() >= end)
			return (int)done + 1;
	}
	return (int)done;
}
