/*
 * epoll: a thousand idle descriptors and ten busy ones, edges, one shot, sets
 * in sets, timers, and several threads that wait for one set.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define CHECK(CONDITION) \
	do { \
		if (!(CONDITION)) { \
			printf("line %d: %s\n", __LINE__, #CONDITION); \
			exit(1); \
		} \
	} while (0)

enum { IDLE = 1000, BUSY = 10, ROUNDS = 100, WORKERS = 4, JOBS = 2000 };

static int set, jobs, finished;

static int add(int to, int fd, uint32_t events)
{
	struct epoll_event event = {events, {.fd = fd}};

	return epoll_ctl(to, EPOLL_CTL_ADD, fd, &event);
}

static void idleAndBusy(void)
{
	static int all[IDLE + BUSY];
	struct epoll_event found[BUSY];
	uint64_t value;
	long events = 0;

	CHECK((set = epoll_create1(EPOLL_CLOEXEC)) >= 0);
	for (int i = 0; i < IDLE + BUSY; i++) {
		CHECK((all[i] = eventfd(0, EFD_NONBLOCK)) >= 0);
		CHECK(add(set, all[i], EPOLLIN) == 0);
	}
	for (int round = 0; round < ROUNDS; round++) {
		int count;

		for (int i = 0; i < BUSY; i++)
			CHECK(eventfd_write(all[i * (IDLE / BUSY)], 1) == 0);
		count = epoll_wait(set, found, BUSY, -1);
		CHECK(count == BUSY);
		for (int i = 0; i < count; i++) {
			CHECK(found[i].events == EPOLLIN);
			CHECK(read(found[i].data.fd, &value, 8) == 8 && value == 1);
		}
		events += count;
	}
	CHECK(epoll_wait(set, found, BUSY, 0) == 0);
	/* What is closed is not told any more. */
	CHECK(eventfd_write(all[0], 1) == 0);
	for (int i = 0; i < IDLE + BUSY; i++)
		close(all[i]);
	CHECK(epoll_wait(set, found, BUSY, 0) == 0);
	close(set);
	printf("%ld events beside %d idle descriptors\n", events, IDLE);
}

static void manners(void)
{
	struct epoll_event found[4], again = {EPOLLIN | EPOLLONESHOT, {.u64 = 7}};
	int edge, once, outer, fds[2];

	CHECK((set = epoll_create1(0)) >= 0 && pipe(fds) == 0);
	CHECK((edge = eventfd(1, 0)) >= 0 && add(set, edge, EPOLLIN | EPOLLET) == 0);
	CHECK(epoll_wait(set, found, 4, 0) == 1 && epoll_wait(set, found, 4, 0) == 0);
	CHECK(eventfd_write(edge, 1) == 0 && epoll_wait(set, found, 4, 0) == 1);
	puts("an edge is told once");
	CHECK((once = eventfd(1, 0)) >= 0 && epoll_ctl(set, EPOLL_CTL_ADD, once, &again) == 0);
	CHECK(epoll_wait(set, found, 4, 0) == 1 && found[0].data.u64 == 7);
	CHECK(eventfd_write(once, 1) == 0 && epoll_wait(set, found, 4, 0) == 0);
	CHECK(epoll_ctl(set, EPOLL_CTL_MOD, once, &again) == 0);
	CHECK(epoll_wait(set, found, 4, 0) == 1);
	puts("one shot, and another");
	CHECK((outer = epoll_create1(0)) >= 0 && add(outer, set, EPOLLIN) == 0);
	CHECK(add(set, outer, EPOLLIN) == -1 && errno == ELOOP);
	CHECK(epoll_wait(outer, found, 4, 0) == 0);
	CHECK(add(set, fds[0], EPOLLIN) == 0 && close(fds[1]) == 0);
	CHECK(epoll_wait(outer, found, 4, -1) == 1 && found[0].data.fd == set);
	CHECK(epoll_wait(set, found, 4, -1) == 1 && found[0].events == EPOLLHUP);
	puts("a set in a set");
	close(outer);
	close(once);
	close(edge);
	close(fds[0]);
	close(set);
}

static void timers(void)
{
	struct itimerspec every = {{0, 2000000}, {0, 1000000}};
	struct epoll_event found;
	uint64_t expired, all = 0;
	int timer = timerfd_create(CLOCK_MONOTONIC, 0);

	CHECK((set = epoll_create1(0)) >= 0 && timer >= 0 && add(set, timer, EPOLLIN) == 0);
	CHECK(timerfd_settime(timer, 0, &every, NULL) == 0);
	while (all < 10) {
		CHECK(epoll_wait(set, &found, 1, -1) == 1 && found.data.fd == timer);
		CHECK(read(timer, &expired, 8) == 8 && expired > 0);
		all += expired;
	}
	/* A read waits for the next. */
	CHECK(read(timer, &expired, 8) == 8 && expired > 0);
	close(timer);
	close(set);
	puts("a timer expires");
}

static void *work(void *argument)
{
	long *done = argument;

	for (;;) {
		struct epoll_event found;
		uint64_t value;

		CHECK(epoll_wait(set, &found, 1, -1) == 1);
		if (found.data.fd == finished)
			return NULL;
		if (read(jobs, &value, 8) == 8)
			++*done;
		else
			CHECK(errno == EAGAIN);
	}
}

static void workers(void)
{
	pthread_t threads[WORKERS];
	long done[WORKERS] = {0}, total = 0;

	CHECK((set = epoll_create1(0)) >= 0);
	CHECK((jobs = eventfd(0, EFD_SEMAPHORE | EFD_NONBLOCK)) >= 0);
	CHECK((finished = eventfd(0, 0)) >= 0);
	CHECK(add(set, jobs, EPOLLIN) == 0);
	for (int i = 0; i < WORKERS; i++)
		CHECK(pthread_create(&threads[i], NULL, work, &done[i]) == 0);
	for (int i = 0; i < JOBS; i++)
		CHECK(eventfd_write(jobs, 1) == 0);
	/* When all are taken, everybody is told. */
	for (uint64_t i = 0; i < 1;) {
		struct epoll_event none;
		int other = epoll_create1(0);

		CHECK(add(other, jobs, EPOLLIN) == 0);
		if (epoll_wait(other, &none, 1, 1) == 0)
			i = 1;
		close(other);
	}
	CHECK(add(set, finished, EPOLLIN) == 0 && eventfd_write(finished, 1) == 0);
	for (int i = 0; i < WORKERS; i++) {
		pthread_join(threads[i], NULL);
		total += done[i];
	}
	close(set);
	close(jobs);
	close(finished);
	printf("%ld jobs by %d threads\n", total, WORKERS);
}

int main(void)
{
	struct rlimit limit = {2000, 65536};

	CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	idleAndBusy();
	manners();
	timers();
	workers();
	puts("done");
	return 0;
}
