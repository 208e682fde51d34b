/*
 * Pipes: between threads, as a stream of stdio, full and empty, and at their
 * end; duplicates; pairs of sockets.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define CHECK(CONDITION) \
	do { \
		if (!(CONDITION)) { \
			printf("line %d: %s\n", __LINE__, #CONDITION); \
			exit(1); \
		} \
	} while (0)

enum { NUMBERS = 20000, WRITERS = 4 };

static int fds[2];

/* A record that is written at once is not mixed with others. */
struct record {
	int writer, number;
	char text[40];
};

static void *writeRecords(void *argument)
{
	struct record record = {(int)(long)argument, 0, ""};

	for (int i = 0; i < NUMBERS / WRITERS; i++) {
		record.number = i;
		memset(record.text, 'a' + record.writer, sizeof record.text);
		CHECK(write(fds[1], &record, sizeof record) == sizeof record);
	}
	return NULL;
}

static void manyWriters(void)
{
	pthread_t threads[WRITERS];
	int next[WRITERS] = {0};
	struct record record;
	long sum = 0;

	CHECK(pipe(fds) == 0);
	for (long i = 0; i < WRITERS; i++)
		CHECK(pthread_create(&threads[i], NULL, writeRecords, (void *)i) == 0);
	for (int i = 0; i < NUMBERS; i++) {
		CHECK(read(fds[0], &record, sizeof record) == sizeof record);
		CHECK(record.writer >= 0 && record.writer < WRITERS);
		CHECK(record.number == next[record.writer]++);
		for (unsigned j = 0; j < sizeof record.text; j++)
			CHECK(record.text[j] == 'a' + record.writer);
		sum += record.number;
	}
	for (int i = 0; i < WRITERS; i++)
		pthread_join(threads[i], NULL);
	close(fds[1]);
	CHECK(read(fds[0], &record, 1) == 0);
	close(fds[0]);
	printf("records of %d writers: %d, sum %ld, none mixed\n", WRITERS, NUMBERS, sum);
}

static void *writeLines(void *argument)
{
	FILE *stream = fdopen(fds[1], "w");

	(void)argument;
	CHECK(stream);
	for (int i = 0; i < 1000; i++)
		fprintf(stream, "line %d\n", i);
	CHECK(fclose(stream) == 0);
	return NULL;
}

static void streams(void)
{
	pthread_t thread;
	char line[64];
	int count = 0;
	FILE *stream;

	CHECK(pipe(fds) == 0);
	stream = fdopen(fds[0], "r");
	CHECK(stream && pthread_create(&thread, NULL, writeLines, NULL) == 0);
	while (fgets(line, sizeof line, stream)) {
		char expected[64];

		snprintf(expected, sizeof expected, "line %d\n", count++);
		CHECK(strcmp(line, expected) == 0);
	}
	pthread_join(thread, NULL);
	fclose(stream);
	printf("lines by stdio: %d\n", count);
}

static void fullAndEmpty(void)
{
	static char block[4096];
	long total = 0, count;
	char byte;

	CHECK(pipe2(fds, O_NONBLOCK) == 0);
	CHECK(read(fds[0], &byte, 1) == -1 && errno == EAGAIN);
	while ((count = write(fds[1], block, sizeof block)) > 0)
		total += count;
	CHECK(errno == EAGAIN);
	printf("a pipe holds %ld bytes\n", total);
	close(fds[0]);
	/* The signal's default action would end the program. */
	signal(SIGPIPE, SIG_IGN);
	CHECK(write(fds[1], block, 1) == -1 && errno == EPIPE);
	close(fds[1]);
	puts("writing to nobody: EPIPE");
}

static void duplicates(void)
{
	struct iovec parts[2] = {{"scattered ", 10}, {"bytes", 5}};
	char text[32] = "";
	int other;

	CHECK(pipe(fds) == 0);
	other = dup2(fds[1], 40);
	CHECK(other == 40 && close(fds[1]) == 0);
	CHECK(writev(other, parts, 2) == 15);
	CHECK(fcntl(other, F_GETFD) == 0 && fcntl(other, F_SETFD, FD_CLOEXEC) == 0);
	CHECK(fcntl(other, F_GETFD) == FD_CLOEXEC);
	CHECK(close(other) == 0);
	CHECK(read(fds[0], text, sizeof text) == 15);
	CHECK(read(fds[0], text + 15, 1) == 0);
	close(fds[0]);
	printf("%s by descriptor 40\n", text);
}

static void pairs(void)
{
	char text[16] = "";
	int ends[2];

	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
	CHECK(send(ends[0], "question", 8, 0) == 8);
	CHECK(recv(ends[1], text, 4, MSG_PEEK) == 4 && recv(ends[1], text, 16, 0) == 8);
	CHECK(send(ends[1], "answer", 6, 0) == 6);
	CHECK(shutdown(ends[1], SHUT_WR) == 0);
	CHECK(recv(ends[0], text, 16, 0) == 6 && memcmp(text, "answer", 6) == 0);
	CHECK(recv(ends[0], text, 16, 0) == 0);
	close(ends[0]);
	close(ends[1]);
	CHECK(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) == 0);
	CHECK(send(ends[0], "one", 3, 0) == 3 && send(ends[0], "message", 7, 0) == 7);
	CHECK(recv(ends[1], text, 2, 0) == 2 && recv(ends[1], text, 16, 0) == 7);
	close(ends[0]);
	close(ends[1]);
	puts("pairs of sockets: a stream both ways, messages with their bounds");
}

int main(void)
{
	manyWriters();
	streams();
	fullAndEmpty();
	duplicates();
	pairs();
	CHECK(!popen("ls", "r") && errno == ENOSYS);
	puts("done");
	return 0;
}
