/* A read-write lock: readers together, writers alone. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>

enum { READERS = 4, WRITERS = 2, ROUNDS = 200 };

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_barrier_t together;
static volatile int first, second;
static int torn;

static void *readThem(void *argument)
{
	/* All hold the lock at the same time, or nobody would get past the barrier. */
	pthread_rwlock_rdlock(&lock);
	pthread_barrier_wait(&together);
	pthread_rwlock_unlock(&lock);
	for (int i = 0; i < ROUNDS; i++) {
		pthread_rwlock_rdlock(&lock);
		if (first != second)
			__atomic_fetch_add(&torn, 1, __ATOMIC_RELAXED);
		pthread_rwlock_unlock(&lock);
	}
	return argument;
}

static void *writeThem(void *argument)
{
	for (int i = 0; i < ROUNDS; i++) {
		pthread_rwlock_wrlock(&lock);
		first++;
		sched_yield();
		second++;
		pthread_rwlock_unlock(&lock);
	}
	return argument;
}

int main(void)
{
	pthread_t threads[READERS + WRITERS];

	pthread_barrier_init(&together, NULL, READERS + 1);
	for (int i = 0; i < READERS; i++)
		pthread_create(&threads[i], NULL, readThem, NULL);
	pthread_barrier_wait(&together);
	puts("the readers read together");
	for (int i = 0; i < WRITERS; i++)
		pthread_create(&threads[READERS + i], NULL, writeThem, NULL);
	for (int i = 0; i < READERS + WRITERS; i++)
		pthread_join(threads[i], NULL);
	printf("written %d and %d, torn %d\n", first, second, torn);

	pthread_rwlock_wrlock(&lock);
	printf("again: %d %d, try: %d\n", pthread_rwlock_wrlock(&lock) == EDEADLK,
	       pthread_rwlock_rdlock(&lock) == EDEADLK, pthread_rwlock_tryrdlock(&lock) == EBUSY);
	pthread_rwlock_unlock(&lock);
	printf("not held: %d\n", pthread_rwlock_unlock(&lock) == EPERM);
	return pthread_rwlock_destroy(&lock);
}
