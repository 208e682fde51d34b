/* Clocks of threads' processor time: who may read them, and timers by them. */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

#include "../threads/check.h"

enum { MILLISECOND = 1000000 };

static int64_t read_clock(clockid_t clock)
{
	struct timespec time = {-1, 0};

	IS(0, clock_gettime(clock, &time));
	return time.tv_sec * 1000000000 + time.tv_nsec;
}

static void compute(int64_t nanoseconds)
{
	int64_t end = read_clock(CLOCK_THREAD_CPUTIME_ID) + nanoseconds;

	while (read_clock(CLOCK_THREAD_CPUTIME_ID) < end)
		;
}

static sem_t begun, hasRead;
static volatile bool isEnough;

static void *computeAndWait(void *unused)
{
	(void)unused;
	compute(20 * MILLISECOND);
	sem_post(&begun);
	sem_wait(&hasRead);
	while (!isEnough)
		;
	return NULL;
}

/* Another thread's clock counts while it computes, and not while it waits. */
static void others(void)
{
	struct timespec time;
	int64_t first, second;
	pthread_t thread;
	clockid_t clock;
	timer_t timer;

	sem_init(&begun, 0, 0);
	sem_init(&hasRead, 0, 0);
	IS(0, pthread_create(&thread, NULL, computeAndWait, NULL));
	IS(0, pthread_getcpuclockid(thread, &clock));
	sem_wait(&begun);
	first = read_clock(clock);
	IS(1, first >= 20 * MILLISECOND);
	/* Until it waits it may run for a moment more. */
	do {
		second = first;
		usleep(1000);
		first = read_clock(clock);
	} while (first != second);
	IS(0, clock_getres(clock, &time));
	IS(EINVAL, clock_nanosleep(clock, 0, &time, NULL));
	SETS(EINVAL, clock_settime(clock, &time));
	sem_post(&hasRead);
	while (read_clock(clock) < second + 5 * MILLISECOND)
		;
	isEnough = true;
	IS(0, pthread_join(thread, NULL));
	/* Its task may have a moment more. */
	while (clock_gettime(clock, &time) == 0)
		sched_yield();
	SETS(EINVAL, clock_gettime(clock, &time));
	SETS(EINVAL, clock_getres(clock, &time));
	SETS(EINVAL, timer_create(clock, NULL, &timer));
	IS(ESRCH, pthread_getcpuclockid(thread, &clock));
}

static void own(void)
{
	clockid_t clock;
	int64_t before, between, after;

	IS(0, pthread_getcpuclockid(pthread_self(), &clock));
	before = read_clock(CLOCK_THREAD_CPUTIME_ID);
	between = read_clock(clock);
	after = read_clock(CLOCK_THREAD_CPUTIME_ID);
	IS(1, before <= between && between <= after);
	IS(1, read_clock(CLOCK_PROCESS_CPUTIME_ID) >= after);
}

static volatile int fired;
static int64_t firedAt;

static void note(int number)
{
	fired += number == SIGUSR1;
	firedAt = read_clock(CLOCK_THREAD_CPUTIME_ID);
}

/* Not before the thread has computed so much, however long it sleeps. */
static void timers(clockid_t clock)
{
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
	struct itimerspec value = {{0, 0}, {0, 30 * MILLISECOND}}, left;
	int64_t start;
	timer_t timer;

	fired = 0;
	signal(SIGUSR1, note);
	IS(0, timer_create(clock, &event, &timer));
	start = read_clock(CLOCK_THREAD_CPUTIME_ID);
	IS(0, timer_settime(timer, 0, &value, NULL));
	usleep(60000);
	IS(0, timer_gettime(timer, &left));
	/* A busy machine may have counted as the thread's what it took for itself. */
	IS(1, fired || (left.it_value.tv_sec == 0 && left.it_value.tv_nsec > 0));
	while (!fired)
		compute(MILLISECOND);
	IS(1, firedAt - start >= 30 * MILLISECOND);
	IS(1, fired);
	IS(0, timer_delete(timer));
}

int main(void)
{
	clockid_t clock;

	own();
	others();
	timers(CLOCK_THREAD_CPUTIME_ID);
	IS(0, pthread_getcpuclockid(pthread_self(), &clock));
	timers(clock);
	return report();
}
