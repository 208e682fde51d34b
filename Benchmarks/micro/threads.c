/* POSIX threads: making and joining them, the mutex and the condition. */
#define _GNU_SOURCE
#include <errno.h>

#include "micro.h"
#include "system.h"

#ifdef HAS_THREADS
#include <pthread.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static int turn;
static uint64_t turns;

/* Nobody else wants it. */
uint64_t lock_mutex(uint64_t count)
{
	uint64_t start = now();

	for (uint64_t i = 0; i < count; i++) {
		pthread_mutex_lock(&mutex);
		pthread_mutex_unlock(&mutex);
	}
	return now() - start;
}

static void *return_at_once(void *argument)
{
	return argument;
}

/* One after the other. */
uint64_t create_thread(uint64_t count)
{
	uint64_t start = now();

	for (uint64_t i = 0; i < count; i++) {
		pthread_t thread;
		int error = pthread_create(&thread, NULL, return_at_once, NULL);

		if (error) {
			errno = error;
			return FAILED;
		}
		pthread_join(thread, NULL);
	}
	return now() - start;
}

static void *answer(void *argument)
{
	pthread_mutex_lock(&mutex);
	for (uint64_t i = 0; i < turns; i++) {
		while (turn != 1)
			pthread_cond_wait(&condition, &mutex);
		turn = 0;
		pthread_cond_signal(&condition);
	}
	pthread_mutex_unlock(&mutex);
	return argument;
}

static void *ask(void *time)
{
	uint64_t start = now();

	pthread_mutex_lock(&mutex);
	for (uint64_t i = 0; i < turns; i++) {
		turn = 1;
		pthread_cond_signal(&condition);
		while (turn)
			pthread_cond_wait(&condition, &mutex);
	}
	pthread_mutex_unlock(&mutex);
	*(uint64_t *)time = now() - start;
	return NULL;
}

static int create_on(pthread_t *thread, int core, void *(*function)(void *), void *argument)
{
	cpu_set_t set;
	int error;

	CPU_ZERO(&set);
	CPU_SET(core, &set);
#ifdef __linux__
	/* musl has no such attribute. */
	error = pthread_create(thread, NULL, function, argument);
	if (!error)
		pthread_setaffinity_np(*thread, sizeof set, &set);
#else
	pthread_attr_t attributes;

	pthread_attr_init(&attributes);
	pthread_attr_setaffinity_np(&attributes, sizeof set, &set);
	error = pthread_create(thread, &attributes, function, argument);
	pthread_attr_destroy(&attributes);
#endif
	return error;
}

/* Two wake-ups and two switches. */
static uint64_t converse(uint64_t count, int other_core)
{
	pthread_t one, other;
	uint64_t time;
	int error;

	turns = count;
	turn = 0;
	error = create_on(&other, other_core, answer, NULL);
	if (!error) {
		error = create_on(&one, 0, ask, &time);
		/* Somebody has to ask. */
		if (error)
			ask(&time);
		else
			pthread_join(one, NULL);
		pthread_join(other, NULL);
	}
	errno = error;
	return error ? FAILED : time;
}

uint64_t signal_one_core(uint64_t count)
{
	return converse(count, 0);
}

uint64_t signal_two_cores(uint64_t count)
{
	return converse(count, 1);
}

struct worker {
	pthread_t thread;
	int number;
	void (*work)(int number, uint64_t share);
	uint64_t share, start, end;
};

/* Held until all threads are there. */
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static void *work(void *argument)
{
	struct worker *worker = argument;

	pthread_mutex_lock(&gate);
	pthread_mutex_unlock(&gate);
	worker->start = now();
	worker->work(worker->number, worker->share);
	worker->end = now();
	return NULL;
}

uint64_t time_threads(int threads, void (*function)(int number, uint64_t share), uint64_t count)
{
	struct worker workers[MOST_THREADS];
	uint64_t start = UINT64_MAX, end = 0;
	int made = 0, error = 0;

	pthread_mutex_lock(&gate);
	for (; made < threads && !error; made += !error) {
		workers[made] = (struct worker){ .number = made, .work = function,
						 .share = count / (uint64_t)threads + 1 };
		error = create_on(&workers[made].thread, made, work, &workers[made]);
	}
	pthread_mutex_unlock(&gate);
	for (int i = 0; i < made; i++) {
		pthread_join(workers[i].thread, NULL);
		start = workers[i].start < start ? workers[i].start : start;
		end = workers[i].end > end ? workers[i].end : end;
	}
	errno = error;
	return error ? FAILED : end - start;
}
#else
uint64_t time_threads(int threads, void (*function)(int number, uint64_t share), uint64_t count)
{
	(void)threads;
	(void)function;
	return lock_mutex(count);
}

uint64_t lock_mutex(uint64_t count)
{
	(void)count;
	errno = ENOSYS;
	return FAILED;
}

uint64_t create_thread(uint64_t count)
{
	return lock_mutex(count);
}

uint64_t signal_one_core(uint64_t count)
{
	return lock_mutex(count);
}

uint64_t signal_two_cores(uint64_t count)
{
	return lock_mutex(count);
}
#endif
