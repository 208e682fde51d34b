/*
 * Copies from one descriptor to another that the program does not see, and
 * reading and writing with flags.
 */
#ifndef HERMIT_COPIES_H
#define HERMIT_COPIES_H

#include "descriptors.h"

/* How sys_preadv2 and sys_pwritev2 move: the first three change nothing here. */
#define HERMIT_RWF_HIPRI  0x01
#define HERMIT_RWF_DSYNC  0x02
#define HERMIT_RWF_SYNC   0x04
#define HERMIT_RWF_NOWAIT 0x08
#define HERMIT_RWF_APPEND 0x10

HERMIT_BEGIN_DECLARATIONS

/*
 * sys_preadv2, sys_pwritev2: as sys_preadv and sys_pwritev with flags.
 *
 * offset  -1: as sys_readv and sys_writev, from where fd is.
 * flags   HERMIT_RWF_*, or-ed. HERMIT_RWF_NOWAIT: -HERMIT_EAGAIN in place of
 *         waiting; HERMIT_RWF_APPEND, of sys_pwritev2: at the file's end.
 *
 * Return the number of bytes, or what sys_preadv and its kin do, or
 *
 *   -HERMIT_EOPNOTSUPP  flags are not known, or not for this function.
 */
hermit_ssize_t sys_preadv2(int fd, const struct hermit_iovec *parts, size_t count, int64_t offset, int flags);
hermit_ssize_t sys_pwritev2(int fd, const struct hermit_iovec *parts, size_t count, int64_t offset, int flags);

/*
 * sys_sendfile: copies from a file to any descriptor. At most 0x7ffff000 bytes
 * are copied by a call.
 *
 * offset  where it reads; where it has read to, afterwards. NULL: where from is,
 *         which goes on.
 *
 * Returns the number of bytes, 0 at the file's end, or what sys_pread and
 * sys_write do, or
 *
 *   -HERMIT_EBADF   from is not open for reading, or to for writing.
 *   -HERMIT_EINVAL  from is no regular file, *offset is negative, or to appends.
 *   -HERMIT_ESPIPE  from has no position, and offset is not NULL.
 */
hermit_ssize_t sys_sendfile(int to, int from, int64_t *offset, size_t length);

/*
 * sys_copy_file_range: copies from a file to a file.
 *
 * from_offset, to_offset  as offset of sys_sendfile.
 * flags                   0.
 *
 * Returns the number of bytes, 0 at the file's end, or what sys_pread and
 * sys_pwrite do, or
 *
 *   -HERMIT_EBADF   from is not open for reading, or to for writing, or to appends.
 *   -HERMIT_EINVAL  one is no regular file; an offset is negative; both are one
 *                   file, and the ranges overlap; flags.
 *   -HERMIT_EISDIR  one is a directory.
 */
hermit_ssize_t sys_copy_file_range(int from, int64_t *from_offset, int to, int64_t *to_offset,
				   size_t length, uint32_t flags);

HERMIT_END_DECLARATIONS

#endif
