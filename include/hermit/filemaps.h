/*
 * Files in memory.
 *
 * A shared page of a file is the file's own: what is written there is read from
 * the file at once, and the other way round. A private page is the file's until
 * it is written to, and from then on the mapping's own. The mapping keeps the
 * file when fd is closed and when its last name goes.
 *
 * Touching a page behind the file's end, which may come nearer later, or one that
 * there is no space for is a fault (faults.h) with HERMIT_FAULT_BEYOND_FILE, which
 * C's programs see as SIGBUS; functions that are given such memory return
 * -HERMIT_EFAULT. What is written behind the end in the last page is not in the
 * file, whatever becomes of its length.
 *
 * Files and memory (sys_mmap) are mapped side by side, and take each other's place
 * with HERMIT_MAP_FIXED. The functions of memory.h are for both, also for ranges
 * that have something of both. sys_mprotect may also return
 *
 *   -HERMIT_EACCES  a mapping is shared, and fd was not open for writing.
 *
 * and where memory is exhausted, it may have changed the memory in a range that has
 * both. sys_madvise may also return
 *
 *   -HERMIT_EINVAL  for HERMIT_MADV_FREE, a page is a file's.
 */
#ifndef HERMIT_FILEMAPS_H
#define HERMIT_FILEMAPS_H

#include "faults.h"
#include "files.h"
#include "memory.h"

/* How sys_mmap_file maps: one of the two, or-ed with HERMIT_MAP_* of memory.h. */
#define HERMIT_MAP_SHARED  1
#define HERMIT_MAP_PRIVATE 2

/* In a page fault's error: the file has no such page, or there is no space for it. */
#define HERMIT_FAULT_BEYOND_FILE 0x80000000u

HERMIT_BEGIN_DECLARATIONS

/*
 * sys_mmap_file: maps a regular file in memory.
 *
 * offset  where in the file, a multiple of the page's size.
 * size    bytes, rounded up to whole pages.
 * prot    as at sys_mmap.
 * flags   HERMIT_MAP_SHARED or HERMIT_MAP_PRIVATE, or-ed with others.
 * start   where the mapping's address goes; with HERMIT_MAP_FIXED or
 *         HERMIT_MAP_FIXED_NOREPLACE also where it is to be.
 *
 * Returns 0, or as sys_mmap_at, or
 *
 *   -HERMIT_EACCES     fd is not open for reading, or the mapping is shared and
 *                      to be written to, and fd is not open for writing.
 *   -HERMIT_EBADF      fd is not open.
 *   -HERMIT_EINVAL     size is 0; offset is not a multiple of the page's size;
 *                      flags.
 *   -HERMIT_ENODEV     fd is no regular file in memory.
 *   -HERMIT_EOVERFLOW  offset is negative, or with size too large for a file.
 */
int sys_mmap_file(int fd, int64_t offset, size_t size, uint32_t prot, uint32_t flags, void **start);

HERMIT_END_DECLARATIONS

#endif
