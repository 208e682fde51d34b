/*
 * Threads under load: nothing is lost, nobody waits for ever, and who gives up
 * - for a time, or for a request - takes nothing with it.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <semaphore.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

enum { THREADS = 8, ROUNDS = 400 };

static pthread_t threads[THREADS];

static void start(void *(*function)(void *))
{
	for (long i = 0; i < THREADS; i++)
		IS(0, pthread_create(&threads[i], NULL, function, (void *)i));
}

static void joinAll(void)
{
	for (int i = 0; i < THREADS; i++)
		IS(0, pthread_join(threads[i], NULL));
}

static struct timespec after(clockid_t clock, long nanoseconds)
{
	struct timespec time;

	clock_gettime(clock, &time);
	time.tv_nsec += nanoseconds;
	time.tv_sec += time.tv_nsec / 1000000000;
	time.tv_nsec %= 1000000000;
	return time;
}

/* A mutex of each type, taken in each way. */
static pthread_mutex_t mutex, recursive;
static long counted;

static void *count(void *argument)
{
	for (int i = 0; i < ROUNDS; i++) {
		struct timespec time = after(CLOCK_MONOTONIC, 20000);

		if (i % 3 == 0)
			while (pthread_mutex_trylock(&mutex))
				sched_yield();
		else if (i % 3 == 1)
			while (pthread_mutex_clocklock(&mutex, CLOCK_MONOTONIC, &time))
				time = after(CLOCK_MONOTONIC, 20000);
		else
			pthread_mutex_lock(&mutex);
		pthread_mutex_lock(&recursive);
		pthread_mutex_lock(&recursive);
		counted++;
		if (i % 50 == 0)
			sched_yield();
		pthread_mutex_unlock(&recursive);
		pthread_mutex_unlock(&recursive);
		pthread_mutex_unlock(&mutex);
	}
	return argument;
}

static void mutexes(void)
{
	pthread_mutexattr_t attributes;

	pthread_mutexattr_init(&attributes);
	for (int type = PTHREAD_MUTEX_NORMAL; type <= PTHREAD_MUTEX_ERRORCHECK; type++) {
		pthread_mutexattr_settype(&attributes, type);
		IS(0, pthread_mutex_init(&mutex, &attributes));
		pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
		IS(0, pthread_mutex_init(&recursive, &attributes));
		counted = 0;
		start(count);
		joinAll();
		IS(THREADS * ROUNDS, counted);
		IS(0, pthread_mutex_destroy(&mutex));
		IS(0, pthread_mutex_destroy(&recursive));
	}
	IS(0, pthread_mutex_init(&mutex, NULL));
}

/* Every token that is put is taken once, though takers give up all the time. */
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static long tokens, taken;

static void *take(void *argument)
{
	for (int i = 0; i < ROUNDS;) {
		struct timespec time = after(CLOCK_REALTIME, 30000);
		bool isTimed = (i + (long)argument) % 2;

		pthread_mutex_lock(&mutex);
		while (!tokens)
			if (isTimed) {
				if (pthread_cond_timedwait(&condition, &mutex, &time) == ETIMEDOUT)
					break;
			} else
				pthread_cond_wait(&condition, &mutex);
		if (tokens) {
			tokens--;
			taken++;
			i++;
		}
		pthread_mutex_unlock(&mutex);
	}
	return argument;
}

static void conditions(void)
{
	start(take);
	for (int i = 0; i < THREADS * ROUNDS; i++) {
		pthread_mutex_lock(&mutex);
		tokens++;
		pthread_mutex_unlock(&mutex);
		pthread_cond_signal(&condition);
		if (i % 16 == 0)
			sched_yield();
	}
	joinAll();
	IS(THREADS * ROUNDS, taken);
	IS(0, tokens);
	IS(0, pthread_cond_destroy(&condition));
}

/* A broadcast's waiters may find the condition destroyed and its memory used. */
struct gate {
	pthread_mutex_t mutex;
	pthread_cond_t condition;
	int inside, opened;
};

static struct gate gate;

static void *pass(void *argument)
{
	pthread_mutex_lock(&gate.mutex);
	gate.inside++;
	while (!gate.opened)
		pthread_cond_wait(&gate.condition, &gate.mutex);
	pthread_mutex_unlock(&gate.mutex);
	return argument;
}

static void gates(void)
{
	for (int i = 0; i < 20; i++) {
		gate = (struct gate){PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0};
		start(pass);
		for (bool isFull = false; !isFull; sched_yield()) {
			pthread_mutex_lock(&gate.mutex);
			isFull = gate.inside == THREADS;
			pthread_mutex_unlock(&gate.mutex);
		}
		pthread_mutex_lock(&gate.mutex);
		IS(EBUSY, pthread_cond_destroy(&gate.condition));
		gate.opened = 1;
		pthread_cond_broadcast(&gate.condition);
		IS(0, pthread_cond_destroy(&gate.condition));
		pthread_mutex_unlock(&gate.mutex);
		joinAll();
	}
}

/* Writers are alone; readers see both numbers the same. */
static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static volatile long one, other;
static long wrong;

static void *readAndWrite(void *argument)
{
	for (int i = 0; i < ROUNDS; i++) {
		if ((i + (long)argument) % 4 == 0) {
			struct timespec time = after(CLOCK_MONOTONIC, 20000);

			if (pthread_rwlock_clockwrlock(&lock, CLOCK_MONOTONIC, &time))
				pthread_rwlock_wrlock(&lock);
			one++;
			sched_yield();
			other++;
		} else {
			pthread_rwlock_rdlock(&lock);
			pthread_rwlock_rdlock(&lock);
			if (one != other)
				__atomic_fetch_add(&wrong, 1, __ATOMIC_RELAXED);
			pthread_rwlock_unlock(&lock);
		}
		pthread_rwlock_unlock(&lock);
	}
	return argument;
}

static void locks(void)
{
	start(readAndWrite);
	joinAll();
	IS(0, wrong);
	IS(THREADS * ROUNDS / 4, one);
	IS(one, other);
	IS(0, pthread_rwlock_destroy(&lock));
}

static pthread_barrier_t barrier;
static pthread_spinlock_t spin;
static int serials, phase[THREADS];

static void *meet(void *argument)
{
	long me = (long)argument;

	for (int i = 0; i < ROUNDS; i++) {
		int result;

		phase[me] = i;
		result = pthread_barrier_wait(&barrier);
		if (result == PTHREAD_BARRIER_SERIAL_THREAD) {
			pthread_spin_lock(&spin);
			serials++;
			pthread_spin_unlock(&spin);
		} else if (result)
			return argument;
		if (phase[(me + 1) % THREADS] < i)
			__atomic_fetch_add(&wrong, 1, __ATOMIC_RELAXED);
		pthread_barrier_wait(&barrier);
	}
	return argument;
}

static void barriers(void)
{
	IS(0, pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE));
	IS(0, pthread_barrier_init(&barrier, NULL, THREADS));
	start(meet);
	joinAll();
	IS(ROUNDS, serials);
	IS(0, wrong);
	IS(0, pthread_barrier_destroy(&barrier));
	IS(0, pthread_spin_destroy(&spin));
}

/* Requests come before, while and after threads wait; each ends its thread, or comes too late. */
static sem_t semaphore;
static int cleanups, posts, takes;

static void clean(void *argument)
{
	(void)argument;
	__atomic_fetch_add(&cleanups, 1, __ATOMIC_RELAXED);
}

static void *waitForSemaphore(void *argument)
{
	pthread_cleanup_push(clean, NULL)
	if (sem_wait(&semaphore) == 0)
		__atomic_fetch_add(&takes, 1, __ATOMIC_RELAXED);
	pthread_cleanup_pop(0);
	return argument;
}

static void giveBack(void *argument)
{
	pthread_mutex_unlock(argument);
}

static void *waitForCondition(void *argument)
{
	pthread_mutex_lock(&mutex);
	pthread_cleanup_push(giveBack, &mutex)
	pthread_cleanup_push(clean, NULL)
	for (;;)
		pthread_cond_wait(&gate.condition, &mutex);
	pthread_cleanup_pop(0);
	pthread_cleanup_pop(0);
	return argument;
}

static void *sleepLong(void *argument)
{
	pthread_cleanup_push(clean, NULL)
	for (;;)
		nanosleep(&(struct timespec){1000, 0}, NULL);
	pthread_cleanup_pop(0);
	return argument;
}

static void *sleepLongAndJoin(void *argument)
{
	pthread_t inner;

	if (pthread_create(&inner, NULL, sleepLong, NULL))
		return argument;
	pthread_cleanup_push(clean, NULL)
	pthread_join(inner, NULL);
	pthread_cleanup_pop(0);
	return argument;
}

static void cancellations(void)
{
	static void *(*const functions[])(void *) = {
		waitForSemaphore, waitForCondition, sleepLong, sleepLongAndJoin,
	};
	int cancelled = 0;
	void *result;

	gate.condition = (pthread_cond_t)PTHREAD_COND_INITIALIZER;
	IS(0, sem_init(&semaphore, 0, 0));
	for (int round = 0; round < 40; round++) {
		for (int i = 0; i < THREADS; i++)
			IS(0, pthread_create(&threads[i], NULL, functions[i % 4], NULL));
		for (int i = 0; i < round % 5; i++)
			sched_yield();
		if (round % 2) {
			sem_post(&semaphore);
			posts++;
		}
		for (int i = 0; i < THREADS; i++)
			IS(0, pthread_cancel(threads[(i * 3) % THREADS]));
		for (int i = 0; i < THREADS; i++) {
			IS(0, pthread_join(threads[i], &result));
			cancelled += result == PTHREAD_CANCELED;
		}
	}
	/* A post is one thread's, or is still there. */
	int left;
	IS(0, sem_getvalue(&semaphore, &left));
	IS(posts, takes + left);
	IS(1, cancelled >= 40 * THREADS - posts);
	IS(1, cleanups <= cancelled);
	IS(0, sem_destroy(&semaphore));
	IS(0, pthread_mutex_trylock(&mutex));
	IS(0, pthread_mutex_unlock(&mutex));
}

/* The stacks' memory is given back: together they would be more than there is. */
static void *touch(void *argument)
{
	volatile char bytes[200000];

	for (size_t i = 0; i < sizeof bytes; i += 4096)
		bytes[i] = 1;
	return argument;
}

static void many(void)
{
	pthread_attr_t attributes;
	pthread_t thread;

	IS(0, pthread_attr_init(&attributes));
	IS(0, pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED));
	for (int i = 0; i < 1500; i++) {
		int error;

		IS(0, pthread_create(&thread, NULL, touch, NULL));
		IS(0, pthread_join(thread, NULL));
		/* Detached ones go when they have run. */
		while ((error = pthread_create(&thread, &attributes, touch, NULL)) == EAGAIN)
			sched_yield();
		IS(0, error);
	}
}

/* Joins whose time is over while the threads end. */
static void *endSoon(void *argument)
{
	for (long i = 0; i < (long)argument; i++)
		sched_yield();
	return argument;
}

static void joins(void)
{
	void *result;

	for (int round = 0; round < 50; round++) {
		start(endSoon);
		for (long i = 0; i < THREADS; i++) {
			struct timespec time;
			int error;

			do {
				time = after(CLOCK_MONOTONIC, (round % 10) * 3000);
				error = pthread_clockjoin_np(threads[i], &result, CLOCK_MONOTONIC, &time);
			} while (error == ETIMEDOUT);
			IS(0, error);
			IS(i, result);
		}
	}
}

int main(void)
{
	mutexes();
	joins();
	conditions();
	gates();
	locks();
	barriers();
	cancellations();
	many();
	return report();
}
