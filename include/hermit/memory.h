/*
 * Memory: the application's heap, and mappings of whole pages.
 */
#ifndef HERMIT_MEMORY_H
#define HERMIT_MEMORY_H

#include "types.h"

/* What a mapping's memory may be used for. */
#define HERMIT_PROT_NONE  0
#define HERMIT_PROT_READ  1
#define HERMIT_PROT_WRITE 2
#define HERMIT_PROT_EXEC  4

HERMIT_BEGIN_DECLARATIONS

/*
 * sys_alloc, sys_malloc: a block of the application's heap. The two are the same.
 *
 * size       bytes; 0 counts as 1.
 * alignment  what the address is a multiple of: a power of two.
 *
 * Returns the block, whose contents are not defined and which is the
 * caller's until it gives it back with sys_dealloc or sys_free; or NULL and
 * errno:
 *
 *   HERMIT_EINVAL  alignment is not a power of two (0 is none).
 *   HERMIT_ENOMEM  there is no such block left; also where size is above
 *                  HERMIT_SSIZE_MAX, or alignment above 64 MiB.
 */
HERMIT_LEAF void *sys_alloc(size_t size, size_t alignment) HERMIT_FRESH HERMIT_ALLOCATES(1, 2);
HERMIT_LEAF void *sys_malloc(size_t size, size_t alignment) HERMIT_FRESH HERMIT_ALLOCATES(1, 2);

/*
 * sys_alloc_zeroed: as sys_alloc, and every byte of the block is 0.
 */
HERMIT_LEAF void *sys_alloc_zeroed(size_t size, size_t alignment) HERMIT_FRESH HERMIT_ALLOCATES(1, 2);

/*
 * sys_realloc: makes a block larger or smaller. It may move; as many bytes
 * as the old and the new block both have are kept.
 *
 * block      what sys_alloc and its kin returned; NULL means a new block.
 * size       bytes that were asked for. Not used: the heap knows.
 * alignment  as at sys_alloc.
 * new_size   bytes wanted; 0 counts as 1.
 *
 * Returns the new block; the old one is then gone. Or NULL, the old block
 * as it was, and errno:
 *
 *   HERMIT_EINVAL  alignment is not a power of two, or block is not a block
 *                  of this heap.
 *   HERMIT_ENOMEM  there is no such block left.
 */
void *sys_realloc(void *block, size_t size, size_t alignment, size_t new_size)
	HERMIT_ALLOCATES(4, 3);

/*
 * sys_dealloc, sys_free: gives a block back. The two are the same.
 *
 * block            what sys_alloc and its kin returned; NULL is none. Where no
 *                  block starts - outside of the heap, within a block, at one
 *                  that was given back - nothing happens, and errno is
 *                  HERMIT_EINVAL. An address that was given back and is now
 *                  another block's start is that block. A block that one task
 *                  has given back and another one gives back again is noticed
 *                  with the kernel's word heap=check only, which ends the
 *                  program with a report at every such call.
 * size, alignment  what was asked for. Not used: the heap knows.
 */
HERMIT_LEAF void sys_dealloc(void *block, size_t size, size_t alignment);
HERMIT_LEAF void sys_free(void *block, size_t size, size_t alignment);

/*
 * sys_usable_size: the bytes that a block has room for, at least as many as
 * were asked for; all of them may be used.
 *
 * block  as at sys_dealloc.
 *
 * Returns the bytes; 0, with errno HERMIT_EINVAL, where no block starts, and
 * 0 for NULL.
 */
size_t sys_usable_size(const void *block);

/*
 * sys_mmap: maps fresh pages, which read as zeros.
 *
 * size   bytes, rounded up to whole pages.
 * prot   HERMIT_PROT_*, or-ed; WRITE and EXEC exclude each other.
 * start  where the mapping's address goes.
 *
 * The mapping is the caller's until sys_munmap. Returns 0, or
 *
 *   -HERMIT_EINVAL  size is 0, or prot is not valid.
 *   -HERMIT_ENOMEM  not enough memory.
 *
 * Not available in this version.
 */
int sys_mmap(size_t size, uint32_t prot, void **start);

/*
 * sys_munmap: takes pages of mappings away; bytes that are not mapped are
 * passed over.
 *
 * start  a multiple of the page's size.
 * size   bytes, rounded up to whole pages.
 *
 * Returns 0, or
 *
 *   -HERMIT_EINVAL  start is not aligned, size is 0, or the range is not one
 *                   in which sys_mmap maps.
 *
 * Not available in this version.
 */
int sys_munmap(void *start, size_t size);

/*
 * sys_mprotect: changes what pages of mappings may be used for.
 *
 * start, size  as at sys_munmap.
 * prot         as at sys_mmap.
 *
 * Returns 0, or
 *
 *   -HERMIT_EINVAL  as at sys_mmap and sys_munmap.
 *   -HERMIT_ENOMEM  a page of the range is not mapped.
 *
 * Not available in this version.
 */
int sys_mprotect(void *start, size_t size, uint32_t prot);

/*
 * sys_mlock: makes sure that a range of memory is there, so that touching it
 * cannot fail or take long. Nothing is ever swapped out; sys_munlock,
 * sys_mlockall and sys_munlockall exist for programs that call them.
 *
 * Return 0, or
 *
 *   -HERMIT_EINVAL  flags is not valid.
 *   -HERMIT_ENOMEM  the range is not all mapped, or memory ran out.
 *
 * Not available in this version.
 */
int sys_mlock(const void *start, size_t size);
int sys_munlock(const void *start, size_t size);
int sys_mlockall(int flags);
int sys_munlockall(int flags);

/*
 * sys_getpagesize: the size of a page in bytes, 4096. Cannot fail.
 */
HERMIT_LEAF int sys_getpagesize(void);

/*
 * sys_image_start_addr: the address of the image's first byte; the loader
 * chooses another at every boot. Cannot fail.
 */
HERMIT_LEAF size_t sys_image_start_addr(void);

HERMIT_END_DECLARATIONS

#endif
