/* select and pselect: sets of descriptors. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/select.h>
#include <sys/time.h>
#include <unistd.h>

#define CHECK(CONDITION) \
	do { \
		if (!(CONDITION)) { \
			printf("line %d: %s\n", __LINE__, #CONDITION); \
			exit(1); \
		} \
	} while (0)

static int ends[2][2];

static void *answer(void *argument)
{
	char byte;

	(void)argument;
	CHECK(read(ends[0][0], &byte, 1) == 1);
	byte++;
	CHECK(write(ends[1][1], &byte, 1) == 1);
	return NULL;
}

int main(void)
{
	fd_set readable, writable;
	pthread_t thread;
	char byte = 'a';
	struct timeval none = {0, 0};
	struct timespec soon = {0, 1000000};
	int count;

	CHECK(pipe(ends[0]) == 0 && pipe(ends[1]) == 0);
	count = ends[1][1] + 1;
	FD_ZERO(&readable);
	FD_SET(ends[0][0], &readable);
	FD_SET(ends[1][0], &readable);
	CHECK(select(count, &readable, NULL, NULL, &none) == 0);
	CHECK(!FD_ISSET(ends[0][0], &readable) && !FD_ISSET(ends[1][0], &readable));
	FD_SET(ends[1][0], &readable);
	CHECK(pselect(count, &readable, NULL, NULL, &soon, NULL) == 0);
	puts("nothing to read");
	FD_ZERO(&writable);
	FD_SET(ends[0][1], &writable);
	FD_SET(ends[1][1], &writable);
	CHECK(select(count, NULL, &writable, NULL, NULL) == 2);
	puts("two to write to");
	CHECK(pthread_create(&thread, NULL, answer, NULL) == 0);
	CHECK(write(ends[0][1], &byte, 1) == 1);
	FD_ZERO(&readable);
	FD_SET(ends[1][0], &readable);
	CHECK(select(count, &readable, NULL, NULL, NULL) == 1 && FD_ISSET(ends[1][0], &readable));
	CHECK(read(ends[1][0], &byte, 1) == 1);
	printf("the answer: %c\n", byte);
	pthread_join(thread, NULL);
	close(ends[1][1]);
	FD_ZERO(&readable);
	FD_SET(ends[1][0], &readable);
	CHECK(select(count, &readable, NULL, NULL, NULL) == 1);
	CHECK(read(ends[1][0], &byte, 1) == 0);
	puts("the end is something to read");
	FD_SET(ends[1][1], &readable);
	CHECK(select(count, &readable, NULL, NULL, &none) == -1 && errno == EBADF);
	puts("a closed descriptor: EBADF");
	return 0;
}
