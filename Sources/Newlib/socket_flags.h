/* Flags of new sockets: newlib's are those of its open, hermit.h has others. */
#ifndef HERMIT_SHIM_SOCKET_FLAGS_H
#define HERMIT_SHIM_SOCKET_FLAGS_H

#include <sys/socket.h>

#include <hermit.h>

static inline int socketFlags(int flags)
{
	int others = flags & ~(SOCK_NONBLOCK | SOCK_CLOEXEC);

	/* None of these is one of hermit.h's. */
	if (others & (HERMIT_SOCK_NONBLOCK | HERMIT_SOCK_CLOEXEC) & ~(SOCK_NONBLOCK | SOCK_CLOEXEC))
		return -1;
	return others | (flags & SOCK_NONBLOCK ? HERMIT_SOCK_NONBLOCK : 0) |
	       (flags & SOCK_CLOEXEC ? HERMIT_SOCK_CLOEXEC : 0);
}

#endif
