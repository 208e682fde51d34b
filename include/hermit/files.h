/*
 * Descriptors and files.
 *
 * A descriptor is a small number that stands for an open file, a socket or
 * another stream. A program starts with three:
 *
 *   0  standard input, for reading
 *   1  standard output, for writing
 *   2  standard error, for writing
 *
 * A function of a descriptor gives -HERMIT_EBADF for a number that is none, and
 * for one that was closed. What makes others, and waits for several of them,
 * is in descriptors.h; paths.h has more of files.
 */
#ifndef HERMIT_FILES_H
#define HERMIT_FILES_H

#include "types.h"

#define HERMIT_STDIN_FILENO  0
#define HERMIT_STDOUT_FILENO 1
#define HERMIT_STDERR_FILENO 2

/* How sys_open opens: one of the first three, or-ed with any of the others. */
#define HERMIT_O_RDONLY    0
#define HERMIT_O_WRONLY    01
#define HERMIT_O_RDWR      02
#define HERMIT_O_ACCMODE   03
#define HERMIT_O_CREAT     0100
#define HERMIT_O_EXCL      0200
#define HERMIT_O_NOCTTY    0400
#define HERMIT_O_TRUNC     01000
#define HERMIT_O_APPEND    02000
#define HERMIT_O_NONBLOCK  04000
#define HERMIT_O_DSYNC     010000 /* what a write has written lasts when it returns */
#define HERMIT_O_DIRECTORY 0200000
#define HERMIT_O_NOFOLLOW  0400000
#define HERMIT_O_CLOEXEC   02000000
#define HERMIT_O_SYNC      04010000 /* the same, and all that is known of the file */

/* Where sys_lseek counts from. */
#define HERMIT_SEEK_SET 0
#define HERMIT_SEEK_CUR 1
#define HERMIT_SEEK_END 2

/* What sys_access asks for. */
#define HERMIT_F_OK 0
#define HERMIT_X_OK 1
#define HERMIT_W_OK 2
#define HERMIT_R_OK 4

/* sys_faccessat: relative to the working directory; flags. */
#define HERMIT_AT_FDCWD            (-100)
#define HERMIT_AT_SYMLINK_NOFOLLOW 0x100
#define HERMIT_AT_EACCESS          0x200

/* A file's type and permissions, in hermit_mode_t. */
#define HERMIT_S_IFMT   0170000
#define HERMIT_S_IFSOCK 0140000
#define HERMIT_S_IFLNK  0120000
#define HERMIT_S_IFREG  0100000
#define HERMIT_S_IFBLK  0060000
#define HERMIT_S_IFDIR  0040000
#define HERMIT_S_IFCHR  0020000
#define HERMIT_S_IFIFO  0010000
#define HERMIT_S_ISUID  04000
#define HERMIT_S_ISGID  02000
#define HERMIT_S_ISVTX  01000
#define HERMIT_S_IRWXU  0700
#define HERMIT_S_IRUSR  0400
#define HERMIT_S_IWUSR  0200
#define HERMIT_S_IXUSR  0100
#define HERMIT_S_IRWXG  0070
#define HERMIT_S_IRGRP  0040
#define HERMIT_S_IWGRP  0020
#define HERMIT_S_IXGRP  0010
#define HERMIT_S_IRWXO  0007
#define HERMIT_S_IROTH  0004
#define HERMIT_S_IWOTH  0002
#define HERMIT_S_IXOTH  0001

/* What an entry of a directory is. */
#define HERMIT_DT_UNKNOWN 0
#define HERMIT_DT_FIFO    1
#define HERMIT_DT_CHR     2
#define HERMIT_DT_DIR     4
#define HERMIT_DT_BLK     6
#define HERMIT_DT_REG     8
#define HERMIT_DT_LNK     10
#define HERMIT_DT_SOCK    12

/* Requests of sys_fcntl, and the descriptor's flag. */
#define HERMIT_F_DUPFD    0
#define HERMIT_F_GETFD    1
#define HERMIT_F_SETFD    2
#define HERMIT_F_GETFL    3
#define HERMIT_F_SETFL    4
#define HERMIT_FD_CLOEXEC 1

/* Request of sys_ioctl: an int says whether the descriptor is non-blocking. */
#define HERMIT_FIONBIO 0x8008667e

/* What sys_poll waits for and finds. */
#define HERMIT_POLLIN     0x0001
#define HERMIT_POLLPRI    0x0002
#define HERMIT_POLLOUT    0x0004
#define HERMIT_POLLERR    0x0008
#define HERMIT_POLLHUP    0x0010
#define HERMIT_POLLNVAL   0x0020
#define HERMIT_POLLRDNORM 0x0040
#define HERMIT_POLLRDBAND 0x0080
#define HERMIT_POLLWRNORM 0x0100
#define HERMIT_POLLWRBAND 0x0200
#define HERMIT_POLLRDHUP  0x2000

/* Flags of sys_eventfd. */
#define HERMIT_EFD_SEMAPHORE 1
#define HERMIT_EFD_NONBLOCK  04000
#define HERMIT_EFD_CLOEXEC   040000

/* The most parts that sys_readv and sys_writev take. */
#define HERMIT_IOV_MAX 1024

/* The longest path and the longest name in it, in bytes, the end's zero among them. */
#define HERMIT_PATH_MAX 4096
#define HERMIT_NAME_MAX 255

/* One part of a buffer in parts. */
struct hermit_iovec {
	void *iov_base;
	size_t iov_len;
};
HERMIT_ASSERT(sizeof(struct hermit_iovec) == 16, "hermit_iovec");
HERMIT_ASSERT(offsetof(struct hermit_iovec, iov_len) == 8, "hermit_iovec");

/* What is known of a file. st_size is in bytes, st_blocks in 512 bytes. */
struct hermit_stat {
	uint64_t st_dev;
	uint64_t st_ino;
	uint64_t st_nlink;
	hermit_mode_t st_mode;
	uint32_t st_uid;
	uint32_t st_gid;
	uint64_t st_rdev;
	int64_t st_size;
	int64_t st_blksize;
	int64_t st_blocks;
	struct hermit_timespec st_atim;
	struct hermit_timespec st_mtim;
	struct hermit_timespec st_ctim;
};
HERMIT_ASSERT(sizeof(struct hermit_stat) == 120, "hermit_stat");
HERMIT_ASSERT(offsetof(struct hermit_stat, st_mode) == 24, "hermit_stat");
HERMIT_ASSERT(offsetof(struct hermit_stat, st_rdev) == 40, "hermit_stat");
HERMIT_ASSERT(offsetof(struct hermit_stat, st_blocks) == 64, "hermit_stat");
HERMIT_ASSERT(offsetof(struct hermit_stat, st_atim) == 72, "hermit_stat");
HERMIT_ASSERT(offsetof(struct hermit_stat, st_ctim) == 104, "hermit_stat");

/* An entry of a directory; the next one is d_reclen bytes further on. */
struct hermit_dirent64 {
	uint64_t d_ino;
	int64_t d_off;
	uint16_t d_reclen;
	uint8_t d_type;
	char d_name[HERMIT_FLEXIBLE];
};
HERMIT_ASSERT(offsetof(struct hermit_dirent64, d_reclen) == 16, "hermit_dirent64");
HERMIT_ASSERT(offsetof(struct hermit_dirent64, d_type) == 18, "hermit_dirent64");
HERMIT_ASSERT(offsetof(struct hermit_dirent64, d_name) == 19, "hermit_dirent64");

/* One descriptor for sys_poll: what is asked for, what is found. */
struct hermit_pollfd {
	int32_t fd;
	int16_t events;
	int16_t revents;
};
HERMIT_ASSERT(sizeof(struct hermit_pollfd) == 8, "hermit_pollfd");
HERMIT_ASSERT(offsetof(struct hermit_pollfd, revents) == 6, "hermit_pollfd");

HERMIT_BEGIN_DECLARATIONS

/*
 * sys_read: reads what is there, at most length bytes. Blocks until there
 * is something, or the end.
 *
 * length  at most HERMIT_SSIZE_MAX. 0 reads nothing, and buffer may then be
 *         anything.
 *
 * Returns the number of bytes, which may be less than length; 0 is the end.
 * Or
 *
 *   -HERMIT_EAGAIN  there is nothing now, and fd is non-blocking.
 *   -HERMIT_EBADF   fd is not open for reading.
 *   -HERMIT_EFAULT  the first byte can't be stored; it can be read again.
 *   -HERMIT_EINTR   a signal came before the first byte (tasks.h).
 *                   Where only a later one can't, the result is how many could.
 *   -HERMIT_EINVAL  length is too large.
 */
hermit_ssize_t sys_read(int fd, void *buffer, size_t length);

/*
 * sys_write: writes. Blocks until the bytes are on their way.
 *
 * length  at most HERMIT_SSIZE_MAX. 0 writes nothing, and buffer may then be
 *         anything.
 *
 * Returns the number of bytes written, which may be less than length. Or
 *
 *   -HERMIT_EAGAIN  there is no room now, and fd is non-blocking.
 *   -HERMIT_EBADF   fd is not open for writing.
 *   -HERMIT_EFAULT  the first byte can't be read. Where only a later one can't,
 *                   the result is how many could.
 *   -HERMIT_EINTR   a signal came before the first byte was written.
 *   -HERMIT_EINVAL  length is too large.
 *   -HERMIT_EPIPE   nobody reads what is written. There is no signal for it.
 */
hermit_ssize_t sys_write(int fd, const void *buffer, size_t length);

/*
 * sys_readv: as sys_read, into the parts of a buffer, one after the other;
 * the next part is begun when one is full. sys_writev: as sys_write, from
 * the parts.
 *
 * count  the number of parts, at most HERMIT_IOV_MAX.
 *
 * Return the number of bytes, or
 *
 *   -HERMIT_EBADF   fd is not open for this.
 *   -HERMIT_EFAULT  parts; or a part, and nothing was read or written before
 *                   it. Where something was, the result is how much.
 *   -HERMIT_EINVAL  count is too large, or the lengths together are above
 *                   HERMIT_SSIZE_MAX.
 */
hermit_ssize_t sys_readv(int fd, const struct hermit_iovec *parts, size_t count);
hermit_ssize_t sys_writev(int fd, const struct hermit_iovec *parts, size_t count);

/*
 * sys_lseek: sets a file's position.
 *
 * whence  HERMIT_SEEK_*: what offset, in bytes, counts from.
 *
 * Returns the position from the file's start, or
 *
 *   -HERMIT_EBADF      fd is not open.
 *   -HERMIT_EINVAL     whence is none, or the position were negative.
 *   -HERMIT_EOVERFLOW  the position were above HERMIT_SSIZE_MAX.
 *   -HERMIT_ESPIPE     fd is not a file: what is read or written is a stream.
 */
hermit_ssize_t sys_lseek(int fd, hermit_ssize_t offset, int whence);

/*
 * sys_isatty: whether a descriptor is a terminal: 1 if it is, 0 if it is
 * not. The three standard descriptors are none: their bytes pass unchanged.
 * Or
 *
 *   -HERMIT_EBADF  fd is not open.
 */
int sys_isatty(int fd);

/*
 * sys_close: takes a descriptor out of use.
 *
 * Returns 0, or
 *
 *   -HERMIT_EBADF  fd is not open.
 *   -HERMIT_EIO    what was written before could not all be stored.
 */
int sys_close(int fd);

/*
 * sys_dup: a second descriptor, the lowest free one, for what fd stands for.
 * sys_dup2: the same with the number new_fd, which is closed before if it is
 * open; new_fd equal to fd changes nothing.
 *
 * Return the descriptor, or
 *
 *   -HERMIT_EBADF   fd is not open, or new_fd is out of range.
 *   -HERMIT_EMFILE  no descriptor is free.
 *   -HERMIT_ENOMEM  not enough memory.
 */
int sys_dup(int fd);
int sys_dup2(int fd, int new_fd);

/*
 * sys_fcntl: asks or changes something of a descriptor.
 *
 * request  HERMIT_F_*.
 *
 * Returns what was asked for, or 0, or
 *
 *   -HERMIT_EBADF   fd is not open.
 *   -HERMIT_EINVAL  there is no such request, or argument is not valid.
 *   -HERMIT_EMFILE  no descriptor is free (HERMIT_F_DUPFD).
 */
int sys_fcntl(int fd, int request, int argument);

/*
 * sys_ioctl: a request that only some kinds of descriptors know. A terminal
 * knows Linux's, with Linux's structures: TCGETS, TCSETS, TCSETSW, TCSETSF,
 * TCSBRK, TCXONC, TCFLSH, TIOCGWINSZ, TIOCSWINSZ, TIOCGPGRP, TIOCSPGRP,
 * TIOCGSID, TIOCOUTQ, FIONREAD. Standard streams are terminals where the host's
 * are (hermit run --terminal). Sockets of the internet's know SIOCOUTQ,
 * SIOCOUTQNSD, and of interfaces SIOCGIFNAME, -CONF, -FLAGS, -ADDR, -DSTADDR,
 * -BRDADDR, -NETMASK, -METRIC, -MTU, -HWADDR and -INDEX, with addresses of ours.
 *
 * Returns 0, or
 *
 *   -HERMIT_EBADF   fd is not open.
 *   -HERMIT_EFAULT  argument is not the caller's.
 *   -HERMIT_EINVAL  argument is not valid.
 *   -HERMIT_ENOTTY  fd does not know the request.
 */
int sys_ioctl(int fd, int request, void *argument);

/*
 * sys_poll: waits until a descriptor is ready, or the time is over. Blocks.
 *
 * fds           the caller's; the kernel writes revents of each. A negative
 *               fd is passed over.
 * milliseconds  how long at most: 0 looks and does not wait, below 0 for ever.
 *
 * Returns how many have an revents that is not 0, or
 *
 *   -HERMIT_EINTR   a signal came.
 *   -HERMIT_EINVAL  count is above the limit of descriptors (sys_getrlimit).
 *   -HERMIT_ENOMEM  not enough memory.
 */
int sys_poll(struct hermit_pollfd *fds, size_t count, int milliseconds);

/*
 * sys_eventfd: makes a descriptor that holds a 64-bit counter; eight bytes
 * written to it are added, reading gives and clears it.
 *
 * flags  HERMIT_EFD_*, or-ed. With SEMAPHORE reading gives and takes 1.
 *        Reading waits while the counter is 0, writing while it would be above
 *        2^64 - 2.
 *
 * Returns the descriptor, or
 *
 *   -HERMIT_EINVAL  flags or initial are not valid.
 *   -HERMIT_EMFILE  no descriptor is free.
 *   -HERMIT_ENFILE, -HERMIT_ENOMEM  not enough memory.
 */
int sys_eventfd(uint64_t initial, int16_t flags);

/*
 * PATHS. The functions below take a path; whichever they are, they may return
 *
 *   -HERMIT_EACCES        a permission is missing.
 *   -HERMIT_EINVAL        a flag or mode is not valid.
 *   -HERMIT_EIO           the file system could not read or write.
 *   -HERMIT_ELOOP         too many symbolic links.
 *   -HERMIT_ENAMETOOLONG  above HERMIT_PATH_MAX or HERMIT_NAME_MAX.
 *   -HERMIT_ENOENT        it does not exist, or is empty.
 *   -HERMIT_ENOTDIR       a part of it that must be a directory is not.
 *   -HERMIT_EROFS         the file system is for reading only.
 */

/*
 * sys_open: opens a file. sys_opendir: opens a directory for sys_getdents64.
 *
 * flags  HERMIT_O_*, or-ed.
 * mode   the permissions of a file that HERMIT_O_CREAT makes, less sys_umask's.
 *
 * Return a descriptor, or
 *
 *   -HERMIT_EEXIST  it exists, and HERMIT_O_EXCL.
 *   -HERMIT_EISDIR  it is a directory, and for writing.
 *   -HERMIT_EMFILE  no descriptor is free.
 *   -HERMIT_ENOSPC  no space for a new file.
 */
int sys_open(const char *path, int flags, hermit_mode_t mode);
int sys_opendir(const char *path);

/*
 * sys_unlink: removes a file's name. sys_rmdir: removes an empty directory.
 * sys_mkdir: makes one, with the permissions mode less sys_umask's.
 *
 * Return 0, or
 *
 *   -HERMIT_EBUSY      something is mounted there.
 *   -HERMIT_EEXIST     it exists (mkdir).
 *   -HERMIT_EISDIR     it is a directory (unlink).
 *   -HERMIT_ENOSPC     no space (mkdir).
 *   -HERMIT_ENOTEMPTY  it is not empty (rmdir).
 */
int sys_unlink(const char *path);
int sys_rmdir(const char *path);
int sys_mkdir(const char *path, hermit_mode_t mode);

/*
 * sys_stat: what is known of a file; of a symbolic link's target.
 * sys_lstat: of the link itself. sys_fstat: of what fd stands for.
 *
 * Return 0, or
 *
 *   -HERMIT_EBADF  fd is not open (fstat).
 */
int sys_stat(const char *path, struct hermit_stat *status);
int sys_lstat(const char *path, struct hermit_stat *status);
int sys_fstat(int fd, struct hermit_stat *status);

/*
 * sys_truncate, sys_ftruncate: make a file size bytes long; what is added
 * reads as zeros.
 *
 * Return 0, or
 *
 *   -HERMIT_EBADF   fd is not open for writing (ftruncate).
 *   -HERMIT_EFBIG   size is too large.
 *   -HERMIT_EISDIR  it is a directory.
 *   -HERMIT_ENOSPC  no space.
 */
int sys_truncate(const char *path, size_t size);
int sys_ftruncate(int fd, size_t size);

/*
 * sys_access: whether a file may be used as mode says, HERMIT_R_OK and so
 * on. sys_faccessat: the same; path starts from the directory fd.
 *
 * flags  HERMIT_AT_SYMLINK_NOFOLLOW or HERMIT_AT_EACCESS or 0.
 *
 * Return 0, or
 *
 *   -HERMIT_EBADF  fd is not open (faccessat).
 */
int sys_access(const char *path, int mode);
int sys_faccessat(int fd, const char *path, int mode, int flags);

/*
 * sys_fchmod: changes the permissions of what fd stands for.
 *
 * Returns 0, or
 *
 *   -HERMIT_EBADF  fd is not open.
 */
int sys_fchmod(int fd, hermit_mode_t mode);

/*
 * sys_chdir, sys_fchdir: change the directory that paths without a leading
 * slash start from.
 *
 * Return 0, or
 *
 *   -HERMIT_EBADF  fd is not open (fchdir).
 */
int sys_chdir(const char *path);
int sys_fchdir(int fd);

/*
 * sys_getcwd: the path of that directory.
 *
 * buffer  the caller's, of length bytes.
 *
 * Returns buffer, or NULL and errno:
 *
 *   HERMIT_EINVAL  length is 0.
 *   HERMIT_ERANGE  the path is longer.
 */
const char *sys_getcwd(char *buffer, size_t length);

/*
 * sys_umask: sets the permissions that new files do not get; returns those
 * until now, at first 022.
 */
uint32_t sys_umask(uint32_t mask);

/*
 * sys_getdents64: the next entries of a directory, as many as fit.
 *
 * buffer  where the entries go, struct hermit_dirent64 one after the other.
 *
 * Returns the number of bytes, 0 at the end, or
 *
 *   -HERMIT_EBADF    fd is not open.
 *   -HERMIT_EINVAL   length is too small for the next entry.
 *   -HERMIT_ENOTDIR  fd is not a directory.
 */
int64_t sys_getdents64(int fd, void *buffer, size_t length);

HERMIT_END_DECLARATIONS

#endif
