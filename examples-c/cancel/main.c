/* Cancellation: where threads wait, and where they look; cleanup handlers. */
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;
static sem_t nothing;
static volatile int isReady;

static void say(void *what)
{
	printf("  %s\n", (const char *)what);
}

static void giveBack(void *argument)
{
	puts("  the mutex is given back");
	pthread_mutex_unlock(argument);
}

static void *waitForCondition(void *argument)
{
	pthread_mutex_lock(&mutex);
	pthread_cleanup_push(giveBack, &mutex)
	for (;;)
		pthread_cond_wait(&never, &mutex);
	pthread_cleanup_pop(1);
	return argument;
}

static void *waitForSemaphore(void *argument)
{
	pthread_cleanup_push(say, "outer")
	pthread_cleanup_push(say, "inner")
	sem_wait(&nothing);
	pthread_cleanup_pop(0);
	pthread_cleanup_pop(0);
	return argument;
}

static void *sleepLong(void *argument)
{
	sleep(100000);
	return argument;
}

static void *compute(void *argument)
{
	int old;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
	isReady = 1;
	while (isReady != 2)
		usleep(100); /* would end here if it might */
	puts("  not while it may not");
	pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &old);
	for (;;)
		pthread_testcancel();
	return argument;
}

static void cancel(const char *name, void *(*function)(void *))
{
	pthread_t thread;
	void *result;

	printf("%s\n", name);
	isReady = 0;
	pthread_create(&thread, NULL, function, NULL);
	if (function == compute)
		while (!isReady)
			usleep(100);
	pthread_cancel(thread);
	isReady = 2;
	pthread_join(thread, &result);
	printf("  %s\n", result == PTHREAD_CANCELED ? "cancelled" : "returned");
}

int main(void)
{
	sem_init(&nothing, 0, 0);
	cancel("in a wait for a condition", waitForCondition);
	cancel("in a wait for a semaphore", waitForSemaphore);
	cancel("in its sleep", sleepLong);
	cancel("while it computes", compute);
	return pthread_mutex_trylock(&mutex);
}
