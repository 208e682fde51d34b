/*
 * The public names that resize a block. They are apart from heap.c, because a
 * program that refers to one has sys_realloc (heap.c), and others have not.
 * Weak as those there.
 */
#include <stdlib.h>

#include "shim.h"

/* Brings sys_realloc into the image; _realloc_r finds it there. */
static inline void bringAlong(void)
{
	__asm__ volatile(".reloc ., R_X86_64_NONE, sys_realloc");
}

WEAK void *realloc(void *block, size_t size)
{
	bringAlong();
	return _realloc_r(_REENT, block, size);
}

WEAK void *reallocarray(void *block, size_t count, size_t size)
{
	size_t bytes;

	bringAlong();
	if (__builtin_mul_overflow(count, size, &bytes))
		return __hermit_no_memory();
	return _realloc_r(_REENT, block, bytes);
}
