/* A barrier: a table is computed row by row, each row from the whole last one. */
#include <pthread.h>
#include <stdio.h>

enum { THREADS = 4, ROWS = 10, COLUMNS = 16 };

static pthread_barrier_t rowDone;
static unsigned table[ROWS][COLUMNS];
static int serials;

static void *compute(void *argument)
{
	for (int row = 1; row < ROWS; row++) {
		for (long column = (long)argument; column < COLUMNS; column += THREADS)
			table[row][column] = table[row - 1][(column + 1) % COLUMNS] +
					     table[row - 1][(column + COLUMNS - 1) % COLUMNS];
		if (pthread_barrier_wait(&rowDone) == PTHREAD_BARRIER_SERIAL_THREAD)
			__atomic_fetch_add(&serials, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

int main(void)
{
	pthread_t threads[THREADS];

	pthread_barrier_init(&rowDone, NULL, THREADS);
	table[0][COLUMNS / 2] = 1;
	for (long i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, compute, (void *)i);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < COLUMNS; i++)
		printf("%u%c", table[ROWS - 1][i], i < COLUMNS - 1 ? ' ' : '\n');
	printf("%d rows, %d serial threads\n", ROWS - 1, serials);
	return pthread_barrier_destroy(&rowDone);
}
