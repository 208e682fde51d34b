/* The processor, and calls that do next to nothing. */
#include <unistd.h>

#include "micro.h"

/* A chain of operations that no system has a part in: how fast the machine is. */
uint64_t integer_work(uint64_t count)
{
	uint64_t start = now(), state = 1;

	for (uint64_t i = 0; i < count; i++)
		state = next_random(state);
	sink = state;
	return now() - start;
}

/* The shortest call into the system. */
uint64_t get_pid(uint64_t count)
{
	uint64_t start = now(), sum = 0;

	for (uint64_t i = 0; i < count; i++)
		sum += (uint64_t)getpid();
	sink = sum;
	return now() - start;
}

uint64_t read_clock(uint64_t count)
{
	uint64_t start = now(), sum = 0;
	struct timespec time;

	for (uint64_t i = 0; i < count; i++) {
		clock_gettime(CLOCK_MONOTONIC, &time);
		sum += (uint64_t)time.tv_nsec;
	}
	sink = sum;
	return now() - start;
}

/* What is slept beyond a millisecond. */
uint64_t oversleep(uint64_t count)
{
	const struct timespec span = { 0, 1000000 };
	uint64_t excess = 0;

	for (uint64_t i = 0; i < count; i++) {
		uint64_t start = now(), slept;

		if (nanosleep(&span, NULL))
			return FAILED;
		slept = now() - start;
		if (slept < 1000000)
			return FAILED;
		excess += slept - 1000000;
	}
	return excess;
}
