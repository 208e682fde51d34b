/*
 * The C functions that Swift's runtime asks for inside the kernel; a C file,
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

/* Seeds of the kernel's own hash tables. */
void arc4random_buf(void *buffer, size_t size)
{
	int has_generator = machine_cpuid(1, 0).ecx >> 30 & 1;
	uint8_t *bytes = buffer;
	uint64_t word = 0;

	for (size_t i = 0; i < size; i++) {
		if (i % 8 == 0 && !(has_generator && machine_random(&word)))
			word = machine_read_tsc() * 0x9e3779b97f4a7c15;
		bytes[i] = (uint8_t)(word >> i % 8 * 8);
	}
}
#endif
