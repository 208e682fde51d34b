/*
 * malloc and its kin, from the application's heap. All of the C library's
 * memory comes from the functions at the top; what is below them is names and
 * checks.
 *
 * The names of ISO C and POSIX are weak, so that a program may bring an
 * allocator of its own; newlib itself allocates through the functions with a
 * reent.
 */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "shim.h"

/*
 * newlib's output refers to _realloc_r for streams in memory, which few
 * programs have. So a block is resized where it is in programs alone that refer
 * to realloc by its public name (realloc.c); in others it is copied.
 */
extern __typeof(sys_realloc) sys_realloc WEAK;

/* What every object may need: max_align_t's. */
enum { ALIGNMENT = 16 };

static inline void *take(size_t size, size_t alignment)
{
	return sys_alloc(size, alignment);
}

static inline void *takeZeroed(size_t size)
{
	return sys_alloc_zeroed(size, ALIGNMENT);
}

static void *copy(void *block, size_t size)
{
	size_t old = sys_usable_size(block);
	void *fresh = take(size, ALIGNMENT);

	if (!fresh)
		return NULL;
	memcpy(fresh, block, old < size ? old : size);
	sys_dealloc(block, 0, ALIGNMENT);
	return fresh;
}

static inline void *resize(void *block, size_t size)
{
	/* A new block is the shorter way. */
	if (!block)
		return take(size, ALIGNMENT);
	if (sys_realloc)
		return sys_realloc(block, 0, ALIGNMENT, size);
	return copy(block, size);
}

static inline void give(void *block)
{
	sys_dealloc(block, 0, ALIGNMENT);
}

static inline size_t room(void *block)
{
	return sys_usable_size(block);
}

/* Passes a block on; errno where there is none. */
static inline void *found(struct _reent *reent, void *block)
{
	if (__builtin_expect(!block, 0))
		reent->_errno = ENOMEM;
	return block;
}

static inline int isPowerOfTwo(size_t number)
{
	return number && !(number & (number - 1));
}

void *_malloc_r(struct _reent *reent, size_t size)
{
	return found(reent, take(size, ALIGNMENT));
}

void _free_r(struct _reent *reent, void *block)
{
	(void)reent;
	give(block);
}

void *_calloc_r(struct _reent *reent, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes))
		return found(reent, NULL);
	return found(reent, takeZeroed(bytes));
}

/* Size 0 frees, as most C libraries have it. */
void *_realloc_r(struct _reent *reent, void *block, size_t size)
{
	if (!size && block) {
		give(block);
		return NULL;
	}
	return found(reent, resize(block, size));
}

void *_memalign_r(struct _reent *reent, size_t alignment, size_t size)
{
	if (!isPowerOfTwo(alignment)) {
		reent->_errno = EINVAL;
		return NULL;
	}
	return found(reent, take(size, alignment < ALIGNMENT ? ALIGNMENT : alignment));
}

size_t _malloc_usable_size_r(struct _reent *reent, void *block)
{
	(void)reent;
	return block ? room(block) : 0;
}

/*
 * malloc and free do not go through the reent: finding it is a call, which
 * only a failure needs.
 */
WEAK void *malloc(size_t size)
{
	void *block = take(size, ALIGNMENT);

	return __builtin_expect(!block, 0) ? __hermit_no_memory() : block;
}

WEAK void free(void *block)
{
	give(block);
}

WEAK void *calloc(size_t count, size_t size)
{
	return _calloc_r(_REENT, count, size);
}

WEAK void *memalign(size_t alignment, size_t size)
{
	return _memalign_r(_REENT, alignment, size);
}

WEAK void *aligned_alloc(size_t alignment, size_t size)
{
	return _memalign_r(_REENT, alignment, size);
}

WEAK int posix_memalign(void **block, size_t alignment, size_t size)
{
	void *fresh;

	if (!isPowerOfTwo(alignment) || alignment % sizeof(void *))
		return EINVAL;
	fresh = take(size, alignment < ALIGNMENT ? ALIGNMENT : alignment);
	if (!fresh)
		return ENOMEM;
	*block = fresh;
	return 0;
}

WEAK size_t malloc_usable_size(void *block)
{
	return _malloc_usable_size_r(_REENT, block);
}
