/* poll: which of many pipes has something, who has ended, and for how long. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define CHECK(CONDITION) \
	do { \
		if (!(CONDITION)) { \
			printf("line %d: %s\n", __LINE__, #CONDITION); \
			exit(1); \
		} \
	} while (0)

enum { PIPES = 16, ROUNDS = 500 };

static int ends[PIPES][2];

static void *writeBytes(void *argument)
{
	int pipe = (int)(long)argument;

	for (int i = 0; i < ROUNDS; i++) {
		char byte = (char)i;

		CHECK(write(ends[pipe][1], &byte, 1) == 1);
	}
	close(ends[pipe][1]);
	return NULL;
}

int main(void)
{
	pthread_t threads[PIPES];
	struct pollfd fds[PIPES];
	struct timespec before, after;
	int open = PIPES;
	long total = 0;

	for (long i = 0; i < PIPES; i++) {
		CHECK(pipe(ends[i]) == 0);
		fds[i] = (struct pollfd){ends[i][0], POLLIN, 0};
	}
	CHECK(poll(fds, PIPES, 0) == 0);
	clock_gettime(CLOCK_MONOTONIC, &before);
	CHECK(poll(fds, PIPES, 20) == 0);
	clock_gettime(CLOCK_MONOTONIC, &after);
	CHECK((after.tv_sec - before.tv_sec) * 1000000000 + after.tv_nsec - before.tv_nsec >= 20000000);
	puts("nothing for 20 ms");
	for (long i = 0; i < PIPES; i++)
		CHECK(pthread_create(&threads[i], NULL, writeBytes, (void *)i) == 0);
	while (open > 0) {
		int ready = poll(fds, PIPES, -1);

		CHECK(ready > 0);
		for (int i = 0; i < PIPES; i++) {
			char bytes[64];
			long count;

			if (!fds[i].revents)
				continue;
			ready--;
			CHECK(!(fds[i].revents & ~(POLLIN | POLLHUP)));
			count = read(fds[i].fd, bytes, sizeof bytes);
			CHECK(count >= 0);
			total += count;
			if (count == 0) {
				CHECK(fds[i].revents == POLLHUP);
				close(fds[i].fd);
				fds[i].fd = -1;
				open--;
			}
		}
		CHECK(ready == 0);
	}
	for (int i = 0; i < PIPES; i++)
		pthread_join(threads[i], NULL);
	printf("bytes of %d pipes: %ld\n", PIPES, total);
	fds[0] = (struct pollfd){ends[0][0], POLLIN, 0};
	fds[1] = (struct pollfd){1, POLLOUT, 0};
	CHECK(poll(fds, 2, -1) == 2 && fds[0].revents == POLLNVAL && fds[1].revents == POLLOUT);
	puts("a closed descriptor: POLLNVAL; standard output: POLLOUT");
	return 0;
}
