/* POSIX threads: made with attributes, joined, detached; a mutex of each type. */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { THREADS = 8, ROUNDS = 1000 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static long counter;

static void *count(void *argument)
{
	for (int i = 0; i < ROUNDS; i++) {
		pthread_mutex_lock(&mutex);
		counter++;
		pthread_mutex_unlock(&mutex);
	}
	return (char *)argument + 1;
}

static void *onItsStack(void *stack)
{
	char local;

	return (void *)(long)(&local >= (char *)stack && &local < (char *)stack + 65536);
}

static sem_t detachedRan;

static void *detached(void *argument)
{
	sem_post(&detachedRan);
	return argument;
}

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int initialisations;

static void initialise(void)
{
	initialisations++;
}

static void *doOnce(void *argument)
{
	pthread_once(&once, initialise);
	errno = (int)(long)argument;
	sched_yield();
	return (void *)(long)(errno == (int)(long)argument);
}

int main(void)
{
	pthread_t threads[THREADS];
	pthread_attr_t attributes;
	pthread_mutexattr_t type;
	pthread_mutex_t recursive;
	void *result, *stack;
	long sum = 0;

	for (long i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, count, (void *)i))
			return 1;
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], &result);
		sum += (long)result;
	}
	printf("%d threads counted %ld, returned %ld\n", THREADS, counter, sum);
	printf("joined again: %s\n", pthread_join(threads[0], NULL) == ESRCH ? "no such thread" : "?");
	printf("joined itself: %s\n", pthread_join(pthread_self(), NULL) == EDEADLK ? "deadlock" : "?");

	errno = 0;
	sum = 0;
	for (long i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, doOnce, (void *)(i + 1));
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], &result);
		sum += (long)result;
	}
	printf("initialised %d time, %ld errnos, main's is %d\n", initialisations, sum, errno);

	pthread_attr_init(&attributes);
	stack = aligned_alloc(4096, 65536);
	pthread_attr_setstack(&attributes, stack, 65536);
	pthread_create(&threads[0], &attributes, onItsStack, stack);
	pthread_join(threads[0], &result);
	printf("on the program's stack: %s\n", result ? "yes" : "no");
	free(stack);
	pthread_attr_destroy(&attributes);

	sem_init(&detachedRan, 0, 0);
	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	pthread_create(&threads[0], &attributes, detached, NULL);
	sem_wait(&detachedRan);
	puts("a detached thread ran");

	pthread_mutexattr_init(&type);
	pthread_mutexattr_settype(&type, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(&recursive, &type);
	pthread_mutex_lock(&recursive);
	pthread_mutex_lock(&recursive);
	pthread_mutex_unlock(&recursive);
	pthread_mutex_unlock(&recursive);
	printf("unlocked once more: %s\n", pthread_mutex_unlock(&recursive) == EPERM ? "not its owner" : "?");
	return 0;
}
