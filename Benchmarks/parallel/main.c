/*
 * A computation of pi, alone and twice at once: `hermit bench parallel` boots
 * this program on two processors and runs it as processes of the host.
 *
 *   parallel find MS      steps N: about so many take MS milliseconds
 *   parallel STEPS        computes once, prints the sum
 *   parallel tasks STEPS  computes in one task, then in two at once:
 *                         alone NS, both NS, sum
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

/* The area below 4 / (1 + x * x) from 0 to 1, in so many strips. */
static double area(uint64_t strips)
{
	double width = 1.0 / (double)strips, sum = 0;

	for (uint64_t i = 0; i < strips; i++) {
		double x = ((double)i + 0.5) * width;

		sum += 4.0 / (1.0 + x * x);
	}
	return sum * width;
}

static volatile double result;

static uint64_t find(uint64_t milliseconds)
{
	uint64_t steps = 1000;

	for (;;) {
		uint64_t start = now(), time;

		result = area(steps);
		time = now() - start;
		if (time >= milliseconds * 100000)
			return steps * milliseconds * 1000000 / time + 1;
		steps *= 2;
	}
}

#ifdef __hermit__
#include <pthread.h>

static uint64_t steps;

static void *compute(void *sum)
{
	*(double *)sum = area(steps);
	return NULL;
}

/* Nanoseconds that so many threads take, each with all of the steps. */
static uint64_t time_threads(int count)
{
	pthread_t threads[2];
	double sums[2];
	uint64_t start = now();

	for (int i = 0; i < count; i++)
		if (pthread_create(&threads[i], NULL, compute, &sums[i]))
			exit(1);
	for (int i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
	result = sums[0];
	return now() - start;
}

static void measure(uint64_t wanted)
{
	/* What the first use of everything costs is not what is measured. */
	steps = 1000;
	time_threads(2);
	steps = wanted;
	printf("alone %" PRIu64 "\n", time_threads(1));
	printf("both %" PRIu64 "\n", time_threads(2));
}
#else
static void measure(uint64_t steps)
{
	(void)steps;
	exit(1);
}
#endif

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "find"))
		printf("steps %" PRIu64 "\n", find(strtoull(argv[2], NULL, 10)));
	else if (argc == 3 && !strcmp(argv[1], "tasks"))
		measure(strtoull(argv[2], NULL, 10));
	else if (argc == 2)
		result = area(strtoull(argv[1], NULL, 10));
	else
		return 2;
	printf("sum %.6f\n", result);
	return 0;
}
