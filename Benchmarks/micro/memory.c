/* The C library's malloc and free, mappings, and memory that is touched first. */
#define _DEFAULT_SOURCE
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "micro.h"

enum { SLOTS = 256, LARGE = 8 << 20, PAGE = 4096 };

/*
 * Puts a new block into one of many places, at random, in place of the old
 * one; sizes from 2 to the power `least` to 2 to the power `most`, each power
 * as often as the others.
 */
static void replace_blocks(void **slots, uint64_t count, unsigned least, unsigned most)
{
	uint64_t state = 0x9e3779b97f4a7c15;

	for (uint64_t i = 0; i < count; i++) {
		unsigned slot;
		size_t size;

		state = next_random(state);
		slot = (unsigned)(state % SLOTS);
		size = (size_t)1 << (least + (state >> 20) % (most - least));
		size += (size_t)(state >> 32) & (size - 1);
		free(slots[slot]);
		slots[slot] = malloc(size);
		if (!slots[slot])
			break;
		*(volatile char *)slots[slot] = 1;
	}
}

static void free_blocks(void **slots)
{
	for (int i = 0; i < SLOTS; i++) {
		free(slots[i]);
		slots[i] = NULL;
	}
}

static uint64_t time_blocks(uint64_t count, unsigned least, unsigned most)
{
	static void *slots[SLOTS];
	uint64_t start = now(), time;

	replace_blocks(slots, count, least, most);
	time = now() - start;
	free_blocks(slots);
	return time;
}

uint64_t allocate_small(uint64_t count)
{
	return time_blocks(count, 4, 10);
}

uint64_t allocate_mixed(uint64_t count)
{
	return time_blocks(count, 4, 16);
}

/* Threads on cores of their own, which share the work, each with blocks of its own. */
static void replace_small(int number, uint64_t count)
{
	static void *slots[MOST_THREADS][SLOTS];

	replace_blocks(slots[number], count, 4, 10);
}

static void replace_mixed(int number, uint64_t count)
{
	static void *slots[MOST_THREADS][SLOTS];

	replace_blocks(slots[number], count, 4, 16);
}

uint64_t allocate_small_2(uint64_t count)
{
	return time_threads(2, replace_small, count);
}

uint64_t allocate_small_4(uint64_t count)
{
	return time_threads(4, replace_small, count);
}

uint64_t allocate_mixed_2(uint64_t count)
{
	return time_threads(2, replace_mixed, count);
}

uint64_t allocate_mixed_4(uint64_t count)
{
	return time_threads(4, replace_mixed, count);
}

/* Pages of a fresh block of 8 MiB, each touched once; with the block's making and end. */
uint64_t touch_pages(uint64_t count)
{
	uint64_t start = now();

	for (uint64_t done = 0; done < count;) {
		volatile char *block = malloc(LARGE);

		if (!block)
			return FAILED;
		for (size_t i = 0; i < LARGE && done < count; i += PAGE, done++)
			block[i] = 1;
		free((void *)block);
	}
	return now() - start;
}

static volatile char *map(size_t size)
{
	return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

/* The same of a mapping. */
uint64_t touch_mapping(uint64_t count)
{
	uint64_t start = now();

	for (uint64_t done = 0; done < count;) {
		volatile char *mapping = map(LARGE);

		if (mapping == MAP_FAILED)
			return FAILED;
		for (size_t i = 0; i < LARGE && done < count; i += PAGE, done++)
			mapping[i] = 1;
		munmap((void *)mapping, LARGE);
	}
	return now() - start;
}

/* A mapping of one page that is made, touched and given back. */
uint64_t map_page(uint64_t count)
{
	uint64_t start = now();

	for (uint64_t i = 0; i < count; i++) {
		volatile char *page = map(PAGE);

		if (page == MAP_FAILED)
			return FAILED;
		*page = 1;
		munmap((void *)page, PAGE);
	}
	return now() - start;
}

/* A block that grows by 64 KiB at a time from nothing to 1 MiB, and is written to. */
uint64_t grow_block(uint64_t count)
{
	enum { STEP = 65536, MOST = 1 << 20 };
	uint64_t start = now();

	for (uint64_t i = 0; i < count; i++) {
		char *block = NULL;

		for (size_t size = STEP; size <= MOST; size += STEP) {
			char *larger = realloc(block, size);

			if (!larger) {
				free(block);
				return FAILED;
			}
			block = larger;
			memset(block + size - STEP, 1, STEP);
		}
		free(block);
	}
	return now() - start;
}
