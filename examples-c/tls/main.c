/* Thread-local variables: with a first value, zero, and aligned, in every thread. */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>

enum { THREADS = 6 };

static _Thread_local int number = 42;
static _Thread_local char zeros[300];
static _Alignas(64) _Thread_local struct {
	double values[3];
} aligned = {{1, 2, 3}};

static pthread_barrier_t together;

static void *look(void *argument)
{
	int me = (int)(long)argument;
	long wrong = number != 42 || (uintptr_t)&aligned % 64 || aligned.values[2] != 3;

	for (size_t i = 0; i < sizeof zeros; i++)
		wrong += zeros[i];
	number = me;
	zeros[me] = 1;
	aligned.values[0] = me;
	pthread_barrier_wait(&together);
	wrong += number != me || !zeros[me] || aligned.values[0] != me;
	return (void *)wrong;
}

int main(void)
{
	pthread_t threads[THREADS];
	long wrong = 0;

	/* The second time in memory that the first ones have used. */
	for (int round = 0; round < 2; round++) {
		pthread_barrier_init(&together, NULL, THREADS);
		for (long i = 0; i < THREADS; i++)
			pthread_create(&threads[i], NULL, look, (void *)i);
		for (int i = 0; i < THREADS; i++) {
			void *result;

			pthread_join(threads[i], &result);
			wrong += (long)result;
		}
	}
	printf("%d threads, %ld wrong; main has %d and %g\n", 2 * THREADS, wrong, number,
	       aligned.values[0]);
	return 0;
}
