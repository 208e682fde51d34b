/*
 * Mappings of memory and of files (POSIX). hermit/memory.h and hermit/filemaps.h
 * say what the system's functions do; the numbers are their own.
 *
 * Of anonymous mappings MAP_SHARED and MAP_PRIVATE are the same, as no other
 * program runs.
 */
#ifndef _SYS_MMAN_H
#define _SYS_MMAN_H

#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PROT_NONE  0
#define PROT_READ  1
#define PROT_WRITE 2
#define PROT_EXEC  4

#define MAP_SHARED          0x1
#define MAP_PRIVATE         0x2
#define MAP_FIXED           0x10
#define MAP_ANONYMOUS       0x20
#define MAP_ANON            MAP_ANONYMOUS
#define MAP_NORESERVE       0x4000  /* memory is promised all the same */
#define MAP_POPULATE        0x8000
#define MAP_STACK           0x20000 /* means nothing */
#define MAP_FIXED_NOREPLACE 0x100000

#define MAP_FAILED ((void *)-1)

#define MS_ASYNC      1
#define MS_INVALIDATE 2
#define MS_SYNC       4

#define MCL_CURRENT 1
#define MCL_FUTURE  2

#define MADV_NORMAL      0
#define MADV_RANDOM      1
#define MADV_SEQUENTIAL  2
#define MADV_WILLNEED    3
#define MADV_DONTNEED    4
#define MADV_FREE        8
#define MADV_DONTFORK    10
#define MADV_DOFORK      11
#define MADV_MERGEABLE   12
#define MADV_UNMERGEABLE 13
#define MADV_HUGEPAGE    14
#define MADV_NOHUGEPAGE  15
#define MADV_DONTDUMP    16
#define MADV_DODUMP      17

/* Advice that changes nothing a program can see. */
#define POSIX_MADV_NORMAL     0
#define POSIX_MADV_RANDOM     1
#define POSIX_MADV_SEQUENTIAL 2
#define POSIX_MADV_WILLNEED   3
#define POSIX_MADV_DONTNEED   4

void *mmap(void *address, size_t size, int protection, int flags, int fd, off_t offset);
int munmap(void *start, size_t size);
int mprotect(void *start, size_t size, int protection);
int madvise(void *start, size_t size, int advice);
int posix_madvise(void *start, size_t size, int advice);
int msync(void *start, size_t size, int flags);
int mincore(void *start, size_t size, unsigned char *resident);
int mlock(const void *start, size_t size);
int munlock(const void *start, size_t size);
int mlockall(int flags);
int munlockall(void);

#ifdef __cplusplus
}
#endif

#endif
