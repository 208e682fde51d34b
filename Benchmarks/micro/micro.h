/*
 * What the benchmark's files share. The program is the same for Hermit and
 * for a Linux guest; what one of the two lacks is told apart in system.h.
 */
#ifndef MICRO_H
#define MICRO_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* What a measurement returns that could not be made; errno says why. */
#define FAILED UINT64_MAX

/*
 * Does something `count` times; the nanoseconds that it took, or FAILED. A
 * measurement leaves nothing behind that changes a later one.
 */
typedef uint64_t measurement(uint64_t count);

/* Calls. */
measurement integer_work, get_pid, read_clock, oversleep;
/* Tasks. */
measurement yield_alone, switch_tasks, create_and_join, futex_one_core, futex_two_cores;
measurement lock_mutex, create_thread, signal_one_core, signal_two_cores;
/* Memory. */
measurement allocate_small, allocate_mixed, touch_pages, touch_mapping, map_page, grow_block;
measurement allocate_small_2, allocate_small_4, allocate_mixed_2, allocate_mixed_4;
measurement copy_64, copy_4k, copy_64k, copy_4m;
/* Files. */
measurement pass_through_pipes, write_and_read_file, open_file, read_byte, read_page, write_page;
measurement look_at_path, poll_many, wait_for_many;

enum { MOST_THREADS = 4 };

/*
 * Lets up to MOST_THREADS threads, number N on core N, do their shares of
 * `count` at the same time; the nanoseconds from the first one's start to the
 * last one's end, or FAILED.
 */
uint64_t time_threads(int threads, void (*work)(int number, uint64_t share), uint64_t count);

/* By CLOCK_MONOTONIC. */
static inline uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

/* A pseudo-random sequence (xorshift, G. Marsaglia); the seed is not 0. */
static inline uint64_t next_random(uint64_t state)
{
	state ^= state << 13;
	state ^= state >> 7;
	return state ^ state << 17;
}

/* Where results go that the compiler must not leave out. */
extern volatile uint64_t sink;

#endif
