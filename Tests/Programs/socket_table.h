/*
 * What tables of calls of sockets have in common, on the host's Linux and in a guest: a line
 * for each call, names of errors, which C libraries number each in its own way, and addresses.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

static inline const char *name(int error)
{
	static const struct {
		int number;
		const char *name;
	} names[] = {
		{EPERM, "EPERM"}, {ENOENT, "ENOENT"}, {EBADF, "EBADF"}, {EAGAIN, "EAGAIN"}, {EACCES, "EACCES"},
		{EFAULT, "EFAULT"}, {EINVAL, "EINVAL"}, {ENODEV, "ENODEV"}, {EPIPE, "EPIPE"},
		{EDESTADDRREQ, "EDESTADDRREQ"}, {EMSGSIZE, "EMSGSIZE"}, {EPROTO, "EPROTO"},
		{ENOPROTOOPT, "ENOPROTOOPT"}, {EOPNOTSUPP, "EOPNOTSUPP"}, {EAFNOSUPPORT, "EAFNOSUPPORT"},
		{EADDRINUSE, "EADDRINUSE"}, {EADDRNOTAVAIL, "EADDRNOTAVAIL"}, {ENETUNREACH, "ENETUNREACH"},
		{EHOSTUNREACH, "EHOSTUNREACH"}, {ENOBUFS, "ENOBUFS"}, {EISCONN, "EISCONN"},
		{ENOTCONN, "ENOTCONN"}, {ECONNREFUSED, "ECONNREFUSED"}, {ESRCH, "ESRCH"},
		{EINPROGRESS, "EINPROGRESS"}, {EALREADY, "EALREADY"}, {ECONNRESET, "ECONNRESET"},
		{EMFILE, "EMFILE"}, {ENOTTY, "ENOTTY"}, {ESPIPE, "ESPIPE"}, {EDOM, "EDOM"},
		{ENOTSOCK, "ENOTSOCK"}, {EPROTOTYPE, "EPROTOTYPE"}, {EPROTONOSUPPORT, "EPROTONOSUPPORT"},
		{ECONNABORTED, "ECONNABORTED"}, {ETIMEDOUT, "ETIMEDOUT"},
	};
	static char other[16];

	for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
		if (names[i].number == error)
			return names[i].name;
	snprintf(other, sizeof other, "%d", error);
	return other;
}

#define T(CALL) \
	do { \
		errno = 0; \
		long result_ = (long)(CALL); \
		printf("%s: %ld %s\n", #CALL, result_, result_ < 0 ? name(errno) : ""); \
	} while (0)

static char buffer[1 << 17];
union endpoint {
	struct sockaddr any;
	struct sockaddr_in four;
	struct sockaddr_in6 six;
	struct sockaddr_storage all;
};
static union endpoint address, found;
static socklen_t length;
#define A &address.any
#define F &found.any

/* An address of IPv4; its length. */
static inline socklen_t at(const char *text, int port)
{
	memset(&address, 0, sizeof address);
	address.four.sin_family = AF_INET;
	address.four.sin_port = htons((unsigned short)port);
	inet_pton(AF_INET, text, &address.four.sin_addr);
	return sizeof address.four;
}

/* One of IPv6. */
static inline socklen_t at6(const char *text, int port)
{
	memset(&address, 0, sizeof address);
	address.six.sin6_family = AF_INET6;
	address.six.sin6_port = htons((unsigned short)port);
	inet_pton(AF_INET6, text, &address.six.sin6_addr);
	return sizeof address.six;
}

static inline int portOf(int fd)
{
	length = sizeof found;
	return getsockname(fd, F, &length) ? -1 : ntohs(found.four.sin_port);
}

static inline int value(int fd, int level, int number)
{
	int value = -1;
	socklen_t size = sizeof value;

	return getsockopt(fd, level, number, &value, &size) ? -1 : value;
}

static inline int set(int fd, int level, int number, int value)
{
	return setsockopt(fd, level, number, &value, sizeof value);
}

/* Waits until a descriptor is ready for something; what that is is not said. */
static inline void await(int fd, int events)
{
	struct pollfd entry = {.fd = fd, .events = (short)events};

	if (poll(&entry, 1, 10000) != 1)
		printf("nothing comes\n");
}
