/* Functions of the C library. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "../calls/measure.h"

static void *volatile block;
static char from[4096], to[4096];
/* The compiler knows nothing of what is called. */
static void *(*volatile copy)(void *restrict, const void *restrict, size_t) = memcpy;

static void allocate_64(void)
{
	block = malloc(64);
	free(block);
}

static void allocate_1000(void)
{
	block = malloc(1000);
	free(block);
}

static void allocate_40000(void)
{
	block = malloc(40000);
	free(block);
}

/* More than the task keeps for itself. */
static void allocate_many(void)
{
	enum { COUNT = 256 };
	static void *blocks[COUNT];

	for (int i = 0; i < COUNT; i++)
		blocks[i] = malloc(64);
	for (int i = 0; i < COUNT; i++)
		free(blocks[i]);
}

static void read_clock(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
}

static void copy_64(void)
{
	copy(to, from, 64);
}

static void copy_4096(void)
{
	copy(to, from, 4096);
}

enum { PAGES = 256, PAGE = 4096 };

static void touch(void)
{
	volatile char *pages = malloc(PAGES * PAGE);

	if (!pages)
		abort();
	for (size_t i = 0; i < PAGES; i++)
		pages[i * PAGE] = 1;
	free((void *)pages);
}

static char *map(size_t size)
{
	char *start = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (start == MAP_FAILED)
		abort();
	return start;
}

static void touch_mapping(void)
{
	volatile char *pages = map(PAGES * PAGE);

	for (size_t i = 0; i < PAGES; i++)
		pages[i * PAGE] = 1;
	munmap((void *)pages, PAGES * PAGE);
}

static void map_page(void)
{
	munmap(map(PAGE), PAGE);
}

static void map_and_touch_page(void)
{
	volatile char *page = map(PAGE);

	*page = 1;
	munmap((void *)page, PAGE);
}

static void protect_page(void)
{
	static char *page;

	if (!page)
		*(page = map(PAGE)) = 1;
	mprotect(page, PAGE, PROT_READ);
	mprotect(page, PAGE, PROT_READ | PROT_WRITE);
}

int main(void)
{
	static const struct row rows[] = {
		{ "malloc + free of 64 bytes", allocate_64, 1 },
		{ "malloc + free of 1000 bytes", allocate_1000, 1 },
		{ "malloc + free of 40000 bytes", allocate_40000, 1 },
		{ "malloc + free of 64 bytes, 256 at a time", allocate_many, 256 },
		{ "clock_gettime", read_clock, 1 },
		{ "memcpy of 64 bytes", copy_64, 1 },
		{ "memcpy of 4 KiB", copy_4096, 1 },
		{ "a page of 1 MiB: malloc, touch, free", touch, PAGES },
		{ "a page of 1 MiB: mmap, touch, munmap", touch_mapping, PAGES },
		{ "mmap + munmap of 4 KiB", map_page, 1 },
		{ "mmap + munmap of 4 KiB, touched", map_and_touch_page, 1 },
		{ "mprotect of 4 KiB, twice", protect_page, 1 },
	};

	measure_rows(rows, sizeof rows / sizeof *rows);
	return 0;
}
