/*
 * Files by their paths, beyond files.h: names that are changed, links, paths
 * from a directory that is open, times, and what is known of file systems.
 *
 * Files are in memory, in what is left of it, up to half of it. There are, before the
 * program makes any: /dev with null, zero, full, random, urandom, fd/, stdin,
 * stdout and stderr, /proc with version, meminfo, cpuinfo, uptime, mounts and
 * self/fd/, and /tmp. A program has all privileges: permissions are kept and
 * told, and only HERMIT_X_OK of sys_access asks for one.
 *
 * A path is HERMIT_PATH_MAX bytes at most, its zero among them, and its parts
 * may hold any bytes. One that does not begin with a slash starts from the
 * working directory; from the directory fd where there is an fd, unless that is
 * HERMIT_AT_FDCWD. All functions of paths may return the errors of PATHS in
 * files.h; those with an fd also
 *
 *   -HERMIT_EBADF    fd is not open, and the path does not begin with a slash.
 *   -HERMIT_ENOTDIR  fd is no directory, and the path does not begin with a slash.
 */
#ifndef HERMIT_PATHS_H
#define HERMIT_PATHS_H

#include "files.h"

/* How sys_open opens: a new file without a name, in the directory of that path. */
#define HERMIT_O_TMPFILE 020200000

/* Where sys_lseek counts from: the next data, the next hole behind offset. */
#define HERMIT_SEEK_DATA 3
#define HERMIT_SEEK_HOLE 4

/* Flags of functions with an fd. */
#define HERMIT_AT_REMOVEDIR      0x200
#define HERMIT_AT_SYMLINK_FOLLOW 0x400
#define HERMIT_AT_EMPTY_PATH     0x1000

/* How sys_renameat2 renames: not over another file; both names change files. */
#define HERMIT_RENAME_NOREPLACE 1
#define HERMIT_RENAME_EXCHANGE  2

/* In place of nanoseconds: the time is now, or stays. */
#define HERMIT_UTIME_NOW  0x3fffffff
#define HERMIT_UTIME_OMIT 0x3ffffffe

/* The most symbolic links in a path, and the most names of a file. */
#define HERMIT_SYMLOOP_MAX 40
#define HERMIT_LINK_MAX    65000

/* What is known of a file system. Sizes are in units of f_frsize bytes. */
struct hermit_statvfs {
	uint64_t f_bsize;
	uint64_t f_frsize;
	uint64_t f_blocks;
	uint64_t f_bfree;
	uint64_t f_bavail;
	uint64_t f_files;
	uint64_t f_ffree;
	uint64_t f_favail;
	uint64_t f_fsid;
	uint64_t f_flag;
	uint64_t f_namemax;
};
HERMIT_ASSERT(sizeof(struct hermit_statvfs) == 88, "hermit_statvfs");

/* A flag in f_flag: it can't be written to. */
#define HERMIT_ST_RDONLY 1

HERMIT_BEGIN_DECLARATIONS

/*
 * sys_openat: as sys_open, sys_mkdirat: as sys_mkdir.
 * sys_unlinkat: as sys_unlink; as sys_rmdir with HERMIT_AT_REMOVEDIR in flags.
 */
int sys_openat(int fd, const char *path, int flags, hermit_mode_t mode);
int sys_mkdirat(int fd, const char *path, hermit_mode_t mode);
int sys_unlinkat(int fd, const char *path, int flags);

/*
 * sys_mknodat: makes a file, or the name of a FIFO, socket or device.
 *
 * mode  HERMIT_S_IF* and permissions, less sys_umask's.
 *
 * Returns 0, or
 *
 *   -HERMIT_EEXIST  it exists.
 *   -HERMIT_ENOSPC  no space.
 *   -HERMIT_EPERM   mode is a directory's.
 */
int sys_mknodat(int fd, const char *path, hermit_mode_t mode, uint64_t device);

/*
 * sys_rename: gives a file another name; a file of that name is replaced in
 * one step. sys_renameat2: the same from directories.
 *
 * flags  0 or one of HERMIT_RENAME_*.
 *
 * Return 0, or
 *
 *   -HERMIT_EBUSY      a path ends with . or .., or something is mounted there.
 *   -HERMIT_EEXIST     there is a file of that name (HERMIT_RENAME_NOREPLACE).
 *   -HERMIT_EINVAL     a directory would be in itself; flags are not valid.
 *   -HERMIT_EISDIR     new_path is a directory, and old_path is none.
 *   -HERMIT_ENOSPC     no space.
 *   -HERMIT_ENOTDIR    old_path is a directory, and new_path is none.
 *   -HERMIT_ENOTEMPTY  new_path is a directory that is not empty.
 *   -HERMIT_EXDEV      they are on two file systems.
 */
int sys_rename(const char *old_path, const char *new_path);
int sys_renameat2(int old_fd, const char *old_path, int new_fd, const char *new_path, uint32_t flags);

/*
 * sys_link: gives a file one more name. sys_linkat: the same from directories.
 *
 * flags  HERMIT_AT_SYMLINK_FOLLOW: of a symbolic link's target;
 *        HERMIT_AT_EMPTY_PATH: old_path may be empty, for the file old_fd.
 *
 * Return 0, or
 *
 *   -HERMIT_EEXIST  new_path exists.
 *   -HERMIT_EMLINK  it has HERMIT_LINK_MAX names.
 *   -HERMIT_ENOSPC  no space.
 *   -HERMIT_EPERM   it is a directory.
 *   -HERMIT_EXDEV   they are on two file systems.
 */
int sys_link(const char *old_path, const char *new_path);
int sys_linkat(int old_fd, const char *old_path, int new_fd, const char *new_path, int flags);

/*
 * sys_symlink: makes a symbolic link. sys_symlinkat: the same from a directory.
 *
 * target  what the link holds: any path, which need not lead anywhere.
 *
 * Return 0, or
 *
 *   -HERMIT_EEXIST  path exists.
 *   -HERMIT_ENOSPC  no space.
 */
int sys_symlink(const char *target, const char *path);
int sys_symlinkat(const char *target, int fd, const char *path);

/*
 * sys_readlink: what a symbolic link holds, without a zero; what does not fit
 * is left out. sys_readlinkat: the same from a directory.
 *
 * Return the number of bytes, or
 *
 *   -HERMIT_EINVAL  it is no symbolic link, or length is 0.
 */
hermit_ssize_t sys_readlink(const char *path, char *buffer, size_t length);
hermit_ssize_t sys_readlinkat(int fd, const char *path, char *buffer, size_t length);

/*
 * sys_fstatat: as sys_stat.
 *
 * flags  HERMIT_AT_SYMLINK_NOFOLLOW: as sys_lstat; HERMIT_AT_EMPTY_PATH: path
 *        may be empty, for what fd stands for.
 */
int sys_fstatat(int fd, const char *path, struct hermit_stat *status, int flags);

/*
 * sys_chmod: changes a file's permissions. sys_fchmodat: the same from a directory.
 *
 * flags  0, or HERMIT_AT_SYMLINK_NOFOLLOW.
 *
 * Return 0, or
 *
 *   -HERMIT_EOPNOTSUPP  it is a symbolic link, and not followed.
 */
int sys_chmod(const char *path, hermit_mode_t mode);
int sys_fchmodat(int fd, const char *path, hermit_mode_t mode, int flags);

/*
 * sys_fchownat: changes a file's owner and group; (uint32_t)-1 stays.
 * sys_fchown: the same of an open file.
 *
 * flags  HERMIT_AT_SYMLINK_NOFOLLOW: of a symbolic link itself;
 *        HERMIT_AT_EMPTY_PATH: path may be empty, for the file fd.
 *
 * Return 0, or
 *
 *   -HERMIT_EINVAL  flags are not valid; fd is no file.
 */
int sys_fchownat(int fd, const char *path, uint32_t user, uint32_t group, int flags);
int sys_fchown(int fd, uint32_t user, uint32_t group);

/*
 * sys_utimensat: changes the times of a file's last access and modification.
 *
 * path   NULL: what fd stands for.
 * times  access and modification; nanoseconds may be HERMIT_UTIME_*. NULL: now.
 *        A time that does not fit into 64 bits of nanoseconds since 1970 becomes
 *        the nearest one that does.
 * flags  0, or HERMIT_AT_SYMLINK_NOFOLLOW.
 *
 * Returns 0, or
 *
 *   -HERMIT_EINVAL  nanoseconds are not valid.
 */
int sys_utimensat(int fd, const char *path, const struct hermit_timespec *times, int flags);

/*
 * sys_statvfs: what is known of a path's file system. sys_fstatvfs: of fd's.
 *
 * Return 0, or
 *
 *   -HERMIT_EBADF   fd is not open.
 *   -HERMIT_ENOSYS  fd is no file.
 */
int sys_statvfs(const char *path, struct hermit_statvfs *status);
int sys_fstatvfs(int fd, struct hermit_statvfs *status);

/*
 * sys_fsync, sys_fdatasync: wait until what was written is stored. Files in
 * memory are stored at once, and live as long as the machine.
 *
 * Return 0, or
 *
 *   -HERMIT_EBADF   fd is not open.
 *   -HERMIT_EINVAL  fd is no file.
 */
int sys_fsync(int fd);
int sys_fdatasync(int fd);

/*
 * sys_sync, sys_syncfs: the same for all files, and for those of the file
 * system that fd is on. Return 0, or
 *
 *   -HERMIT_EBADF  fd is not open.
 */
int sys_sync(void);
int sys_syncfs(int fd);

/*
 * sys_fallocate: takes the space of size bytes from offset on, and makes the
 * file at least so long.
 *
 * flags  0.
 *
 * Returns 0, or
 *
 *   -HERMIT_EBADF       fd is not open for writing.
 *   -HERMIT_EFBIG       the file would be too large.
 *   -HERMIT_EINVAL      offset is negative, or size is not above 0.
 *   -HERMIT_ENODEV      fd is no regular file.
 *   -HERMIT_ENOSPC      no space; what was taken of it stays.
 *   -HERMIT_EOPNOTSUPP  flags.
 *   -HERMIT_ESPIPE      fd is no file.
 */
int sys_fallocate(int fd, int flags, int64_t offset, int64_t size);

HERMIT_END_DECLARATIONS

#endif
