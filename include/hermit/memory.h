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

/* How sys_mmap_at takes its address. */
#define HERMIT_MAP_FIXED           0x10     /* there, in place of what is there */
#define HERMIT_MAP_POPULATE        0x8000   /* pages are filled at once */
#define HERMIT_MAP_FIXED_NOREPLACE 0x100000 /* there, and nothing is there yet */

/*
 * What a program says of its use of memory. DONTNEED and FREE give back what
 * pages hold; the others are taken note of and change nothing.
 */
#define HERMIT_MADV_NORMAL      0
#define HERMIT_MADV_RANDOM      1
#define HERMIT_MADV_SEQUENTIAL  2
#define HERMIT_MADV_WILLNEED    3
#define HERMIT_MADV_DONTNEED    4
#define HERMIT_MADV_FREE        8
#define HERMIT_MADV_DONTFORK    10
#define HERMIT_MADV_DOFORK      11
#define HERMIT_MADV_MERGEABLE   12
#define HERMIT_MADV_UNMERGEABLE 13
#define HERMIT_MADV_HUGEPAGE    14
#define HERMIT_MADV_NOHUGEPAGE  15
#define HERMIT_MADV_DONTDUMP    16
#define HERMIT_MADV_DODUMP      17

/* How sys_msync writes. */
#define HERMIT_MS_ASYNC      1
#define HERMIT_MS_INVALIDATE 2
#define HERMIT_MS_SYNC       4

/* What sys_mlockall is about: what is mapped, what will be. */
#define HERMIT_MCL_CURRENT 1
#define HERMIT_MCL_FUTURE  2

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
 * MAPPINGS
 *
 * A mapping is a range of whole pages with one protection. They lie in a part
 * of the address space of their own, 64 TiB, apart from the image, the heap
 * and the stacks. A page gets its memory, filled with zeros, when it is first
 * touched; but the memory is promised when the mapping is made, so that it
 * runs out there and not at the touch. Mappings with HERMIT_PROT_NONE are
 * promised nothing, and cost next to nothing whatever their size; memory is
 * promised to them when they get another protection.
 *
 * Touching what is not mapped, or may not be accessed so, ends the program
 * with a report. Functions that are given such memory return -HERMIT_EFAULT.
 * What may be written or run may also be read. No memory can be written and
 * run at the same time: a program that makes code writes it, and then gives it
 * READ and EXEC with sys_mprotect.
 *
 * A page on both sides of a mapping whose address the kernel chose stays
 * unmapped, unless the program maps something there.
 */

/*
 * sys_mmap: maps fresh pages, which read as zeros, where there is room.
 *
 * size   bytes, rounded up to whole pages.
 * prot   HERMIT_PROT_*, or-ed; WRITE and EXEC exclude each other.
 * start  where the mapping's address goes.
 *
 * The mapping is the caller's until sys_munmap. Returns 0, or, with nothing
 * mapped,
 *
 *   -HERMIT_EINVAL   size is 0, or prot has other bits.
 *   -HERMIT_ENOTSUP  prot has WRITE and EXEC.
 *   -HERMIT_ENOMEM   not enough memory, or no addresses left.
 */
int sys_mmap(size_t size, uint32_t prot, void **start);

/*
 * sys_mmap_at: the same at an address.
 *
 * address  where the mapping is to be. Without FIXED and FIXED_NOREPLACE a
 *          wish, rounded down to a page: where the range is not free, or not
 *          in the part for mappings, the kernel chooses; so it does for NULL.
 * size, prot, start
 *          as at sys_mmap.
 * flags    HERMIT_MAP_*, or-ed. With both of the FIXED ones, FIXED_NOREPLACE
 *          holds.
 *
 * Returns 0, or as sys_mmap and
 *
 *   -HERMIT_EINVAL  flags has other bits, or address is to be fixed and not a
 *                   multiple of the page's size.
 *   -HERMIT_EEXIST  with FIXED_NOREPLACE, a page of the range is mapped.
 *   -HERMIT_ENOMEM  a fixed range is not in the part for mappings.
 *
 * What was in the range is as it was then; but where start cannot be written
 * (-HERMIT_EFAULT) and address is fixed, the range may not be mapped any more.
 */
int sys_mmap_at(void *address, size_t size, uint32_t prot, uint32_t flags, void **start);

/*
 * sys_munmap: takes pages of mappings away; pages that are not mapped are
 * passed over.
 *
 * start  a multiple of the page's size.
 * size   bytes, rounded up to whole pages.
 *
 * Returns 0, or, with nothing changed,
 *
 *   -HERMIT_EINVAL  start is not aligned, size is 0, or the range is not in
 *                   the part for mappings.
 *   -HERMIT_ENOMEM  a mapping is cut in two, and memory that is used up has no
 *                   room to note that.
 */
int sys_munmap(void *start, size_t size);

/*
 * sys_mprotect: changes what pages of mappings may be used for. They keep
 * what they hold, with HERMIT_PROT_NONE too.
 *
 * start  a multiple of the page's size.
 * size   bytes, rounded up to whole pages; 0 changes nothing.
 * prot   as at sys_mmap.
 *
 * Returns 0, or, with nothing changed,
 *
 *   -HERMIT_EINVAL   start is not aligned, or prot has other bits.
 *   -HERMIT_ENOTSUP  prot has WRITE and EXEC.
 *   -HERMIT_ENOMEM   a page of the range is no mapping's (the image, the heap
 *                    and the stacks are none), or there is not enough memory
 *                    for pages that may be accessed from now on.
 */
int sys_mprotect(void *start, size_t size, uint32_t prot);

/*
 * sys_madvise: tells how memory is used. After HERMIT_MADV_DONTNEED and FREE
 * the pages read as zeros; their memory is free for others until they are
 * touched again, but stays promised.
 *
 * start, size  as at sys_mprotect.
 * advice       HERMIT_MADV_*.
 *
 * Returns 0, or
 *
 *   -HERMIT_EINVAL  start is not aligned, or there is no such advice.
 *   -HERMIT_ENOMEM  a page of the range is not mapped; for DONTNEED and FREE,
 *                   is no mapping's. Nothing is changed.
 */
int sys_madvise(void *start, size_t size, int advice);

/*
 * sys_msync: makes sure that the file behind a mapping has what is in memory.
 * A shared mapping is the file itself: the arguments are checked.
 *
 * start, size  as at sys_mprotect; memory of any kind.
 * flags        HERMIT_MS_*, or-ed; SYNC and ASYNC exclude each other.
 *
 * Returns 0, or
 *
 *   -HERMIT_EINVAL  start is not aligned, or flags is not valid.
 *   -HERMIT_ENOMEM  a page of the range is not mapped.
 */
int sys_msync(void *start, size_t size, int flags);

/*
 * sys_mincore: tells which pages have memory.
 *
 * start, size  as at sys_mprotect; memory of any kind.
 * resident     a byte for each page of the range: 1 where it has memory, 0
 *              where it gets some when it is touched, or may not be touched.
 *
 * Returns 0, or
 *
 *   -HERMIT_EINVAL  start is not aligned.
 *   -HERMIT_ENOMEM  a page of the range is not mapped.
 */
int sys_mincore(void *start, size_t size, uint8_t *resident);

/*
 * sys_mlock: makes sure that a range of memory of any kind is there, so that
 * touching it takes no longer than it must. Nothing is ever swapped out, and
 * sys_munlock only checks its arguments.
 *
 * start  any address; the pages that the bytes lie in are meant.
 * size   bytes; 0 does nothing.
 *
 * Return 0, or
 *
 *   -HERMIT_ENOMEM  a page of the range is not mapped, or, for sys_mlock, may
 *                   not be accessed.
 */
int sys_mlock(const void *start, size_t size);
int sys_munlock(const void *start, size_t size);

/*
 * sys_mlockall: the same for all memory: with HERMIT_MCL_CURRENT for the
 * mappings and the heap's blocks that there are; with HERMIT_MCL_FUTURE for
 * mappings when they are made or get another protection. Stacks grow as they
 * are used all the same. sys_munlockall ends that; its argument is not used.
 *
 * flags  HERMIT_MCL_*, or-ed.
 *
 * Returns 0, or
 *
 *   -HERMIT_EINVAL  flags is 0, or has other bits.
 */
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
