/* Condition variables: turns, a broadcast, and a time that is over on both clocks. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <time.h>

enum { THREADS = 4, ROUNDS = 3 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static long turn;
static int waiting, isOpen;

static void *takeTurns(void *argument)
{
	long me = (long)argument;

	for (int i = 0; i < ROUNDS; i++) {
		pthread_mutex_lock(&mutex);
		while (turn != me)
			pthread_cond_wait(&changed, &mutex);
		printf("%ld", me);
		turn = (turn + 1) % THREADS;
		pthread_cond_broadcast(&changed);
		pthread_mutex_unlock(&mutex);
	}
	return NULL;
}

static void *waitForGate(void *argument)
{
	pthread_mutex_lock(&mutex);
	waiting++;
	pthread_cond_broadcast(&changed);
	while (!isOpen)
		pthread_cond_wait(&changed, &mutex);
	pthread_mutex_unlock(&mutex);
	return argument;
}

int main(void)
{
	pthread_t threads[THREADS];
	struct timespec time;
	int realtime, monotonic;

	for (long i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, takeTurns, (void *)i);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	puts("");

	for (long i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, waitForGate, NULL);
	pthread_mutex_lock(&mutex);
	while (waiting < THREADS)
		pthread_cond_wait(&changed, &mutex);
	printf("%d wait\n", waiting);
	isOpen = 1;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&mutex);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	puts("all went on");

	pthread_mutex_lock(&mutex);
	clock_gettime(CLOCK_REALTIME, &time);
	realtime = pthread_cond_timedwait(&changed, &mutex, &time);
	clock_gettime(CLOCK_MONOTONIC, &time);
	monotonic = pthread_cond_clockwait(&changed, &mutex, CLOCK_MONOTONIC, &time);
	pthread_mutex_unlock(&mutex);
	printf("timed out: %d %d\n", realtime == ETIMEDOUT, monotonic == ETIMEDOUT);
	return pthread_cond_destroy(&changed);
}
