/*
 * The heap: blocks of many sizes that keep what was written to them,
 * alignment, growing, and the end of memory, which is an error and not the
 * program's end.
 */
#define _DEFAULT_SOURCE
#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCKS = 500 };

/* A compiler may leave out an allocation that nobody sees. */
static void *volatile kept;

/* How many of many blocks hold after half of them were freed and made anew. */
static int intact(void)
{
	static unsigned char *blocks[BLOCKS];
	int count = 0;

	for (int round = 0; round < 2; round++)
		for (int i = round; i < BLOCKS; i += 1 + round) {
			size_t size = (size_t)i * 37 + 1;

			free(blocks[i]);
			blocks[i] = malloc(size);
			if (blocks[i])
				memset(blocks[i], i & 255, size);
		}
	for (int i = 0; i < BLOCKS; i++) {
		size_t size = (size_t)i * 37 + 1;
		int isIntact = blocks[i] != NULL;

		for (size_t k = 0; isIntact && k < size; k++)
			isIntact = blocks[i][k] == (i & 255);
		count += isIntact;
		free(blocks[i]);
	}
	return count;
}

static int isAligned(const void *block, size_t alignment)
{
	return block && (uintptr_t)block % alignment == 0;
}

/* An error's name: its text differs from one C library to the other. */
static const char *number(int error)
{
	return error == EINVAL ? "EINVAL" : error == ENOMEM ? "ENOMEM" : "another error";
}

int main(void)
{
	char *text, *zeros;
	void *block;
	volatile size_t everything = SIZE_MAX / 2;
	int clean = 1;

	printf("%d of %d blocks intact\n", intact(), BLOCKS);

	zeros = calloc(1000, 10);
	for (int i = 0; i < 10000; i++)
		clean &= zeros[i] == 0;
	printf("calloc clears: %s\n", clean ? "yes" : "no");
	free(zeros);

	text = strdup("grows");
	for (size_t size = 16; size <= 1 << 20; size *= 2)
		text = realloc(text, size);
	printf("a MiB later it still %s\n", text);
	free(text);

	for (size_t alignment = 8; alignment <= 65536; alignment *= 8) {
		int error = posix_memalign(&block, alignment, 100);

		printf("aligned to %zu: %s\n", alignment,
		       !error && isAligned(block, alignment) ? "yes" : "no");
		free(block);
	}
	block = malloc(100);
	printf("room for what was asked: %s\n", malloc_usable_size(block) >= 100 ? "yes" : "no");
	memset(block, 1, malloc_usable_size(block));
	block = reallocarray(block, 10, 30);
	printf("an array of it: %s\n", block && *(char *)block == 1 ? "yes" : "no");
	free(block);
	block = aligned_alloc(64, 128);
	printf("aligned_alloc: %s\n", isAligned(block, 64) ? "yes" : "no");
	free(block);
	printf("posix_memalign to 3: %s\n", number(posix_memalign(&block, 3, 1)));

	errno = 0;
	kept = malloc(everything);
	printf("malloc of everything: %s\n", kept ? "a block" : number(errno));
	errno = 0;
	kept = calloc(everything, 4);
	printf("calloc that overflows: %s\n", kept ? "a block" : number(errno));
	errno = 0;
	kept = reallocarray(NULL, everything, 4);
	printf("reallocarray that overflows: %s\n", kept ? "a block" : number(errno));
	text = malloc(10);
	block = realloc(text, everything);
	printf("realloc to everything: %s\n", block ? "a block" : "refused, the old one stays");
	free(text);
	return 0;
}
