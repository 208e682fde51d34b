/*
 * How threads and the program end: destructors and their rounds, a routine of
 * pthread_once that was cancelled, exit while others run, main that ends first.
 * The argument says which of the last ones.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"

static pthread_key_t key;
static int rounds;
static sem_t semaphore;

static void putBack(void *value)
{
	rounds++;
	pthread_setspecific(key, value);
}

static void *setKey(void *argument)
{
	pthread_setspecific(key, argument);
	return argument;
}

static char order[8];

static void note(void *text)
{
	strcat(order, text);
}

static void *unwind(void *argument)
{
	pthread_cleanup_push(note, "1")
	pthread_cleanup_push(note, "2")
	pthread_cleanup_push(note, "3")
	pthread_cleanup_pop(1);
	pthread_exit(argument);
	pthread_cleanup_pop(0);
	pthread_cleanup_pop(0);
	return NULL;
}

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int started, finished;

static void initialise(void)
{
	started++;
	if (started == 1) {
		sem_post(&semaphore);
		for (;;)
			sleep(1000);
	}
	finished++;
}

static void *doOnce(void *argument)
{
	pthread_once(&once, initialise);
	return argument;
}

static void ends(void)
{
	pthread_t one, other;
	void *result;

	IS(0, pthread_key_create(&key, putBack));
	IS(0, pthread_create(&one, NULL, setKey, &key));
	IS(0, pthread_join(one, &result));
	IS(&key, result);
	IS(PTHREAD_DESTRUCTOR_ITERATIONS, rounds);
	IS(0, pthread_key_delete(key));

	IS(0, pthread_create(&one, NULL, unwind, &one));
	IS(0, pthread_join(one, &result));
	IS(&one, result);
	IS(0, strcmp(order, "321"));

	IS(0, sem_init(&semaphore, 0, 0));
	IS(0, pthread_create(&one, NULL, doOnce, NULL));
	IS(0, sem_wait(&semaphore));
	IS(0, pthread_create(&other, NULL, doOnce, NULL));
	IS(0, pthread_cancel(one));
	IS(0, pthread_join(one, &result));
	IS(PTHREAD_CANCELED, result);
	IS(0, pthread_join(other, NULL));
	IS(2, started);
	IS(1, finished);
}

/* The stack and attributes of running threads. */
static void *describe(void *argument)
{
	pthread_attr_t attributes;
	char *stack, here;
	size_t size;
	int detached;

	IS(0, pthread_getattr_np(pthread_self(), &attributes));
	IS(0, pthread_attr_getstack(&attributes, (void **)&stack, &size));
	IS(1, &here >= stack && &here < stack + size);
	/* Whole pages. */
	IS(1, size >= *(size_t *)argument && size < *(size_t *)argument + 4096);
	IS(0, pthread_attr_getdetachstate(&attributes, &detached));
	IS(PTHREAD_CREATE_JOINABLE, detached);
	return NULL;
}

static void stacks(void)
{
	pthread_attr_t attributes;
	size_t sizes[] = {PTHREAD_STACK_MIN, 50000, 1 << 20, 64 << 20};
	pthread_t one;
	size_t size;
	void *stack;
	char here;

	for (int i = 0; i < 4; i++) {
		IS(0, pthread_attr_init(&attributes));
		IS(0, pthread_attr_setstacksize(&attributes, sizes[i]));
		IS(0, pthread_create(&one, &attributes, describe, &sizes[i]));
		IS(0, pthread_join(one, NULL));
	}
	IS(0, pthread_getattr_np(pthread_self(), &attributes));
	IS(0, pthread_attr_getstack(&attributes, &stack, &size));
	IS(1, &here >= (char *)stack && &here < (char *)stack + size);
}

/* A thread that holds a stream's lock is not disturbed by others' output. */
static void *print(void *argument)
{
	for (int i = 0; i < 20; i++) {
		flockfile(stdout);
		for (const char *text = argument; *text; text++) {
			putchar_unlocked(*text);
			sched_yield();
		}
		putchar('\n');
		funlockfile(stdout);
	}
	return argument;
}

static void *tryLock(void *argument)
{
	int result = ftrylockfile(argument);

	if (!result)
		funlockfile(argument);
	return (void *)(long)(result != 0);
}

static void streams(void)
{
	pthread_t threads[3];
	void *result;

	for (int i = 0; i < 3; i++)
		IS(0, pthread_create(&threads[i], NULL, print, "one line of a thread's own"));
	for (int i = 0; i < 3; i++)
		IS(0, pthread_join(threads[i], NULL));
	flockfile(stdout);
	flockfile(stdout);
	IS(0, pthread_create(&threads[0], NULL, tryLock, stdout));
	IS(0, pthread_join(threads[0], &result));
	IS(1, result);
	funlockfile(stdout);
	funlockfile(stdout);
	IS(0, pthread_create(&threads[0], NULL, tryLock, stdout));
	IS(0, pthread_join(threads[0], &result));
	IS(0, result);
}

static void *spin(void *argument)
{
	sem_post(argument);
	for (volatile int i = 0;; i++)
		;
	return NULL;
}

static void atEnd(void)
{
	puts("at the end");
}

static void *exitHere(void *argument)
{
	exit((int)(long)argument);
}

static void *joinMain(void *first)
{
	void *result;

	IS(0, pthread_join(*(pthread_t *)first, &result));
	printf("main returned %ld\n", (long)result);
	return NULL;
}

int main(int argc, char **argv)
{
	static pthread_t first, one;
	const char *which = argc > 1 ? argv[1] : "";

	atexit(atEnd);
	ends();
	stacks();
	streams();
	if (report())
		return 1;
	if (!strcmp(which, "exit")) {
		pthread_create(&one, NULL, spin, &semaphore);
		sem_wait(&semaphore);
		return 7;
	}
	if (!strcmp(which, "thread")) {
		for (int i = 0; i < 4; i++)
			pthread_create(&one, NULL, exitHere, (void *)9);
		for (;;)
			sleep(1000);
	}
	first = pthread_self();
	pthread_create(&one, NULL, joinMain, &first);
	pthread_detach(one);
	pthread_exit((void *)3);
}
