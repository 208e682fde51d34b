/* The C library's memcpy. */
#include <stdlib.h>
#include <string.h>

#include "micro.h"

/* The compiler knows nothing of what is called. */
static void *(*volatile copy)(void *restrict, const void *restrict, size_t) = memcpy;

static uint64_t copy_blocks(uint64_t count, size_t size)
{
	static char *from, *to;
	enum { LARGEST = 4 << 20 };
	uint64_t start;

	if (!from)
		from = malloc(LARGEST);
	if (!to)
		to = malloc(LARGEST);
	if (!from || !to)
		return FAILED;
	memset(from, 1, size);
	memset(to, 2, size);
	start = now();
	for (uint64_t i = 0; i < count; i++)
		copy(to, from, size);
	return now() - start;
}

uint64_t copy_64(uint64_t count)
{
	return copy_blocks(count, 64);
}

uint64_t copy_4k(uint64_t count)
{
	return copy_blocks(count, 4096);
}

uint64_t copy_64k(uint64_t count)
{
	return copy_blocks(count, 65536);
}

uint64_t copy_4m(uint64_t count)
{
	return copy_blocks(count, 4 << 20);
}
