/* Functions of memory that other systems have beside malloc. */
#define _GNU_SOURCE

#include <malloc.h>
#include <stdlib.h>

#include "shim.h"

WEAK void *valloc(size_t size)
{
	return memalign((size_t)sys_getpagesize(), size);
}

WEAK void *pvalloc(size_t size)
{
	size_t page = (size_t)sys_getpagesize();

	if (size > SIZE_MAX - page)
		return __hermit_no_memory();
	return memalign(page, (size + page - 1) / page * page);
}

/* 0: nothing was given back; what is free is the machine's already. */
WEAK int malloc_trim(size_t padding)
{
	(void)padding;
	return 0;
}

/* 0: there is no such choice. */
WEAK int mallopt(int parameter, int value)
{
	(void)parameter, (void)value;
	return 0;
}
