/* SIGPIPE: sent where it should be, to the thread that writes, and nowhere else. */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "../threads/check.h"

static volatile int taken;
static volatile pthread_t taker;

static void take(int number)
{
	taken += number == SIGPIPE;
	taker = pthread_self();
}

/* A pipe or a pair of sockets without its reading end; the writing one. */
static int broken(int isSocket)
{
	int fds[2];

	if (isSocket) {
		IS(0, socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
	} else {
		IS(0, pipe(fds));
	}
	close(fds[0]);
	return fds[1];
}

/* The function is called with a handler, the signal ignored, and blocked. */
static void each(ssize_t (*put)(int), int isSocket, int expected)
{
	int fd = broken(isSocket), number;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	taken = 0;
	signal(SIGPIPE, take);
	SETS(EPIPE, put(fd));
	IS(expected, taken);
	signal(SIGPIPE, SIG_IGN);
	SETS(EPIPE, put(fd));
	IS(expected, taken);
	signal(SIGPIPE, take);
	sigprocmask(SIG_BLOCK, &set, NULL);
	SETS(EPIPE, put(fd));
	IS(expected, taken);
	sigpending(&set);
	IS(expected, sigismember(&set, SIGPIPE));
	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	if (expected) {
		IS(0, sigwait(&set, &number));
		IS(SIGPIPE, number);
	}
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	IS(expected, taken);
	close(fd);
}

static ssize_t putWrite(int fd) { return write(fd, "x", 1); }
static ssize_t putSend(int fd) { return send(fd, "x", 1, 0); }
static ssize_t putQuietly(int fd) { return send(fd, "x", 1, MSG_NOSIGNAL); }

static ssize_t putParts(int fd)
{
	struct iovec parts[2] = {{"x", 1}, {"y", 1}};

	return writev(fd, parts, 2);
}

static ssize_t putStream(int fd)
{
	FILE *file = fdopen(dup(fd), "w");
	int result, error;

	setvbuf(file, NULL, _IONBF, 0);
	result = fputc('x', file);
	error = errno;
	fclose(file);
	errno = error;
	return result;
}

/* The thread that writes takes it, and no other. */
static void *writeInThread(void *fd)
{
	SETS(EPIPE, write(*(int *)fd, "x", 1));
	IS(1, taken);
	IS(1, pthread_equal(taker, pthread_self()) != 0);
	return NULL;
}

int main(void)
{
	pthread_t thread;
	int fd;

	each(putWrite, 0, 1);
	each(putWrite, 1, 1);
	each(putParts, 0, 1);
	each(putSend, 1, 1);
	each(putStream, 0, 1);
	each(putQuietly, 1, 0);
	fd = broken(0);
	taken = 0;
	signal(SIGPIPE, take);
	IS(0, pthread_create(&thread, NULL, writeInThread, &fd));
	IS(0, pthread_join(thread, NULL));
	return report();
}
