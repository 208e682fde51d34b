/*
 * What functions of sockets of AF_UNIX say, one line a call: what they refuse, and
 * what they do. The same source is compiled for the host's Linux, and says the same.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

static const char *name(int error)
{
	static const struct {
		int number;
		const char *name;
	} names[] = {
		{EPERM, "EPERM"}, {ENOENT, "ENOENT"}, {EBADF, "EBADF"}, {EAGAIN, "EAGAIN"},
		{EACCES, "EACCES"}, {EFAULT, "EFAULT"}, {EEXIST, "EEXIST"}, {ENOTDIR, "ENOTDIR"},
		{EISDIR, "EISDIR"}, {EINVAL, "EINVAL"}, {EMFILE, "EMFILE"}, {ENOTTY, "ENOTTY"},
		{ENXIO, "ENXIO"}, {ESPIPE, "ESPIPE"}, {EPIPE, "EPIPE"}, {EDOM, "EDOM"},
		{ELOOP, "ELOOP"}, {ENAMETOOLONG, "ENAMETOOLONG"}, {ENOTSOCK, "ENOTSOCK"},
		{EDESTADDRREQ, "EDESTADDRREQ"}, {EMSGSIZE, "EMSGSIZE"}, {EPROTOTYPE, "EPROTOTYPE"},
		{ENOPROTOOPT, "ENOPROTOOPT"}, {EPROTONOSUPPORT, "EPROTONOSUPPORT"},
		{EOPNOTSUPP, "EOPNOTSUPP"}, {EAFNOSUPPORT, "EAFNOSUPPORT"},
		{EADDRINUSE, "EADDRINUSE"}, {EADDRNOTAVAIL, "EADDRNOTAVAIL"},
		{ECONNRESET, "ECONNRESET"}, {EISCONN, "EISCONN"}, {ENOTCONN, "ENOTCONN"},
		{ECONNREFUSED, "ECONNREFUSED"}, {ETOOMANYREFS, "ETOOMANYREFS"}, {ESRCH, "ESRCH"},
		{ENOBUFS, "ENOBUFS"},
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

#define BAD ((void *)8)
#define HEADER offsetof(struct sockaddr_un, sun_path)

static char buffer[1 << 18];
static struct sockaddr_un address, found;
static socklen_t length;

/* An address, and its length with what ends it. */
static socklen_t at(const char *path)
{
	memset(&address, 0, sizeof address);
	address.sun_family = AF_UNIX;
	strncpy(address.sun_path, path, sizeof address.sun_path);
	return (socklen_t)(HEADER + strlen(path) + 1);
}

/* The same without a file; others may run this at the same time. */
enum { SUFFIX = 8 };

static socklen_t apart(const char *text)
{
	memset(&address, 0, sizeof address);
	address.sun_family = AF_UNIX;
	snprintf(address.sun_path + 1, 90, "%s-%07d", text, (int)getpid());
	return (socklen_t)(HEADER + 1 + strlen(text) + SUFFIX);
}

#define A (struct sockaddr *)&address
#define F (struct sockaddr *)&found

/* Where an address is found, with its name as text. */
static void told(const char *call, int result)
{
	printf("%s: %d %s", call, result, result < 0 ? name(errno) : "");
	if (result >= 0) {
		printf("length %d", (int)length);
		if (length > HEADER && found.sun_path[0])
			printf(" path %s", found.sun_path);
		else if (length > HEADER)
			printf(" apart %.*s", (int)(length - HEADER - 1 - SUFFIX), found.sun_path + 1);
	}
	printf("\n");
}

#define N(CALL) \
	do { \
		memset(&found, 0, sizeof found); \
		length = sizeof found; \
		errno = 0; \
		told(#CALL, (int)(CALL)); \
	} while (0)

static int ready(int fd)
{
	struct pollfd entry = {.fd = fd, .events = POLLIN | POLLOUT | POLLRDHUP};

	return poll(&entry, 1, 0) < 0 ? -1 : entry.revents;
}

static void show(const char *what, int fd)
{
	int bits = ready(fd);

	printf("%s:%s%s%s%s%s%s\n", what, bits & POLLIN ? " IN" : "", bits & POLLOUT ? " OUT" : "",
	       bits & POLLERR ? " ERR" : "", bits & POLLHUP ? " HUP" : "",
	       bits & POLLNVAL ? " NVAL" : "", bits & POLLRDHUP ? " RDHUP" : "");
}
#define READY(FD) show("ready " #FD, FD)

static int option(int fd, int number)
{
	int value = -1;
	socklen_t size = sizeof value;

	return getsockopt(fd, SOL_SOCKET, number, &value, &size) ? -1 : value;
}
#define ERROR(FD) \
	do { \
		int error_ = option(FD, SO_ERROR); \
		printf("error of " #FD ": %s\n", error_ ? name(error_) : "none"); \
	} while (0)

static void making(void)
{
	int fd, fds[2];

	T(socket(77, SOCK_STREAM, 0));
	T(socket(-1, SOCK_STREAM, 0));
	T(socket(AF_UNIX, 99, 0));
	T(socket(AF_UNIX, SOCK_STREAM, 77));
	T(socket(AF_UNIX, SOCK_STREAM | 0x100000, 0));
	T(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, BAD));
	T((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) < 0);
	T(fcntl(fd, F_GETFD));
	T((fcntl(fd, F_GETFL) & (O_ACCMODE | O_NONBLOCK)) == (O_RDWR | O_NONBLOCK));
	T(option(fd, SO_TYPE) == SOCK_STREAM);
	T(option(fd, SO_DOMAIN) == AF_UNIX);
	T(option(fd, SO_PROTOCOL));
	T(option(fd, SO_ACCEPTCONN));
	T(option(fd, SO_ERROR));
	READY(fd);
	T(read(fd, buffer, 1));
	T(write(fd, buffer, 1));
	T(recv(fd, buffer, 1, 0));
	T(send(fd, buffer, 1, 0));
	T(accept(fd, NULL, NULL));
	T(listen(fd, 1));
	N(getsockname(fd, F, &length));
	N(getpeername(fd, F, &length));
	T(shutdown(fd, 3));
	T(shutdown(fd, SHUT_RD));
	T(lseek(fd, 0, SEEK_SET));
	T(close(fd));
	T((fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0)) < 0);
	READY(fd);
	T(option(fd, SO_TYPE) == SOCK_DGRAM);
	T(recv(fd, buffer, 1, 0));
	T(send(fd, buffer, 1, 0));
	T(write(fd, buffer, 1));
	T(listen(fd, 1));
	T(accept(fd, NULL, NULL));
	T(close(fd));
	T((fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0)) < 0);
	READY(fd);
	T(recv(fd, buffer, 1, 0));
	T(send(fd, buffer, 1, 0));
	T(accept(fd, NULL, NULL));
	T(close(fd));
	T(bind(999, A, at("s")));
	T(bind(0, A, at("s")) < 0);
	T(listen(999, 1));
	T(accept(999, NULL, NULL));
	T(connect(999, A, at("s")));
	T(getsockname(999, F, &length));
	T(getpeername(999, F, &length));
	T(shutdown(999, 0));
	T(setsockopt(999, SOL_SOCKET, SO_REUSEADDR, &fd, 4));
	T(getsockopt(999, SOL_SOCKET, SO_REUSEADDR, &fd, &length));
	T(sendto(999, "", 0, 0, NULL, 0));
	T(recvfrom(999, buffer, 1, 0, NULL, NULL));
	if (pipe(fds))
		return;
	T(bind(fds[0], A, at("s")));
	T(listen(fds[0], 1));
	T(accept(fds[0], NULL, NULL));
	T(connect(fds[0], A, at("s")));
	T(getsockname(fds[0], F, &length));
	T(getpeername(fds[0], F, &length));
	T(getsockopt(fds[0], SOL_SOCKET, SO_TYPE, &fd, &length));
	T(setsockopt(fds[0], SOL_SOCKET, SO_REUSEADDR, &fd, 4));
	T(sendto(fds[1], "", 0, 0, NULL, 0));
	T(recvfrom(fds[0], buffer, 1, 0, NULL, NULL));
	T(sendmsg(fds[1], &(struct msghdr){0}, 0));
	T(recvmsg(fds[0], &(struct msghdr){0}, 0));
	T(close(fds[0]));
	T(close(fds[1]));
}

static void names(void)
{
	struct stat status;
	char path[200];
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), other = socket(AF_UNIX, SOCK_STREAM, 0);

	T(bind(fd, BAD, sizeof address));
	T(bind(fd, A, 0));
	T(bind(fd, A, 1));
	T(bind(fd, A, 1000));
	T(bind(fd, A, (socklen_t)-1));
	at("s");
	address.sun_family = 77;
	T(bind(fd, A, HEADER + 2));
	T(bind(fd, A, at("missing/s")));
	T(mkdir("d", 0755));
	T(bind(fd, A, at("d")));
	T(bind(fd, A, at("d/")));
	T(bind(fd, A, at("d/s/")));
	T(close(open("file", O_CREAT | O_RDWR, 0644)));
	T(bind(fd, A, at("file")));
	T(bind(fd, A, at("file/s")));
	N(getsockname(fd, F, &length));
	T(umask(022) & 0);
	T(bind(fd, A, at("s")));
	N(getsockname(fd, F, &length));
	T(bind(fd, A, at("t")));
	T(bind(other, A, at("s")));
	T(stat("s", &status));
	T((status.st_mode & S_IFMT) == S_IFSOCK);
	T(status.st_mode & 0777);
	T(fstat(fd, &status));
	T((status.st_mode & S_IFMT) == S_IFSOCK);
	T(open("s", O_RDWR));
	length = 3;
	T(getsockname(fd, F, &length));
	T(length);
	length = (socklen_t)-1;
	T(getsockname(fd, F, &length));
	length = sizeof found;
	T(getsockname(fd, BAD, &length));
	T(getsockname(fd, F, BAD));
	/* Nobody listens. */
	T(connect(other, A, at("s")));
	T(connect(other, A, at("missing")));
	T(connect(other, A, at("d")));
	T(connect(other, A, at("file")));
	T(connect(other, A, at("file/s")));
	T(connect(other, A, at("missing/s")));
	T(connect(other, A, HEADER));
	T(connect(other, A, 0));
	T(connect(other, A, 1000));
	T(connect(other, BAD, 20));
	address.sun_family = AF_UNSPEC;
	T(connect(other, A, sizeof address));
	T(connect(other, A, apart("nobody")));
	T(listen(fd, 5));
	T(option(fd, SO_ACCEPTCONN));
	T(unlink("s"));
	T(connect(other, A, at("s")));
	T(bind(other, A, at("s")));
	T(close(fd));
	T(connect(other, A, at("s")));
	T(close(other));
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	T(connect(fd, A, at("s")));
	T(rename("s", "u"));
	T(unlink("u"));
	/* A path as long as there is room, and one that is not ended. */
	memset(path, 'p', sizeof path);
	path[108] = 0;
	at("");
	memcpy(address.sun_path, path, 108);
	T(bind(fd, A, sizeof address));
	N(getsockname(fd, F, &length) < 0 ? -1 : 0);
	T(stat(path, &status));
	T(unlink(path));
	T(close(fd));
	fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	other = socket(AF_UNIX, SOCK_DGRAM, 0);
	memcpy(address.sun_path, "short", 5);
	T(bind(fd, A, HEADER + 5));
	N(getsockname(fd, F, &length));
	T(unlink("short"));
	T(bind(other, A, apart("name")));
	N(getsockname(other, F, &length));
	T(close(fd));
	fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	T(bind(fd, A, apart("name")));
	T(bind(fd, A, apart("name2")));
	T(close(other));
	T(close(fd));
	fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	T(bind(fd, A, apart("name")));
	T(close(fd));
	/* The kernel gives a name. */
	fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	T(bind(fd, A, HEADER));
	memset(&found, 0, sizeof found);
	length = sizeof found;
	T(getsockname(fd, F, &length));
	T(length - HEADER);
	T(found.sun_path[0]);
	T(strspn(found.sun_path + 1, "0123456789abcdef"));
	T(bind(fd, A, HEADER));
	T(close(fd));
	/* Each type has names of its own that are no files. */
	fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	other = socket(AF_UNIX, SOCK_STREAM, 0);
	T(bind(fd, A, apart("shared")));
	T(bind(other, A, apart("shared")));
	T(close(fd));
	T(close(other));
}

static void connections(void)
{
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	int one = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	int two = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	int three = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	int wrong = socket(AF_UNIX, SOCK_DGRAM, 0);
	int end, other;

	T(bind(listener, A, at("listener")));
	T(connect(one, A, at("listener")));
	READY(listener);
	T(listen(listener, 1));
	READY(listener);
	T(accept(listener, NULL, NULL));
	T(accept4(listener, NULL, NULL, 1));
	T(connect(wrong, A, at("listener")));
	T(sendto(wrong, "x", 1, 0, A, at("listener")));
	T(bind(two, A, at("two")));
	READY(one);
	T(connect(one, A, at("listener")));
	READY(one);
	READY(listener);
	T(connect(one, A, at("listener")));
	T(connect(two, A, at("listener")));
	T(connect(three, A, at("listener")));
	T(write(one, "early", 5));
	N(getpeername(one, F, &length));
	N(getsockname(one, F, &length));
	N(getpeername(listener, F, &length));
	T(connect(listener, A, at("listener")));
	T(read(listener, buffer, 1));
	T(write(listener, buffer, 1));
	N((end = accept(listener, F, &length)) < 0 ? -1 : 0);
	T(fcntl(end, F_GETFL) & O_NONBLOCK);
	N(getsockname(end, F, &length));
	N(getpeername(end, F, &length));
	READY(end);
	T(read(end, buffer, 100));
	T(connect(three, A, at("listener")));
	N((other = accept4(listener, F, &length, SOCK_NONBLOCK | SOCK_CLOEXEC)) < 0 ? -1 : 0);
	T((fcntl(other, F_GETFL) & O_NONBLOCK) != 0);
	T(fcntl(other, F_GETFD));
	N(getpeername(other, F, &length));
	T(bind(end, A, at("end")));
	T(listen(end, 1));
	T(listen(one, 1));
	T(connect(end, A, at("listener")));
	T(sendto(one, "x", 1, 0, A, at("listener")));
	T(sendto(listener, "x", 1, 0, A, at("listener")));
	READY(other);
	T(send(two, "to the end", 10, 0));
	READY(other);
	T(shutdown(two, SHUT_WR));
	READY(other);
	READY(two);
	T(send(two, "x", 1, MSG_NOSIGNAL));
	T(recv(other, buffer, 100, 0));
	T(recv(other, buffer, 100, 0));
	T(send(other, "back", 4, 0));
	T(recv(two, buffer, 100, 0));
	T(recv(two, buffer, 100, 0));
	T(shutdown(other, SHUT_RDWR));
	READY(other);
	READY(two);
	T(recv(two, buffer, 100, 0));
	T(close(other));
	N(getpeername(two, F, &length));
	T(connect(two, A, at("listener")));
	T(close(two));
	/* One that nobody has accepted. */
	T(send(three, "x", 1, 0));
	T(close(listener));
	READY(three);
	N(getpeername(three, F, &length));
	T(recv(three, buffer, 1, 0));
	T(recv(three, buffer, 1, 0));
	T(send(three, "x", 1, MSG_NOSIGNAL));
	T(close(three));
	/* What is unread at the end is a reset. */
	T(send(end, "unread", 6, 0));
	T(send(one, "unread", 6, 0));
	T(close(end));
	READY(one);
	T(recv(one, buffer, 100, 0));
	T(recv(one, buffer, 100, 0));
	T(recv(one, buffer, 100, 0));
	ERROR(one);
	T(close(one));
	T(close(wrong));
	T(unlink("listener"));
	T(unlink("two"));
	/* A listener that is shut. */
	listener = socket(AF_UNIX, SOCK_STREAM, 0);
	T(bind(listener, A, apart("shut")));
	T(listen(listener, -1));
	T(shutdown(listener, SHUT_RD));
	READY(listener);
	T(accept(listener, NULL, NULL));
	one = socket(AF_UNIX, SOCK_STREAM, 0);
	T(connect(one, A, apart("shut")));
	T(close(listener));
	T(close(one));
	/* The address can't be told: the connection is gone. */
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	one = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	T(bind(listener, A, apart("bad")));
	T(listen(listener, 0));
	T(connect(one, A, apart("bad")));
	length = sizeof found;
	T(accept(listener, BAD, &length));
	READY(one);
	T(accept(listener, NULL, NULL));
	T(close(one));
	one = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	T(connect(one, A, apart("bad")));
	length = (socklen_t)-1;
	T(accept(listener, F, &length));
	T(close(one));
	T(close(listener));
}

static void datagrams(void)
{
	int one = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	int two = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	int three = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	int stream = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	int bytes, fds[2];

	T(bind(one, A, at("one")));
	T(bind(two, A, at("two")));
	T(sendto(two, "hello", 5, 0, A, at("one")));
	T(sendto(three, "nameless", 8, 0, A, at("one")));
	T(sendto(three, "", 0, 0, A, at("one")));
	READY(one);
	T(ioctl(one, FIONREAD, &bytes));
	T(bytes);
	N(recvfrom(one, buffer, 2, MSG_PEEK, F, &length));
	N(recvfrom(one, buffer, 2, MSG_PEEK | MSG_TRUNC, F, &length));
	N(recvfrom(one, buffer, 100, 0, F, &length));
	N(recvfrom(one, buffer, 2, MSG_TRUNC, F, &length));
	N(recvfrom(one, buffer, 100, 0, F, &length));
	N(recvfrom(one, buffer, 100, 0, F, &length));
	T(sendto(two, "x", 1, 0, A, at("missing")));
	T(sendto(two, "x", 1, 0, A, at("file")));
	T(sendto(two, "x", 1, 0, A, HEADER));
	T(sendto(two, "x", 1, 0, BAD, 20));
	T(sendto(two, BAD, 5, 0, A, at("one")));
	T(sendto(two, "x", 1, 0, A, apart("nobody")));
	T(bind(stream, A, at("stream")));
	T(sendto(two, "x", 1, 0, A, at("stream")));
	T(connect(two, A, at("stream")));
	T(connect(two, A, at("one")));
	N(getpeername(two, F, &length));
	T(write(two, "by write", 8));
	T(read(one, buffer, 100));
	T(sendto(two, "x", 1, 0, A, at("two")));
	T(read(two, buffer, 100));
	/* Who has another end takes that one's messages alone. */
	T(connect(one, A, at("two")));
	T(sendto(three, "x", 1, 0, A, at("one")));
	T(connect(three, A, at("one")));
	T(send(one, "kept", 4, 0));
	/* The end of a connection of both. */
	T(send(two, "lost", 4, 0));
	at("");
	address.sun_family = AF_UNSPEC;
	T(connect(one, A, sizeof address));
	READY(one);
	T(recv(one, buffer, 100, 0));
	READY(two);
	T(recv(two, buffer, 100, 0));
	T(recv(two, buffer, 100, 0));
	N(getpeername(one, F, &length));
	T(send(one, "x", 1, 0));
	T(connect(three, A, at("one")));
	T(shutdown(one, SHUT_RD));
	T(send(three, "x", 1, MSG_NOSIGNAL));
	READY(one);
	T(close(one));
	READY(three);
	T(send(three, "x", 1, 0));
	T(send(three, "x", 1, 0));
	N(getpeername(three, F, &length));
	T(connect(three, A, at("one")));
	T(unlink("one"));
	T(unlink("two"));
	T(unlink("stream"));
	T(shutdown(three, SHUT_WR));
	T(sendto(three, "x", 1, MSG_NOSIGNAL, A, at("two")));
	T(close(two));
	T(close(three));
	T(close(stream));
	/* To itself. */
	one = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	T(bind(one, A, apart("self")));
	T(connect(one, A, apart("self")));
	T(send(one, "self", 4, 0));
	N(recvfrom(one, buffer, 100, 0, F, &length));
	T(close(one));
	T(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, fds));
	T(send(fds[0], buffer, sizeof buffer, 0));
	T(send(fds[0], buffer, 100000, 0));
	T(recv(fds[1], buffer, 10, MSG_TRUNC));
	T(recv(fds[1], buffer, 10, 0));
	T(close(fds[1]));
	T(send(fds[0], "x", 1, 0));
	T(send(fds[0], "x", 1, 0));
	T(close(fds[0]));
}

static void sequences(void)
{
	int listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0);
	int one = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0);
	int stream = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	int end;

	T(bind(listener, A, at("packets")));
	T(listen(listener, 3));
	T(connect(stream, A, at("packets")));
	T(connect(one, A, at("packets")));
	T((end = accept(listener, NULL, NULL)) < 0);
	T(send(one, "first", 5, 0));
	T(send(one, "", 0, 0));
	T(send(one, "third", 5, MSG_EOR));
	T(recv(end, buffer, 2, 0));
	T(recv(end, buffer, 2, MSG_DONTWAIT));
	T(recv(end, buffer, 100, MSG_TRUNC));
	T(recv(end, buffer, 100, MSG_DONTWAIT));
	T(send(end, "unread", 6, 0));
	T(send(one, "read", 4, 0));
	T(close(one));
	READY(end);
	T(recv(end, buffer, 100, MSG_DONTWAIT));
	T(recv(end, buffer, 100, MSG_DONTWAIT));
	T(send(end, "x", 1, MSG_NOSIGNAL));
	T(close(end));
	T(close(stream));
	T(close(listener));
	T(unlink("packets"));
}

static void options(void)
{
	struct timeval time = {0, 1000000}, set = {7, 500000};
	struct linger linger = {1, 5};
	struct ucred who;
	int fds[2], value = 1, fd;

	T(socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
	fd = fds[0];
	T(setsockopt(fd, SOL_SOCKET, 0x7777, &value, sizeof value));
	T(getsockopt(fd, SOL_SOCKET, 0x7777, &value, &(socklen_t){4}));
	T(setsockopt(fd, 77, 1, &value, sizeof value));
	T(getsockopt(fd, 77, 1, &value, &(socklen_t){4}));
	T(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &value, 3));
	T(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &value, (socklen_t)-1));
	T(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, BAD, 4));
	T(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &value, 4));
	T(option(fd, SO_REUSEADDR));
	T(setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &value, 4));
	T(setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &value, 4));
	T(setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, 4));
	T(setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger));
	T(setsockopt(fd, SOL_SOCKET, SO_TYPE, &value, 4));
	T(setsockopt(fd, SOL_SOCKET, SO_ERROR, &value, 4));
	T(setsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &value, 4));
	T(setsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, sizeof who));
	T(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time));
	T(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, 4));
	T(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &set, sizeof set));
	length = sizeof time;
	T(getsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, &length));
	T(length);
	T(time.tv_sec);
	T(time.tv_usec);
	length = sizeof time;
	T(getsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &time, &length));
	T(time.tv_sec + time.tv_usec);
	set = (struct timeval){0, 1000};
	T(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &set, sizeof set));
	T(recv(fd, buffer, 1, 0));
	T(read(fd, buffer, 1));
	T(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &set, sizeof set));
	while (send(fd, buffer, sizeof buffer, 0) > 0)
		;
	T(send(fd, buffer, sizeof buffer, 0));
	length = 2;
	T(getsockopt(fd, SOL_SOCKET, SO_TYPE, &value, &length));
	T(length);
	length = (socklen_t)-1;
	T(getsockopt(fd, SOL_SOCKET, SO_TYPE, &value, &length));
	T(getsockopt(fd, SOL_SOCKET, SO_TYPE, &value, BAD));
	length = 4;
	T(getsockopt(fd, SOL_SOCKET, SO_TYPE, BAD, &length));
	length = sizeof who;
	T(getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &length));
	T(length);
	T(who.pid == getpid());
	T(who.uid == getuid() && who.gid == getgid());
	T(close(fds[0]));
	T(close(fds[1]));
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	length = sizeof who;
	T(getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &length));
	T(who.pid);
	T(who.uid == (uid_t)-1);
	T(close(fd));
}

/* Sends bytes and descriptors. */
static long give(int fd, const char *text, size_t size, const int *fds, int count)
{
	static _Alignas(8) char control[CMSG_SPACE(300 * sizeof(int))];
	struct iovec part = {(void *)text, size};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control,
				 .msg_controllen = CMSG_SPACE(count * sizeof(int))};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	memset(control, 0, sizeof control);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(count * sizeof(int));
	memcpy(CMSG_DATA(header), fds, count * sizeof(int));
	return sendmsg(fd, &message, MSG_NOSIGNAL);
}

static int got[300], gotCount;

/* Receives them. */
static long take(int fd, size_t size, int most, int flags)
{
	static _Alignas(8) char control[CMSG_SPACE(300 * sizeof(int))];
	struct iovec part = {buffer, size};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control,
				 .msg_controllen = most < 0 ? 0 : CMSG_LEN(most * sizeof(int))};
	long result = recvmsg(fd, &message, flags);
	int error = errno;

	gotCount = 0;
	if (result >= 0) {
		struct cmsghdr *header;

		for (header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
			if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
				continue;
			gotCount = (int)((header->cmsg_len - CMSG_LEN(0)) / sizeof(int));
			memcpy(got, CMSG_DATA(header), gotCount * sizeof(int));
		}
		printf("  descriptors %d, flags%s%s%s\n", gotCount,
		       message.msg_flags & MSG_TRUNC ? " TRUNC" : "",
		       message.msg_flags & MSG_CTRUNC ? " CTRUNC" : "",
		       message.msg_flags & MSG_CMSG_CLOEXEC ? " CLOEXEC" : "");
	}
	errno = error;
	return result;
}

static void closeGot(void)
{
	for (int i = 0; i < gotCount; i++)
		close(got[i]);
}

static void passing(void)
{
	int stream[2], packets[2], pipes[2], many[300];
	struct iovec parts[2] = {{"scat", 4}, {"tered", 5}}, bad = {BAD, 4};
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
	_Alignas(8) char control[256] = "";
	struct cmsghdr *header = (struct cmsghdr *)control;
	char text[32];

	T(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, stream));
	T(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, packets));
	T(pipe(pipes));
	T(sendmsg(stream[0], BAD, 0));
	T(recvmsg(stream[0], BAD, 0));
	T(sendmsg(stream[0], &message, 0));
	T(recv(stream[1], buffer, 100, 0));
	message.msg_iovlen = 1025;
	T(sendmsg(stream[0], &message, 0));
	T(recvmsg(stream[0], &message, 0));
	message.msg_iov = &bad;
	message.msg_iovlen = 1;
	T(sendmsg(stream[0], &message, 0));
	message.msg_iov = BAD;
	T(sendmsg(stream[0], &message, 0));
	message.msg_iov = parts;
	message.msg_control = BAD;
	message.msg_controllen = 100;
	T(sendmsg(stream[0], &message, 0));
	message.msg_control = control;
	T(sendmsg(stream[0], &message, 0));
	header->cmsg_len = CMSG_LEN(4);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = 77;
	T(sendmsg(stream[0], &message, 0));
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = 1000;
	T(sendmsg(stream[0], &message, 0));
	T(give(stream[0], "x", 1, (int[]){999}, 1));
	T(give(stream[0], "x", 1, (int[]){pipes[0], -1}, 2));
	for (int i = 0; i < 300; i++)
		many[i] = pipes[0];
	T(give(stream[0], "x", 1, many, 254));
	T(give(stream[0], "many", 4, many, 253));
	T(take(stream[1], 100, 253, 0));
	closeGot();
	T(give(stream[0], "", 0, pipes, 2));
	T(recv(stream[1], buffer, 100, 0));
	/* What comes out is the same description. */
	T(give(stream[0], "a pipe", 6, pipes, 2));
	T(take(stream[1], 100, 2, MSG_CMSG_CLOEXEC));
	T(fcntl(got[0], F_GETFD));
	T(write(got[1], "through", 7));
	T(read(pipes[0], text, sizeof text));
	closeGot();
	/* Where bytes end. */
	T(write(stream[0], "before", 6));
	T(give(stream[0], "with", 4, pipes, 1));
	T(write(stream[0], "behind", 6));
	T(take(stream[1], 3, 4, 0));
	T(take(stream[1], 100, 4, MSG_PEEK));
	closeGot();
	T(take(stream[1], 100, 4, 0));
	closeGot();
	T(take(stream[1], 100, 4, 0));
	T(give(stream[0], "first", 5, pipes, 1));
	T(give(stream[0], "second", 6, pipes, 2));
	T(take(stream[1], 2, 4, 0));
	closeGot();
	T(take(stream[1], 100, 4, 0));
	closeGot();
	T(give(stream[0], "first", 5, pipes, 1));
	T(give(stream[0], "second", 6, pipes, 2));
	T(take(stream[1], 100, 4, 0));
	closeGot();
	/* No room, and nobody who wants them. */
	T(take(stream[1], 100, 1, 0));
	closeGot();
	T(give(stream[0], "x", 1, pipes, 2));
	T(take(stream[1], 100, -1, 0));
	T(give(stream[0], "x", 1, pipes, 2));
	T(read(stream[1], buffer, 100));
	T(give(packets[0], "packet", 6, pipes, 2));
	T(take(packets[1], 2, 2, 0));
	closeGot();
	T(give(packets[0], "", 0, pipes, 1));
	T(take(packets[1], 2, 2, 0));
	closeGot();
	T(give(packets[0], "lost", 4, pipes, 1));
	T(recv(packets[1], buffer, 100, 0));
	T(take(packets[1], 2, 2, 0));
	/* What is on its way is open. */
	T(give(packets[0], "last", 4, &pipes[1], 1));
	T(close(pipes[1]));
	T(fcntl(pipes[0], F_SETFL, O_NONBLOCK));
	T(read(pipes[0], text, sizeof text));
	T(close(packets[1]));
	T(read(pipes[0], text, sizeof text));
	T(close(packets[0]));
	T(close(pipes[0]));
	/* Sockets in sockets in sockets. */
	for (int i = 0; i < 100; i++) {
		int pair[2];

		if (pipe(pipes) || socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
			return;
		give(pair[0], "x", 1, (int[]){stream[0], stream[1], pipes[1]}, 3);
		close(stream[0]);
		close(stream[1]);
		close(pipes[1]);
		stream[0] = pair[0];
		stream[1] = pair[1];
		if (i < 99)
			close(pipes[0]);
	}
	T(fcntl(pipes[0], F_SETFL, O_NONBLOCK));
	T(read(pipes[0], text, sizeof text));
	T(close(stream[0]));
	T(read(pipes[0], text, sizeof text));
	T(close(stream[1]));
	T(read(pipes[0], text, sizeof text));
	T(close(pipes[0]));
}

static void credentials(void)
{
	_Alignas(8) char control[256] = "";
	struct cmsghdr *header = (struct cmsghdr *)control;
	struct ucred who = {getpid(), getuid(), getgid()};
	struct iovec part = {buffer, 10};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control,
				 .msg_controllen = CMSG_SPACE(sizeof who)};
	int fds[2], value = 1;

	T(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, fds));
	header->cmsg_len = CMSG_LEN(sizeof who);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_CREDENTIALS;
	memcpy(CMSG_DATA(header), &who, sizeof who);
	T(sendmsg(fds[0], &message, 0));
	message.msg_controllen = sizeof control;
	T(recvmsg(fds[1], &message, 0));
	T(message.msg_controllen);
	T(setsockopt(fds[1], SOL_SOCKET, SO_PASSCRED, &value, sizeof value));
	T(option(fds[1], SO_PASSCRED));
	T(send(fds[0], "x", 1, 0));
	message.msg_controllen = sizeof control;
	memset(control, 0, sizeof control);
	T(recvmsg(fds[1], &message, 0));
	T(header->cmsg_type == SCM_CREDENTIALS);
	memcpy(&who, CMSG_DATA(header), sizeof who);
	T(who.pid == getpid() && who.uid == getuid() && who.gid == getgid());
	T(send(fds[0], "x", 1, 0));
	message.msg_controllen = CMSG_LEN(4);
	T(recvmsg(fds[1], &message, 0));
	T((message.msg_flags & MSG_CTRUNC) != 0);
	header->cmsg_len = CMSG_LEN(4);
	message.msg_controllen = CMSG_SPACE(sizeof who);
	T(sendmsg(fds[0], &message, 0));
	T(close(fds[0]));
	T(close(fds[1]));
}

int main(void)
{
	char folder[] = "/tmp/sockets-XXXXXX";
	struct rlimit limit;
	int fd, count = 0, listener, one;

	signal(SIGPIPE, SIG_IGN);
	/* Descriptors that whoever starts the program has left open. */
	for (fd = 3; fd < 600; fd++)
		close(fd);
	if (!mkdtemp(folder) || chdir(folder))
		return 1;
	umask(022);
	making();
	names();
	connections();
	datagrams();
	sequences();
	options();
	passing();
	credentials();
	/* No number is free. */
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	one = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	T(bind(listener, A, apart("full")));
	T(listen(listener, 5));
	T(connect(one, A, apart("full")));
	limit = (struct rlimit){60, 60};
	T(setrlimit(RLIMIT_NOFILE, &limit));
	while ((fd = dup(listener)) >= 0)
		count++;
	T(count > 30);
	T(socket(AF_UNIX, SOCK_STREAM, 0));
	T(accept(listener, NULL, NULL));
	T(close(59));
	T(accept(listener, NULL, NULL));
	T(close(59));
	T(give(one, "x", 1, (int[]){one}, 1));
	T(unlink("file"));
	T(rmdir("d"));
	T(chdir("/"));
	T(rmdir(folder));
	return 0;
}
