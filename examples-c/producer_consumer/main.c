/*
 * Producers and consumers with a buffer between them: once with semaphores,
 * once with a mutex and two conditions.
 */
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>

enum { PRODUCERS = 3, CONSUMERS = 2, ITEMS = 1000, ROOM = 8, END = -1 };

static int buffer[ROOM];
static unsigned in, out;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static sem_t filled, empty;
static pthread_cond_t notFull = PTHREAD_COND_INITIALIZER, notEmpty = PTHREAD_COND_INITIALIZER;

static void putWithSemaphores(int item)
{
	sem_wait(&empty);
	pthread_mutex_lock(&mutex);
	buffer[in++ % ROOM] = item;
	pthread_mutex_unlock(&mutex);
	sem_post(&filled);
}

static int takeWithSemaphores(void)
{
	int item;

	sem_wait(&filled);
	pthread_mutex_lock(&mutex);
	item = buffer[out++ % ROOM];
	pthread_mutex_unlock(&mutex);
	sem_post(&empty);
	return item;
}

static void putWithConditions(int item)
{
	pthread_mutex_lock(&mutex);
	while (in - out == ROOM)
		pthread_cond_wait(&notFull, &mutex);
	buffer[in++ % ROOM] = item;
	pthread_cond_signal(&notEmpty);
	pthread_mutex_unlock(&mutex);
}

static int takeWithConditions(void)
{
	int item;

	pthread_mutex_lock(&mutex);
	while (in == out)
		pthread_cond_wait(&notEmpty, &mutex);
	item = buffer[out++ % ROOM];
	pthread_cond_signal(&notFull);
	pthread_mutex_unlock(&mutex);
	return item;
}

static void (*put)(int);
static int (*take)(void);

static void *produce(void *argument)
{
	for (int i = 0; i < ITEMS; i++)
		put((int)(long)argument * ITEMS + i);
	return NULL;
}

static void *consume(void *argument)
{
	long sum = 0;
	int item;

	(void)argument;
	while ((item = take()) != END)
		sum += item;
	return (void *)sum;
}

static void run(const char *name)
{
	pthread_t producers[PRODUCERS], consumers[CONSUMERS];
	long sum = 0, expected = (long)PRODUCERS * ITEMS * (PRODUCERS * ITEMS - 1) / 2;
	void *result;

	for (int i = 0; i < CONSUMERS; i++)
		pthread_create(&consumers[i], NULL, consume, NULL);
	for (long i = 0; i < PRODUCERS; i++)
		pthread_create(&producers[i], NULL, produce, (void *)i);
	for (int i = 0; i < PRODUCERS; i++)
		pthread_join(producers[i], NULL);
	for (int i = 0; i < CONSUMERS; i++)
		put(END);
	for (int i = 0; i < CONSUMERS; i++) {
		pthread_join(consumers[i], &result);
		sum += (long)result;
	}
	printf("%s: %ld of %ld\n", name, sum, expected);
}

int main(void)
{
	sem_init(&filled, 0, 0);
	sem_init(&empty, 0, ROOM);
	put = putWithSemaphores;
	take = takeWithSemaphores;
	run("semaphores");
	put = putWithConditions;
	take = takeWithConditions;
	run("conditions");
	return 0;
}
