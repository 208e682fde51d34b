/* Keys: values of a thread's own, and what is done with them when it ends. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static pthread_key_t text, again;
static int freed, rounds;

static void giveBack(void *value)
{
	freed++;
	free(value);
}

/* Puts its value there once more, as long as it is called. */
static void putBack(void *value)
{
	rounds++;
	pthread_setspecific(again, value);
}

static void *work(void *argument)
{
	char *mine = malloc(32);

	snprintf(mine, 32, "thread %ld", (long)argument);
	pthread_setspecific(text, mine);
	pthread_setspecific(again, mine);
	puts(pthread_getspecific(text));
	return NULL;
}

int main(void)
{
	pthread_t thread;

	pthread_key_create(&text, giveBack);
	pthread_key_create(&again, putBack);
	pthread_setspecific(text, "main");
	for (long i = 1; i <= 3; i++) {
		pthread_create(&thread, NULL, work, (void *)i);
		pthread_join(thread, NULL);
	}
	printf("%s, freed %d, %d rounds each\n", (char *)pthread_getspecific(text), freed, rounds / 3);
	pthread_key_delete(text);
	printf("deleted: %d\n", pthread_setspecific(text, "x") == EINVAL);
	return 0;
}
