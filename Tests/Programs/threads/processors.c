/* Which processors threads may have, changed while they run, wait and sleep. */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "check.h"

static int count;

static cpu_set_t setOf(unsigned long bits)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	for (int cpu = 0; cpu < count; cpu++)
		if (bits >> cpu & 1)
			CPU_SET(cpu, &set);
	return set;
}

static unsigned long bitsOf(const cpu_set_t *set)
{
	unsigned long bits = 0;

	for (int cpu = 0; cpu < count; cpu++)
		if (CPU_ISSET(cpu, set))
			bits |= 1ul << cpu;
	return bits;
}

static unsigned long all(void)
{
	return (1ul << count) - 1;
}

static int bind(pthread_t thread, unsigned long bits)
{
	cpu_set_t set = setOf(bits);

	return pthread_setaffinity_np(thread, sizeof set, &set);
}

static unsigned long bound(pthread_t thread)
{
	cpu_set_t set;

	IS(0, pthread_getaffinity_np(thread, sizeof set, &set));
	return bitsOf(&set);
}

static unsigned long here(void)
{
	return 1ul << sched_getcpu();
}

/* The calling thread is on one of them when the function returns. */
static void own(void)
{
	cpu_set_t set;

	for (unsigned long bits = 1; bits <= all(); bits++) {
		IS(0, bind(pthread_self(), bits));
		IS(0, here() & ~bits);
		IS(bits, bound(pthread_self()));
		sched_yield();
		usleep(100);
		IS(0, here() & ~bits);
	}
	set = setOf(1);
	IS(0, sched_setaffinity(0, sizeof set, &set));
	IS(0, sched_getcpu());
	IS(0, sched_getaffinity(1, sizeof set, &set));
	IS(1, bitsOf(&set));
	IS(0, bind(pthread_self(), all()));
	set = setOf(0);
	SETS(EINVAL, sched_setaffinity(0, sizeof set, &set));
	IS(EINVAL, bind(pthread_self(), 0));
	set = setOf(1);
	SETS(EINVAL, sched_setaffinity(-1, sizeof set, &set));
	SETS(ESRCH, sched_setaffinity(77777, sizeof set, &set));
	SETS(ESRCH, sched_getaffinity(77777, sizeof set, &set));
	SETS(EINVAL, sched_getaffinity(0, 1, &set));
	IS(all(), bound(pthread_self()));
}

static volatile bool isOver;
static volatile unsigned long turns, seen;

static void *spin(void *unused)
{
	(void)unused;
	while (!isOver) {
		seen = here();
		turns++;
	}
	return NULL;
}

/* Where it has been after the call: a turn of its loop that has begun since then. */
static unsigned long after(void)
{
	unsigned long start = turns;

	while (turns < start + 2)
		sched_yield();
	return seen;
}

/* One that computes, of whatever urgency, is moved at once. */
static void others(int policy)
{
	struct sched_param urgent = {policy == SCHED_OTHER ? 0 : 5};
	pthread_attr_t attributes;
	pthread_t thread;

	isOver = false;
	/* The caller must get a processor beside it. */
	if (policy != SCHED_OTHER && count == 1)
		return;
	pthread_attr_init(&attributes);
	pthread_attr_setinheritsched(&attributes, PTHREAD_EXPLICIT_SCHED);
	IS(0, pthread_attr_setschedpolicy(&attributes, policy));
	IS(0, pthread_attr_setschedparam(&attributes, &urgent));
	IS(0, pthread_create(&thread, &attributes, spin, NULL));
	for (int round = 0; round < 40; round++) {
		unsigned long bits = (unsigned long)rand() % all() + 1;

		IS(0, bind(thread, bits));
		IS(bits, bound(thread));
		IS(0, after() & ~bits);
	}
	isOver = true;
	IS(0, pthread_join(thread, NULL));
	IS(ESRCH, bind(thread, 1));
}

static sem_t asked, answered;

static void *answer(void *unused)
{
	(void)unused;
	for (;;) {
		sem_wait(&asked);
		if (isOver)
			return NULL;
		seen = here();
		sem_post(&answered);
	}
}

/* One that waits is where it should be when it goes on. */
static void waiting(void)
{
	cpu_set_t set = setOf(count > 2 ? 6 : 1);
	pthread_attr_t attributes;
	pthread_t thread;

	isOver = false;
	sem_init(&asked, 0, 0);
	sem_init(&answered, 0, 0);
	pthread_attr_init(&attributes);
	IS(0, pthread_attr_setaffinity_np(&attributes, sizeof set, &set));
	IS(0, pthread_create(&thread, &attributes, answer, NULL));
	sem_post(&asked);
	sem_wait(&answered);
	IS(0, seen & ~bitsOf(&set));
	IS(bitsOf(&set), bound(thread));
	for (int round = 0; round < 100; round++) {
		unsigned long bits = (unsigned long)rand() % all() + 1;

		IS(0, bind(thread, bits));
		sem_post(&asked);
		sem_wait(&answered);
		IS(0, seen & ~bits);
	}
	isOver = true;
	sem_post(&asked);
	IS(0, pthread_join(thread, NULL));
}

enum { CROWD = 8 };

static pthread_t crowd[CROWD];
static pthread_barrier_t barrier;

/* All move each other, and themselves. */
static void *push(void *number)
{
	unsigned random = (unsigned)(size_t)number;

	pthread_barrier_wait(&barrier);
	for (int round = 0; round < 100; round++) {
		random = random * 1103515245 + 12345;
		IS(0, bind(crowd[random >> 16 & (CROWD - 1)], (random >> 20) % all() + 1));
	}
	pthread_barrier_wait(&barrier);
	return NULL;
}

static void crowded(void)
{
	pthread_barrier_init(&barrier, NULL, CROWD);
	for (size_t i = 0; i < CROWD; i++)
		IS(0, pthread_create(&crowd[i], NULL, push, (void *)i));
	for (int i = 0; i < CROWD; i++)
		IS(0, pthread_join(crowd[i], NULL));
	IS(all(), bound(pthread_self()));
}

int main(void)
{
	count = (int)sysconf(_SC_NPROCESSORS_ONLN);
	own();
	others(SCHED_OTHER);
	others(SCHED_RR);
	others(SCHED_FIFO);
	waiting();
	crowded();
	return report();
}
