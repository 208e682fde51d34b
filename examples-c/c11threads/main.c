/* Threads of C11: thrd_*, mtx_*, cnd_*, tss_*, call_once. */
#include <stdio.h>
#include <stdlib.h>
#include <threads.h>

enum { THREADS = 4, ROUNDS = 500 };

static once_flag flag = ONCE_FLAG_INIT;
static mtx_t mutex;
static cnd_t changed;
static tss_t key;
static int initialised, counter, ready, isOpen, freed;
static thread_local int mine;

static void initialise(void)
{
	initialised++;
}

static void giveBack(void *value)
{
	mtx_lock(&mutex);
	freed++;
	mtx_unlock(&mutex);
	free(value);
}

static int work(void *argument)
{
	call_once(&flag, initialise);
	tss_set(key, malloc(16));
	mtx_lock(&mutex);
	ready++;
	cnd_broadcast(&changed);
	while (!isOpen)
		cnd_wait(&changed, &mutex);
	mtx_unlock(&mutex);
	for (int i = 0; i < ROUNDS; i++) {
		mtx_lock(&mutex);
		counter++;
		mtx_unlock(&mutex);
		mine++;
	}
	thrd_exit(*(int *)argument + mine);
}

int main(void)
{
	thrd_t threads[THREADS];
	int numbers[THREADS], sum = 0, result;
	struct timespec now;

	mtx_init(&mutex, mtx_timed);
	cnd_init(&changed);
	tss_create(&key, giveBack);
	for (int i = 0; i < THREADS; i++) {
		numbers[i] = i;
		if (thrd_create(&threads[i], work, &numbers[i]) != thrd_success)
			return 1;
	}
	mtx_lock(&mutex);
	while (ready < THREADS)
		cnd_wait(&changed, &mutex);
	isOpen = 1;
	cnd_broadcast(&changed);
	mtx_unlock(&mutex);
	for (int i = 0; i < THREADS; i++) {
		thrd_join(threads[i], &result);
		sum += result;
	}
	printf("once %d, counted %d, results %d, freed %d\n", initialised, counter, sum, freed);
	mtx_lock(&mutex);
	timespec_get(&now, TIME_UTC);
	printf("busy %d, timed out %d\n", mtx_trylock(&mutex) == thrd_busy,
	       mtx_timedlock(&mutex, &now) == thrd_timedout);
	mtx_unlock(&mutex);
	return 0;
}
