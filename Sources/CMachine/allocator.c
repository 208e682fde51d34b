/*
 * The allocator's C names, for Swift's runtime inside the kernel; a C file,
 * because Swift reserves `free`. The packaging renames them: an application's
 * malloc and free are others.
 */
#include "CMachine.h"

#if !__STDC_HOSTED__
void *kernel_heap_allocate(int64_t size, int64_t alignment);
void kernel_heap_deallocate(void *block);

int posix_memalign(void **block, size_t alignment, size_t size)
{
	*block = kernel_heap_allocate((int64_t)size, (int64_t)alignment);
	return *block ? 0 : 12 /* ENOMEM */;
}

void free(void *block)
{
	if (block)
		kernel_heap_deallocate(block);
}
#endif
