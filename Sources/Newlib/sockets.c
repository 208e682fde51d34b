/* Pairs of sockets. */
#include <errno.h>
#include <sys/socket.h>

#include "broken_pipe.h"
#include "cancel.h"
#include "shim.h"

_Static_assert(AF_UNIX == HERMIT_AF_UNIX && SOCK_DGRAM == HERMIT_SOCK_DGRAM &&
	       MSG_PEEK == HERMIT_MSG_PEEK && MSG_DONTWAIT == HERMIT_MSG_DONTWAIT &&
	       MSG_NOSIGNAL == HERMIT_MSG_NOSIGNAL && SHUT_RDWR == HERMIT_SHUT_RDWR, "sockets");

WEAK int socketpair(int family, int type, int protocol, int fds[2])
{
	int all = type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC);

	/* hermit.h's flags have other bits. */
	if (all & ~0xf)
		return failed(_REENT, EINVAL);
	if (type & SOCK_NONBLOCK)
		all |= HERMIT_SOCK_NONBLOCK;
	if (type & SOCK_CLOEXEC)
		all |= HERMIT_SOCK_CLOEXEC;
	CAN_BREAK();
	return (int)checked(sys_socketpair(family, all, protocol, fds));
}

WEAK int shutdown(int fd, int how)
{
	return (int)checked(sys_shutdown(fd, how));
}

WEAK ssize_t send(int fd, const void *buffer, size_t length, int flags)
{
	long result;

	cancellationPoint();
	result = sys_send(fd, buffer, length, flags);
	return checked(flags & MSG_NOSIGNAL ? result : written(result));
}

WEAK ssize_t recv(int fd, void *buffer, size_t length, int flags)
{
	cancellationPoint();
	return checked(sys_recv(fd, buffer, length, flags));
}
