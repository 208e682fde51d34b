/* The mutex and the condition of POSIX threads. */
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

/* Two wake-ups and two switches. */
uint64_t signal_condition(uint64_t count)
{
	pthread_t thread;
	uint64_t start;
	int error;

	turns = count;
	turn = 0;
	error = pthread_create(&thread, NULL, answer, NULL);
	if (error) {
		errno = error;
		return FAILED;
	}
	start = now();
	pthread_mutex_lock(&mutex);
	for (uint64_t i = 0; i < count; i++) {
		turn = 1;
		pthread_cond_signal(&condition);
		while (turn)
			pthread_cond_wait(&condition, &mutex);
	}
	pthread_mutex_unlock(&mutex);
	start = now() - start;
	pthread_join(thread, NULL);
	return start;
}
#else
uint64_t lock_mutex(uint64_t count)
{
	(void)count;
	errno = ENOSYS;
	return FAILED;
}

uint64_t signal_condition(uint64_t count)
{
	return lock_mutex(count);
}
#endif
