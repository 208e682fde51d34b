/*
 * Sockets of AF_UNIX: a server with a name, clients in threads, a log that is sent
 * to a socket for messages, and a file that is opened by the server and read by
 * the clients.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define CHECK(CONDITION) \
	do { \
		if (!(CONDITION)) { \
			printf("line %d: %s: errno %d\n", __LINE__, #CONDITION, errno); \
			exit(1); \
		} \
	} while (0)

enum { CLIENTS = 8, QUESTIONS = 200, FILES = 50, LENGTH = 100000 };

static const char server[] = "/tmp/server", logger[] = "/tmp/log";

static socklen_t name(struct sockaddr_un *address, const char *path)
{
	memset(address, 0, sizeof *address);
	address->sun_family = AF_UNIX;
	strcpy(address->sun_path, path);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path) + 1);
}

static int named(int type, const char *path)
{
	struct sockaddr_un address;
	int fd = socket(AF_UNIX, type, 0);

	CHECK(fd >= 0 && bind(fd, (struct sockaddr *)&address, name(&address, path)) == 0);
	return fd;
}

static int connected(int type, const char *path)
{
	struct sockaddr_un address;
	int fd = socket(AF_UNIX, type, 0);

	CHECK(fd >= 0 && connect(fd, (struct sockaddr *)&address, name(&address, path)) == 0);
	return fd;
}

/* Sends a byte, and a descriptor with it. */
static void sendDescriptor(int fd, int passed)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof passed)] = "";
	struct iovec part = {"f", 1};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control,
				 .msg_controllen = sizeof control};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof passed);
	memcpy(CMSG_DATA(header), &passed, sizeof passed);
	CHECK(sendmsg(fd, &message, 0) == 1);
}

static int receiveDescriptor(int fd)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
	char byte;
	struct iovec part = {&byte, 1};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control,
				 .msg_controllen = sizeof control};
	struct cmsghdr *header;
	int passed;

	CHECK(recvmsg(fd, &message, MSG_CMSG_CLOEXEC) == 1 && byte == 'f');
	header = CMSG_FIRSTHDR(&message);
	CHECK(header && header->cmsg_type == SCM_RIGHTS && header->cmsg_len == CMSG_LEN(sizeof(int)));
	CHECK(!(message.msg_flags & MSG_CTRUNC));
	memcpy(&passed, CMSG_DATA(header), sizeof passed);
	return passed;
}

/* A question is a number; the answer is its square. 0 asks for a file. */
static void *answer(void *argument)
{
	int fd = (int)(long)argument;
	long number, answered = 0;

	while (recv(fd, &number, sizeof number, MSG_WAITALL) == sizeof number) {
		if (number == 0) {
			int file = open("/tmp/data", O_RDONLY);

			CHECK(file >= 0);
			sendDescriptor(fd, file);
			close(file);
		} else {
			number *= number;
			CHECK(send(fd, &number, sizeof number, 0) == sizeof number);
		}
		answered++;
	}
	close(fd);
	return (void *)answered;
}

static void *serve(void *argument)
{
	int listener = (int)(long)argument;
	pthread_t threads[CLIENTS];
	long total = 0;

	for (int i = 0; i < CLIENTS; i++) {
		int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

		CHECK(fd >= 0);
		CHECK(pthread_create(&threads[i], NULL, answer, (void *)(long)fd) == 0);
	}
	for (int i = 0; i < CLIENTS; i++) {
		void *answered;

		pthread_join(threads[i], &answered);
		total += (long)answered;
	}
	return (void *)total;
}

static void *ask(void *argument)
{
	long me = (long)argument, sum = 0;
	int fd = connected(SOCK_STREAM, server), log = connected(SOCK_DGRAM, logger);
	char line[32];

	for (long i = 1; i <= QUESTIONS; i++) {
		long number = me * 1000 + i;

		CHECK(send(fd, &number, sizeof number, 0) == sizeof number);
		CHECK(recv(fd, &number, sizeof number, MSG_WAITALL) == sizeof number);
		CHECK(number == (me * 1000 + i) * (me * 1000 + i));
		if (i % (QUESTIONS / FILES) == 0) {
			char text[16] = "";
			int file;

			number = 0;
			CHECK(send(fd, &number, sizeof number, 0) == sizeof number);
			file = receiveDescriptor(fd);
			CHECK(pread(file, text, sizeof text, 0) == 8 && strcmp(text, "contents") == 0);
			close(file);
		}
		snprintf(line, sizeof line, "%ld of %ld", i, me);
		CHECK(send(log, line, strlen(line) + 1, 0) > 0);
		sum += i;
	}
	close(fd);
	close(log);
	return (void *)sum;
}

static void clientsAndServer(void)
{
	int listener = named(SOCK_STREAM, server), log = named(SOCK_DGRAM, logger), lines = 0;
	int file = open("/tmp/data", O_WRONLY | O_CREAT, 0600);
	pthread_t threads[CLIENTS], serving;
	int last[CLIENTS] = {0};
	void *result;
	long sum = 0;

	CHECK(file >= 0 && write(file, "contents", 8) == 8 && close(file) == 0);
	CHECK(listen(listener, 2) == 0);
	CHECK(pthread_create(&serving, NULL, serve, (void *)(long)listener) == 0);
	for (long i = 0; i < CLIENTS; i++)
		CHECK(pthread_create(&threads[i], NULL, ask, (void *)i) == 0);
	for (; lines < CLIENTS * QUESTIONS; lines++) {
		char line[64];
		int number, client;

		CHECK(recv(log, line, sizeof line, 0) > 0);
		CHECK(sscanf(line, "%d of %d", &number, &client) == 2);
		/* Those of one client come in order. */
		CHECK(number == ++last[client]);
	}
	for (int i = 0; i < CLIENTS; i++) {
		pthread_join(threads[i], &result);
		sum += (long)result;
	}
	pthread_join(serving, &result);
	printf("questions %ld of %d clients, sum %ld\n", (long)result, CLIENTS, sum);
	printf("lines of the log: %d, each client's in order\n", lines);
	CHECK(close(listener) == 0 && close(log) == 0);
	CHECK(unlink(server) == 0 && unlink(logger) == 0 && unlink("/tmp/data") == 0);
}

/* A long stream one way, which is longer than what waits. */
static void *pour(void *argument)
{
	int fd = (int)(long)argument;
	static char bytes[LENGTH];

	for (int round = 0; round < 20; round++) {
		for (int i = 0; i < LENGTH; i++)
			bytes[i] = (char)(round + i);
		CHECK(send(fd, bytes, LENGTH, 0) == LENGTH);
	}
	CHECK(shutdown(fd, SHUT_WR) == 0);
	return NULL;
}

static void longStream(void)
{
	static char bytes[LENGTH];
	int ends[2], wrong = 0;
	long total = 0;
	pthread_t thread;

	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
	CHECK(pthread_create(&thread, NULL, pour, (void *)(long)ends[0]) == 0);
	for (int round = 0; recv(ends[1], bytes, LENGTH, MSG_WAITALL) == LENGTH; round++) {
		for (int i = 0; i < LENGTH; i++)
			wrong += bytes[i] != (char)(round + i);
		total += LENGTH;
	}
	pthread_join(thread, NULL);
	close(ends[0]);
	close(ends[1]);
	printf("bytes of a long stream: %ld, wrong %d\n", total, wrong);
}

/* A name that is no file, and what poll says on the way. */
static void readiness(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "\0quiet"};
	const socklen_t length = offsetof(struct sockaddr_un, sun_path) + 6;
	int listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0);
	int client = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0), fd;
	struct pollfd fds[2] = {{listener, POLLIN, 0}, {client, POLLIN | POLLRDHUP, 0}};
	char text[8];

	CHECK(bind(listener, (struct sockaddr *)&address, length) == 0 && listen(listener, 1) == 0);
	CHECK(accept(listener, NULL, NULL) == -1 && errno == EAGAIN);
	CHECK(poll(fds, 1, 0) == 0);
	CHECK(connect(client, (struct sockaddr *)&address, length) == 0);
	CHECK(poll(fds, 2, -1) == 1 && fds[0].revents == POLLIN);
	fd = accept(listener, NULL, NULL);
	CHECK(fd >= 0 && send(fd, "one", 3, 0) == 3 && send(fd, "message", 7, 0) == 7);
	CHECK(poll(fds, 2, -1) == 1 && fds[1].revents == POLLIN);
	CHECK(recv(client, text, sizeof text, 0) == 3 && recv(client, text, sizeof text, 0) == 7);
	CHECK(close(fd) == 0);
	CHECK(poll(fds, 2, -1) == 1 && fds[1].revents == (POLLIN | POLLRDHUP | POLLHUP));
	CHECK(close(client) == 0 && close(listener) == 0);
	puts("a name that is no file: connected, two messages, the end");
}

int main(void)
{
	clientsAndServer();
	longStream();
	readiness();
	puts("done");
	return 0;
}
