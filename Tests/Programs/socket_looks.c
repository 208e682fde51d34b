/*
 * Sockets of AF_UNIX: how much a read waits for (SO_RCVLOWAT), and where a look begins
 * (SO_PEEK_OFF), one line a call. The same source is compiled for the host's Linux, and
 * says the same.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static const char *name(int error)
{
	switch (error) {
	case EAGAIN: return "EAGAIN";
	case EBADF: return "EBADF";
	case EFAULT: return "EFAULT";
	case EINVAL: return "EINVAL";
	case ENOPROTOOPT: return "ENOPROTOOPT";
	case ENOTSOCK: return "ENOTSOCK";
	default: return "another error";
	}
}

#define T(CALL) \
	do { \
		errno = 0; \
		long result_ = (long)(CALL); \
		printf("%s: %ld %s\n", #CALL, result_, result_ < 0 ? name(errno) : ""); \
	} while (0)

static char buffer[300000];

static int set(int fd, int option, int value)
{
	return setsockopt(fd, SOL_SOCKET, option, &value, sizeof value);
}

static int get(int fd, int option)
{
	int value = -77;
	socklen_t size = sizeof value;

	return getsockopt(fd, SOL_SOCKET, option, &value, &size) ? -1 : value;
}

/* Receives, and says what. */
#define R(FD, COUNT, FLAGS) \
	do { \
		errno = 0; \
		memset(buffer, 0, 64); \
		long result_ = recv(FD, buffer, COUNT, FLAGS); \
		printf("recv(%s, %s, %s): %ld '%.20s' %s, offset %d\n", #FD, #COUNT, #FLAGS, result_, \
		       buffer, result_ < 0 ? name(errno) : "", get(FD, SO_PEEK_OFF)); \
	} while (0)

static void options(void)
{
	static const int types[] = {SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET};
	int ends[2], pipes[2];

	for (int i = 0; i < 3; i++) {
		T(socketpair(AF_UNIX, types[i], 0, ends));
		T(get(ends[0], SO_RCVLOWAT));
		T(get(ends[0], SO_SNDLOWAT));
		T(get(ends[0], SO_PEEK_OFF));
		T(set(ends[0], SO_RCVLOWAT, 5));
		T(get(ends[0], SO_RCVLOWAT));
		T(set(ends[0], SO_RCVLOWAT, 0));
		T(get(ends[0], SO_RCVLOWAT));
		T(set(ends[0], SO_RCVLOWAT, -3));
		T(get(ends[0], SO_RCVLOWAT) == INT_MAX);
		T(set(ends[0], SO_SNDLOWAT, 1));
		T(set(ends[0], SO_PEEK_OFF, 7));
		T(get(ends[0], SO_PEEK_OFF));
		T(set(ends[0], SO_PEEK_OFF, -9));
		T(get(ends[0], SO_PEEK_OFF));
		T(setsockopt(ends[0], SOL_SOCKET, SO_RCVLOWAT, buffer, 3));
		T(setsockopt(ends[0], SOL_SOCKET, SO_PEEK_OFF, buffer, 0));
		T(setsockopt(ends[0], SOL_SOCKET, SO_PEEK_OFF, (void *)8, 4));
		close(ends[0]);
		close(ends[1]);
	}
	if (pipe(pipes))
		return;
	T(set(pipes[0], SO_RCVLOWAT, 5));
	T(set(99, SO_PEEK_OFF, 5));
	close(pipes[0]);
	close(pipes[1]);
}

static int ready(int fd)
{
	struct pollfd entry = {.fd = fd, .events = POLLIN};

	return poll(&entry, 1, 0);
}

static void *later(void *fd)
{
	/* Each is a write of its own; a read that waits for six sees them together. */
	for (int i = 0; i < 3; i++) {
		usleep(20000);
		if (write(*(int *)fd, &"xyz"[i], 1) != 1)
			break;
	}
	return NULL;
}

static void least(void)
{
	struct timeval limit = {.tv_usec = 20000};
	pthread_t thread;
	int ends[2];

	socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
	T(set(ends[0], SO_RCVLOWAT, 6));
	T(write(ends[1], "abc", 3));
	/* It is ready all the same, and who does not wait gets what there is. */
	T(ready(ends[0]));
	R(ends[0], 10, MSG_PEEK);
	R(ends[0], 10, MSG_DONTWAIT);
	R(ends[0], 10, MSG_DONTWAIT);
	T(write(ends[1], "abc", 3));
	/* It waits for no more than it asks for. */
	R(ends[0], 3, 0);
	T(write(ends[1], "abc", 3));
	pthread_create(&thread, NULL, later, &ends[1]);
	R(ends[0], 10, 0);
	pthread_join(thread, NULL);
	T(write(ends[1], "12345678", 8));
	R(ends[0], 10, 0);
	/* A time-out, and the end. */
	setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
	T(write(ends[1], "1234", 4));
	R(ends[0], 10, 0);
	R(ends[0], 10, 0);
	T(write(ends[1], "1234", 4));
	T(shutdown(ends[1], SHUT_WR));
	R(ends[0], 10, 0);
	R(ends[0], 10, 0);
	close(ends[0]);
	close(ends[1]);

	/* More than one part of the queue. */
	socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
	T(set(ends[0], SO_RCVLOWAT, 100000));
	T(write(ends[1], buffer, 100000));
	T(read(ends[0], buffer, 200000));
	T(set(ends[0], SO_RCVLOWAT, 1));
	T(write(ends[1], "a", 1));
	T(read(ends[0], buffer, 200000));
	close(ends[0]);
	close(ends[1]);

	/* Messages are whole in any case. */
	socketpair(AF_UNIX, SOCK_DGRAM, 0, ends);
	T(set(ends[0], SO_RCVLOWAT, 100));
	T(write(ends[1], "abc", 3));
	R(ends[0], 10, 0);
	close(ends[0]);
	close(ends[1]);
}

static void sendDescriptor(int fd, const char *text)
{
	char control[CMSG_SPACE(sizeof(int))] = {0};
	struct iovec part = {(void *)text, strlen(text)};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control,
		.msg_controllen = sizeof control};
	struct cmsghdr *head = CMSG_FIRSTHDR(&message);
	int zero = 0;

	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(head), &zero, sizeof zero);
	T(sendmsg(fd, &message, 0));
}

static void stream(void)
{
	int ends[2];

	socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
	T(write(ends[1], "abcdefghij", 10));
	R(ends[0], 3, MSG_PEEK);
	T(set(ends[0], SO_PEEK_OFF, 0));
	R(ends[0], 3, MSG_PEEK);
	R(ends[0], 3, MSG_PEEK);
	R(ends[0], 2, 0);
	R(ends[0], 3, MSG_PEEK);
	R(ends[0], 30, MSG_PEEK);
	R(ends[0], 30, MSG_PEEK | MSG_DONTWAIT);
	T(write(ends[1], "klm", 3));
	R(ends[0], 30, MSG_PEEK);
	R(ends[0], 30, MSG_DONTWAIT);
	T(set(ends[0], SO_PEEK_OFF, 2));
	T(write(ends[1], "nopq", 4));
	R(ends[0], 1, MSG_PEEK);
	R(ends[0], 3, 0);
	R(ends[0], 3, MSG_PEEK);
	R(ends[0], 3, 0);
	T(set(ends[0], SO_PEEK_OFF, 5));
	T(write(ends[1], "12345", 5));
	R(ends[0], 3, MSG_PEEK | MSG_DONTWAIT);
	T(set(ends[0], SO_PEEK_OFF, 4));
	R(ends[0], 3, MSG_PEEK);
	R(ends[0], 3, MSG_PEEK | MSG_DONTWAIT);
	T(set(ends[0], SO_PEEK_OFF, -1));
	R(ends[0], 3, MSG_PEEK);
	R(ends[0], 3, MSG_PEEK);
	R(ends[0], 9, 0);
	T(set(ends[0], SO_PEEK_OFF, 0));
	/* A look ends with the bytes that descriptors came with. */
	T(write(ends[1], "one", 3));
	sendDescriptor(ends[1], "two");
	T(write(ends[1], "three", 5));
	R(ends[0], 2, MSG_PEEK);
	R(ends[0], 30, MSG_PEEK);
	R(ends[0], 30, MSG_PEEK);
	R(ends[0], 30, MSG_PEEK | MSG_DONTWAIT);
	R(ends[0], 30, 0);
	R(ends[0], 30, 0);
	/* Many bytes, and the end. */
	memset(buffer, 'm', 100000);
	T(write(ends[1], buffer, 100000));
	T(set(ends[0], SO_PEEK_OFF, 70000));
	T(recv(ends[0], buffer, 200000, MSG_PEEK));
	T(get(ends[0], SO_PEEK_OFF));
	T(shutdown(ends[1], SHUT_WR));
	R(ends[0], 10, MSG_PEEK);
	T(recv(ends[0], buffer, 50000, 0));
	T(get(ends[0], SO_PEEK_OFF));
	close(ends[0]);
	close(ends[1]);
}

static void messages(int type)
{
	int ends[2];

	socketpair(AF_UNIX, type, 0, ends);
	T(send(ends[1], "abcd", 4, 0));
	T(send(ends[1], "", 0, 0));
	T(send(ends[1], "efgh", 4, 0));
	T(send(ends[1], "ijkl", 4, 0));
	R(ends[0], 9, MSG_PEEK);
	T(set(ends[0], SO_PEEK_OFF, 0));
	R(ends[0], 3, MSG_PEEK);
	R(ends[0], 9, MSG_PEEK | MSG_TRUNC);
	R(ends[0], 9, MSG_PEEK);
	R(ends[0], 9, MSG_PEEK);
	R(ends[0], 2, MSG_PEEK | MSG_TRUNC);
	R(ends[0], 9, MSG_PEEK);
	R(ends[0], 9, MSG_PEEK | MSG_DONTWAIT);
	R(ends[0], 9, 0);
	R(ends[0], 9, 0);
	R(ends[0], 1, 0);
	T(set(ends[0], SO_PEEK_OFF, 1));
	R(ends[0], 9, MSG_PEEK);
	R(ends[0], 9, MSG_PEEK | MSG_DONTWAIT);
	R(ends[0], 9, MSG_DONTWAIT);
	R(ends[0], 9, MSG_DONTWAIT);
	T(set(ends[0], SO_PEEK_OFF, 1000));
	T(send(ends[1], "abcd", 4, 0));
	R(ends[0], 9, MSG_PEEK | MSG_DONTWAIT);
	R(ends[0], 9, 0);
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	options();
	least();
	stream();
	messages(SOCK_DGRAM);
	messages(SOCK_SEQPACKET);
	printf("done\n");
	return 0;
}
