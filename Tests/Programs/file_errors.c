/*
 * What functions of paths and files say to arguments that they refuse, one line a
 * call. The same source is compiled for the host's Linux, and says the same.
 */
#ifdef __linux__
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

typedef struct flock hermit_lock;
#define f_open(p, f, m) open(p, f, m)
#define f_openat(d, p, f) openat(d, p, f, 0600)
#define f_close close
#define f_mkdirat mkdirat
#define f_unlinkat unlinkat
#define f_rmdir rmdir
#define f_rename rename
#define f_renameat2(a, b, c, d, e) renameat2(a, b, c, d, e)
#define f_linkat linkat
#define f_symlinkat symlinkat
#define f_readlinkat readlinkat
#define f_mknodat(d, p, m) mknodat(d, p, m, 0)
#define f_stat(p, b) stat(p, b)
#define f_lstat(p, b) lstat(p, b)
#define f_fstatat fstatat
#define f_faccessat(d, p, m, f) syscall(SYS_faccessat2, d, p, m, f)
#define f_fchmod fchmod
#define f_fchmodat(d, p, m) fchmodat(d, p, m, 0)
#define f_fchown fchown
#define f_fchownat fchownat
#define f_truncate truncate
#define f_ftruncate ftruncate
#define f_fallocate fallocate
#define f_utimensat(d, p, t, f) syscall(SYS_utimensat, d, p, t, f)
#define f_pread pread
#define f_pwrite pwrite
#define f_preadv2 preadv2
#define f_pwritev2 pwritev2
#define f_sendfile sendfile
#define f_copy_file_range copy_file_range
#define f_flock flock
#define f_lock(fd, request, lock) fcntl(fd, request, lock)
#define f_lseek lseek
#define f_fsync fsync
#define f_fdatasync fdatasync
#define f_syncfs syncfs
#define f_chdir chdir
#define f_fchdir fchdir
#define f_statvfs statvfs
#define f_getdents(fd, b, n) syscall(SYS_getdents64, fd, b, n)
#define f_write write
#define f_read read
#define f_pipe pipe
#define f_munmap munmap
#define f_mprotect mprotect
#define f_msync msync

static long f_mmap(int fd, long offset, size_t size, int prot, int flags, void **start)
{
	void *p = mmap(NULL, size, prot, flags, fd, offset);

	if (p == MAP_FAILED)
		return -1;
	*start = p;
	return 0;
}
#else
#include <errno.h>
#include <hermit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct hermit_flock hermit_lock;
#define timespec hermit_timespec
#define stat hermit_stat
#define statvfs hermit_statvfs
#define iovec hermit_iovec

static long end(long result)
{
	if (result >= 0)
		return result;
	errno = (int)-result;
	return -1;
}
#define f_open(p, f, m) end(sys_open(p, f, m))
#define f_openat(d, p, f) end(sys_openat(d, p, f, 0600))
#define f_close(fd) end(sys_close(fd))
#define f_mkdirat(...) end(sys_mkdirat(__VA_ARGS__))
#define f_unlinkat(...) end(sys_unlinkat(__VA_ARGS__))
#define f_rmdir(p) end(sys_rmdir(p))
#define f_rename(...) end(sys_rename(__VA_ARGS__))
#define f_renameat2(...) end(sys_renameat2(__VA_ARGS__))
#define f_linkat(...) end(sys_linkat(__VA_ARGS__))
#define f_symlinkat(...) end(sys_symlinkat(__VA_ARGS__))
#define f_readlinkat(...) end(sys_readlinkat(__VA_ARGS__))
#define f_mknodat(d, p, m) end(sys_mknodat(d, p, m, 0))
#define f_stat(...) end(sys_stat(__VA_ARGS__))
#define f_lstat(...) end(sys_lstat(__VA_ARGS__))
#define f_fstatat(...) end(sys_fstatat(__VA_ARGS__))
#define f_faccessat(...) end(sys_faccessat(__VA_ARGS__))
#define f_fchmod(...) end(sys_fchmod(__VA_ARGS__))
#define f_fchmodat(d, p, m) end(sys_fchmodat(d, p, m, 0))
#define f_fchown(...) end(sys_fchown(__VA_ARGS__))
#define f_fchownat(...) end(sys_fchownat(__VA_ARGS__))
#define f_truncate(p, n) end(sys_truncate(p, (size_t)(n)))
#define f_ftruncate(fd, n) end(sys_ftruncate(fd, (size_t)(n)))
#define f_fallocate(...) end(sys_fallocate(__VA_ARGS__))
#define f_utimensat(...) end(sys_utimensat(__VA_ARGS__))
#define f_pread(...) end(sys_pread(__VA_ARGS__))
#define f_pwrite(...) end(sys_pwrite(__VA_ARGS__))
#define f_preadv2(...) end(sys_preadv2(__VA_ARGS__))
#define f_pwritev2(...) end(sys_pwritev2(__VA_ARGS__))
#define f_sendfile(...) end(sys_sendfile(__VA_ARGS__))
#define f_copy_file_range(...) end(sys_copy_file_range(__VA_ARGS__))
#define f_flock(...) end(sys_flock(__VA_ARGS__))
#define f_lock(...) end(sys_file_lock(__VA_ARGS__))
#define f_lseek(...) end(sys_lseek(__VA_ARGS__))
#define f_fsync(...) end(sys_fsync(__VA_ARGS__))
#define f_fdatasync(...) end(sys_fdatasync(__VA_ARGS__))
#define f_syncfs(...) end(sys_syncfs(__VA_ARGS__))
#define f_chdir(...) end(sys_chdir(__VA_ARGS__))
#define f_fchdir(...) end(sys_fchdir(__VA_ARGS__))
#define f_statvfs(...) end(sys_statvfs(__VA_ARGS__))
#define f_getdents(...) end(sys_getdents64(__VA_ARGS__))
#define f_write(...) end(sys_write(__VA_ARGS__))
#define f_read(...) end(sys_read(__VA_ARGS__))
#define f_pipe(...) end(sys_pipe(__VA_ARGS__))
#define f_munmap(...) end(sys_munmap(__VA_ARGS__))
#define f_mprotect(p, n, r) end(sys_mprotect(p, n, (uint32_t)(r)))
#define f_msync(...) end(sys_msync(__VA_ARGS__))

static long f_mmap(int fd, long offset, size_t size, int prot, int flags, void **start)
{
	return end(sys_mmap_file(fd, offset, size, (uint32_t)prot, (uint32_t)flags, start));
}
#endif

/* Linux's numbers, which are the kernel's. */
enum {
	RDONLY = 0, WRONLY = 1, RDWR = 2, CREATE = 0100, EXCLUSIVE = 0200, TRUNCATE = 01000,
	APPEND = 02000, DIRECTORY = 0200000, NOFOLLOW = 0400000, TEMPORARY = 020200000,
	HERE = -100, REMOVEDIR = 0x200, NOT_FOLLOWED = 0x100, FOLLOWED = 0x400, EMPTY = 0x1000,
	SHARED = 1, PRIVATE = 2, SH = 1, EX = 2, NB = 4, UN = 8,
	GETLK = 5, SETLK = 6, SETLKW = 7, OFD_GETLK = 36, OFD_SETLK = 37,
};

static void tell(const char *call, long result, int error)
{
	if (result < 0)
		printf("%s: %ld, error %d\n", call, result, error);
	else
		printf("%s: %ld\n", call, result);
}

#define T(CALL) \
	do { \
		errno = 0; \
		long result_ = (long)(CALL); \
		tell(#CALL, result_, errno); \
	} while (0)

#define BAD ((void *)8)

static char longName[300], longPath[5000];
static struct stat status;

static void names(int dir)
{
	int fd;

	T(f_mkdirat(dir, "d", 0755));
	T(f_mkdirat(dir, "d", 0755));
	T(f_mkdirat(dir, "d/", 0755));
	T(f_mkdirat(dir, "n/x", 0755));
	T(f_mkdirat(dir, "", 0755));
	T(f_mkdirat(dir, ".", 0755));
	T(f_mkdirat(dir, "..", 0755));
	T(f_mkdirat(dir, "/", 0755));
	T(f_mkdirat(dir, "e/", 0755));
	T(f_mkdirat(dir, longName, 0755));
	T(f_mkdirat(dir, longPath, 0755));
	T(f_mkdirat(dir, BAD, 0755));
	T(f_mkdirat(99, "x", 0755));
	T(f_mkdirat(99, "/", 0755));
	fd = (int)f_openat(dir, "f", RDWR | CREATE);
	T(f_mkdirat(fd, "x", 0755));
	T(f_write(fd, "contents", 8));
	T(f_mkdirat(dir, "f", 0755));
	T(f_mkdirat(dir, "f/x", 0755));
	T(f_symlinkat("nowhere", dir, "dangling"));
	T(f_symlinkat("loop", dir, "loop"));
	T(f_symlinkat("d", dir, "l"));
	T(f_symlinkat("", dir, "x"));
	T(f_symlinkat("x", dir, "f"));
	T(f_symlinkat("x", dir, "x/"));
	T(f_symlinkat(longPath, dir, "x"));
	T(f_symlinkat(BAD, dir, "x"));
	T(f_symlinkat("x", dir, BAD));
	T(f_mkdirat(dir, "dangling", 0755));
	T(f_mkdirat(dir, "loop/x", 0755));
	T(f_mkdirat(dir, "dangling/", 0755));

	T(f_readlinkat(dir, "l", longPath, 4));
	T(f_readlinkat(dir, "dangling", longPath + 100, 3));
	memset(longPath, 'p', 200);
	T(f_readlinkat(dir, "l", longPath + 100, 0));
	T(f_readlinkat(dir, "f", longPath + 100, 9));
	T(f_readlinkat(dir, "d", longPath + 100, 9));
	T(f_readlinkat(dir, "x", longPath + 100, 9));
	T(f_readlinkat(dir, "l/", longPath + 100, 9));
	T(f_readlinkat(dir, "l", BAD, 9));
	memset(longPath, 'p', 200);

	T(f_linkat(dir, "f", dir, "f2", 0));
	T(f_linkat(dir, "f", dir, "f2", 0));
	T(f_linkat(dir, "d", dir, "x", 0));
	T(f_linkat(dir, "x", dir, "y", 0));
	T(f_linkat(dir, "f", dir, "x/", 0));
	T(f_linkat(dir, "f/", dir, "x", 0));
	T(f_linkat(dir, "f", dir, "n/x", 0));
	T(f_linkat(dir, "f", dir, "f/x", 0));
	T(f_linkat(dir, "f", dir, "l", 0));
	T(f_linkat(dir, "dangling", dir, "x", FOLLOWED));
	T(f_linkat(dir, "loop", dir, "x", FOLLOWED));
	T(f_linkat(dir, "f", dir, "x", 1));
	T(f_linkat(dir, "f", dir, longName, 0));
	T(f_linkat(fd, "", dir, "f3", EMPTY));
	T(f_linkat(dir, BAD, dir, "x", 0));
	T(f_linkat(dir, "dangling", dir, "dangling2", 0));

	T(f_rename("f3", "f4"));
	T(f_rename("f4", "f4"));
	T(f_rename("f", "f2"));
	T(f_rename("x", "y"));
	T(f_rename("f4", "d"));
	T(f_rename("d", "f4"));
	T(f_rename("d", "d/x"));
	T(f_rename("d", "d/x/y"));
	T(f_rename("d/.", "x"));
	T(f_rename("d/..", "x"));
	T(f_rename("d", "."));
	T(f_rename("f4/", "x"));
	T(f_rename("f4", "x/"));
	T(f_rename("d", "d2/"));
	T(f_rename("d2", "d"));
	T(f_mkdirat(dir, "e/x", 0755));
	T(f_rename("d", "e"));
	T(f_rename("d", "l"));
	T(f_rename("", "x"));
	T(f_rename("f4", ""));
	T(f_rename("f4", longName));
	T(f_rename("f4", "n/x"));
	T(f_rename("f4", "f/x"));
	T(f_rename("loop/x", "x"));
	T(f_renameat2(dir, "f4", dir, "f2", 1));
	T(f_renameat2(dir, "f4", dir, "x", 2));
	T(f_renameat2(dir, "f4", dir, "d", 2));
	T(f_renameat2(dir, "f4", dir, "d", 2));
	T(f_renameat2(dir, "f4", dir, "f2", 3));
	T(f_renameat2(dir, "f4", dir, "f2", 99));
	T(f_renameat2(99, "f4", dir, "f2", 0));

	T(f_unlinkat(dir, "x", 0));
	T(f_unlinkat(dir, "d", 0));
	T(f_unlinkat(dir, "f/", 0));
	T(f_unlinkat(dir, "f/x", 0));
	T(f_unlinkat(dir, ".", 0));
	T(f_unlinkat(dir, "..", 0));
	T(f_unlinkat(dir, "", 0));
	T(f_unlinkat(dir, "f4", 99));
	T(f_unlinkat(dir, "f4", REMOVEDIR));
	T(f_unlinkat(dir, "e", REMOVEDIR));
	T(f_unlinkat(dir, "l", REMOVEDIR));
	T(f_unlinkat(dir, "d/.", REMOVEDIR));
	T(f_unlinkat(dir, "e/x/..", REMOVEDIR));
	T(f_unlinkat(dir, "e/x/", REMOVEDIR));
	T(f_unlinkat(dir, "e", REMOVEDIR));
	T(f_unlinkat(dir, "dangling2", 0));
	T(f_unlinkat(dir, "loop/x", 0));
	T(f_unlinkat(dir, BAD, 0));
	T(f_unlinkat(99, "x", 0));
	T(f_mknodat(dir, "fifo", 010600));
	T(f_mknodat(dir, "fifo", 010600));
	T(f_mknodat(dir, "node", 0600));
	T(f_mknodat(dir, "x", 0170000 | 0600));
	T(f_mknodat(dir, "x", 040600));
	T(f_mknodat(dir, "x/", 0600));
	T(f_mknodat(dir, "n/x", 0600));
	T(f_close(fd));
}

static void opening(int dir)
{
	T(f_openat(dir, "x", RDONLY));
	T(f_openat(dir, "", RDONLY));
	T(f_openat(dir, "", RDWR | CREATE));
	T(f_openat(dir, "d", RDWR));
	T(f_openat(dir, "d", WRONLY));
	T(f_openat(dir, "d", RDONLY | CREATE));
	T(f_openat(dir, "d/", RDWR | CREATE));
	T(f_openat(dir, "x/", RDWR | CREATE));
	T(f_openat(dir, "f/", RDONLY));
	T(f_openat(dir, "f/x", RDONLY));
	T(f_openat(dir, "f", RDONLY | DIRECTORY));
	T(f_openat(dir, "f", RDWR | CREATE | EXCLUSIVE));
	T(f_openat(dir, "l", RDWR | CREATE | EXCLUSIVE));
	T(f_openat(dir, "dangling", RDWR | CREATE | EXCLUSIVE));
	T(f_openat(dir, "dangling", RDONLY));
	T(f_openat(dir, "loop", RDONLY));
	T(f_openat(dir, "loop", RDWR | CREATE));
	T(f_openat(dir, "l", RDONLY | NOFOLLOW));
	T(f_openat(dir, "l", RDONLY | NOFOLLOW | DIRECTORY));
	T(f_openat(dir, "n/x", RDWR | CREATE));
	T(f_openat(dir, longName, RDWR | CREATE));
	T(f_openat(dir, longPath, RDONLY));
	T(f_openat(dir, "f", TEMPORARY | RDWR));
	T(f_openat(dir, "x", TEMPORARY | RDWR));
	T(f_openat(dir, ".", TEMPORARY | RDONLY));
	T(f_openat(dir, BAD, RDONLY));
	T(f_openat(99, "f", RDONLY));
	T(f_openat(HERE, "f/..", RDONLY));
}

static void known(int dir, int fd, int directory)
{
	struct timespec times[2] = {{1, 2}, {3, 1000000000}};

	T(f_stat("x", &status));
	T(f_stat("", &status));
	T(f_stat("f", BAD));
	T(f_stat(BAD, &status));
	T(f_stat("f/", &status));
	T(f_stat("f/.", &status));
	T(f_stat("dangling", &status));
	T(f_lstat("dangling", &status));
	T(f_lstat("l/", &status));
	T(f_stat("loop", &status));
	T(f_stat(longName, &status));
	T(f_fstatat(dir, "f", &status, 99));
	T(f_fstatat(99, "f", &status, 0));
	T(f_fstatat(fd, "x", &status, 0));
	T(f_fstatat(fd, "", &status, EMPTY));
	T(f_fstatat(fd, "", &status, 0));
	T(f_faccessat(dir, "f", 4, 0));
	T(f_faccessat(dir, "x", 0, 0));
	T(f_faccessat(dir, "node", 1, 0));
	T(f_faccessat(dir, "f", 8, 0));
	T(f_faccessat(dir, "f", 4, 0x8000));
	T(f_faccessat(dir, "dangling", 0, NOT_FOLLOWED));
	T(f_faccessat(dir, "dangling", 0, 0));
	T(f_fchmodat(dir, "x", 0600));
	T(f_fchmodat(dir, "dangling", 0600));
	T(f_fchmodat(99, "f", 0600));
	T(f_fchmod(99, 0600));
	T(f_fchmod(fd, 0640));
	T(f_fchown(99, 0, 0));
	T(f_fchown(fd, (unsigned)-1, (unsigned)-1));
	T(f_fchownat(dir, "x", 0, 0, 0));
	T(f_fchownat(dir, "dangling", 0, 0, 0));
	T(f_fchownat(dir, "dangling", 0, 0, NOT_FOLLOWED));
	T(f_fchownat(dir, "f", 0, 0, 99));
	T(f_fchownat(fd, "", 0, 0, EMPTY));
	T(f_utimensat(dir, "f", times, 0));
	times[1].tv_nsec = 0x3fffffff;
	T(f_utimensat(dir, "f", times, 0));
	times[0].tv_nsec = times[1].tv_nsec = 0x3ffffffe;
	T(f_utimensat(dir, "f", times, 0));
	T(f_utimensat(dir, "f", BAD, 0));
	T(f_utimensat(dir, "f", NULL, 99));
	T(f_utimensat(dir, "dangling", NULL, 0));
	T(f_utimensat(dir, "dangling", NULL, NOT_FOLLOWED));
	T(f_utimensat(fd, NULL, NULL, 0));
	T(f_utimensat(99, NULL, NULL, 0));
	T(f_chdir("f"));
	T(f_chdir("x"));
	T(f_fchdir(fd));
	T(f_fchdir(99));
	T(f_getdents(fd, longPath, 1000));
	T(f_getdents(99, longPath, 1000));
	T(f_getdents(directory, longPath, 5));
	T(f_fsync(99));
	T(f_fsync(fd));
	T(f_fsync(directory));
	T(f_fdatasync(fd));
	T(f_syncfs(fd));
	T(f_syncfs(99));
}

static void sizes(int dir, int fd, int only, int directory, int pipe)
{
	T(f_truncate("x", 0));
	T(f_truncate("d", 0));
	T(f_truncate("f", -1));
	T(f_truncate("f/", 1));
	T(f_truncate("fifo", 0));
	T(f_ftruncate(fd, -1));
	T(f_ftruncate(only, 1));
	T(f_ftruncate(99, 1));
	T(f_ftruncate(directory, 1));
	T(f_ftruncate(pipe, 1));
	T(f_ftruncate(fd, 100));
	T(f_fallocate(fd, 0, 0, 0));
	T(f_fallocate(fd, 0, -1, 5));
	T(f_fallocate(fd, 0, 0, -5));
	T(f_fallocate(only, 0, 0, 5));
	T(f_fallocate(99, 0, 0, 5));
	T(f_fallocate(pipe, 0, 0, 5));
	T(f_fallocate(fd, 0, 50, 100));
	T(f_fallocate(fd, 0, 1, 0x7fffffffffffffff));
	T(f_lseek(fd, 0, 2));
	T(f_lseek(fd, -1, 0));
	T(f_lseek(fd, -200, 1));
	T(f_lseek(fd, 0, 9));
	T(f_lseek(fd, 200, 3));
	T(f_lseek(fd, 200, 4));
	T(f_lseek(pipe, 0, 1));
	T(f_lseek(99, 0, 1));
}

static void moving(int fd, int only, int append, int directory, const int *pipe)
{
	char buffer[16];
	struct iovec part = {buffer, sizeof buffer}, bad = {BAD, 8}, empty = {buffer, (size_t)-1};

	T(f_read(directory, buffer, 1));
	T(f_pread(directory, buffer, 1, 0));
	T(f_write(only, buffer, 1));
	T(f_pwrite(only, buffer, 1, 0));
	T(f_pread(fd, buffer, 1, -1));
	T(f_pwrite(fd, buffer, 1, -1));
	T(f_pread(pipe[0], buffer, 1, 0));
	T(f_pwrite(pipe[1], buffer, 1, 0));
	T(f_pread(fd, BAD, 1, 0));
	T(f_pread(fd, buffer, 1, 100000));
	T(f_pwrite(fd, BAD, 1, 0));
	T(f_pwrite(append, "a", 1, 0));
	T(f_lseek(append, 0, 2));
	T(f_preadv2(fd, &part, 1, 0, 0));
	T(f_preadv2(fd, &part, 1, -1, 0));
	T(f_preadv2(fd, &part, 1, -2, 0));
	T(f_preadv2(fd, &bad, 1, 0, 0));
	T(f_preadv2(fd, &empty, 1, 0, 0));
	T(f_preadv2(fd, &part, 1025, 0, 0));
	T(f_preadv2(fd, &part, 1, 0, 0x4000));
	T(f_preadv2(fd, &part, 1, 0, 3));
	T(f_pwritev2(only, &part, 1, 0, 0));
	T(f_pwritev2(fd, &part, 1, 0, 0x10));
	T(f_pwritev2(99, &part, 1, 0, 0));
	T(f_lseek(fd, 0, 2));

	long offset = 0, other = 100, negative = -1;

	T(f_sendfile(pipe[1], fd, &offset, 10));
	T(offset);
	T(f_sendfile(pipe[1], fd, &negative, 10));
	T(f_sendfile(pipe[1], pipe[0], NULL, 10));
	T(f_sendfile(pipe[1], pipe[0], &offset, 10));
	T(f_sendfile(only, fd, &offset, 10));
	T(f_sendfile(append, fd, &offset, 10));
	T(f_sendfile(fd, 99, NULL, 10));
	T(f_sendfile(99, fd, NULL, 10));
	T(f_sendfile(pipe[1], fd, BAD, 10));
	T(f_sendfile(fd, only, &other, 20));
	T(f_lseek(only, 0, 1));
	T(f_copy_file_range(only, NULL, fd, NULL, 10, 0));
	T(f_lseek(only, 0, 1));
	offset = 0;
	T(f_copy_file_range(fd, &offset, fd, &other, 10, 0));
	T(f_copy_file_range(fd, &offset, fd, &offset, 10, 0));
	T(f_copy_file_range(fd, &offset, fd, &other, 1, 1));
	negative = -5;
	T(f_copy_file_range(fd, &negative, fd, &other, 1, 0));
	T(f_copy_file_range(fd, NULL, only, NULL, 1, 0));
	T(f_copy_file_range(fd, NULL, append, NULL, 1, 0));
	T(f_copy_file_range(directory, NULL, fd, NULL, 1, 0));
	T(f_copy_file_range(pipe[0], NULL, fd, NULL, 1, 0));
	T(f_copy_file_range(fd, NULL, pipe[1], NULL, 1, 0));
	T(f_copy_file_range(99, NULL, fd, NULL, 1, 0));
	T(f_copy_file_range(fd, NULL, 99, NULL, 1, 0));
	T(f_copy_file_range(fd, BAD, fd, NULL, 1, 0));
}

static long locked(int fd, int request, int type, int whence, long start, long count)
{
	hermit_lock lock = {0};

	lock.l_type = (short)type;
	lock.l_whence = (short)whence;
	lock.l_start = start;
	lock.l_len = count;
	long result = f_lock(fd, request, &lock);
	if (result == 0 && (request == GETLK || request == OFD_GETLK))
		return lock.l_type == 2 ? 2 : lock.l_type * 100000 + lock.l_start * 100 + lock.l_len;
	return result;
}

static void locks(int fd, int only)
{
	int second = (int)f_open("f", RDWR, 0), third;
	enum { RD, WR, NONE };

	T(f_flock(fd, SH));
	T(f_flock(second, SH | NB));
	T(f_flock(second, EX | NB));
	T(f_flock(fd, UN));
	T(f_flock(second, EX | NB));
	T(f_flock(fd, EX | NB));
	T(f_flock(fd, SH | NB));
	T(f_flock(second, UN));
	T(f_flock(fd, 16));
	T(f_flock(fd, SH | EX));
	T(f_flock(99, SH));
	third = (int)f_open("f", RDWR, 0);
	T(f_flock(third, EX | NB));
	T(f_flock(fd, EX | NB));
	T(f_close(third));
	T(f_flock(fd, EX | NB));
	T(f_flock(fd, UN));

	T(locked(fd, SETLK, WR, 0, 10, 20));
	T(locked(second, SETLK, WR, 0, 10, 20));
	T(locked(second, GETLK, WR, 0, 0, 0));
	T(locked(second, OFD_SETLK, WR, 0, 15, 1));
	T(locked(second, OFD_SETLK, RD, 0, 15, 1));
	T(locked(second, OFD_SETLK, WR, 0, 5, 5));
	T(locked(second, OFD_SETLK, WR, 0, 30, 5));
	T(locked(fd, SETLK, WR, 0, 8, 1));
	T(locked(fd, SETLK, RD, 0, 8, 1));
	T(locked(fd, GETLK, RD, 0, 0, 0));
	T(locked(fd, GETLK, RD, 0, 20, 0));
	T(locked(second, OFD_GETLK, WR, 0, 0, 0));
	T(locked(fd, SETLK, NONE, 0, 15, 5));
	T(locked(second, OFD_SETLK, WR, 0, 15, 5));
	T(locked(second, OFD_SETLK, WR, 0, 14, 5));
	T(locked(fd, OFD_SETLK, WR, 0, 17, 1));
	T(locked(second, OFD_SETLK, NONE, 0, 0, 0));
	T(locked(fd, SETLK, NONE, 0, 0, 0));
	T(locked(fd, SETLK, WR, 0, -1, 5));
	T(locked(fd, SETLK, WR, 0, 5, -6));
	T(locked(fd, SETLK, WR, 0, 5, -5));
	T(locked(fd, SETLK, WR, 9, 0, 1));
	T(locked(fd, SETLK, 9, 0, 0, 1));
	T(locked(fd, GETLK, NONE, 0, 0, 1));
	T(locked(fd, SETLK, WR, 0, 0x7fffffffffffffff, 2));
	T(locked(fd, SETLK, WR, 2, 0, 0));
	T(locked(only, SETLK, WR, 0, 0, 1));
	T(locked(only, SETLK, RD, 0, 0, 1));
	T(locked(99, SETLK, WR, 0, 0, 1));
	T(f_lock(fd, SETLK, BAD));
	/* The program's locks go with any descriptor of the file. */
	T(locked(fd, SETLK, WR, 0, 0, 1));
	T(locked(second, OFD_SETLK, WR, 0, 0, 1));
	third = (int)f_open("f", RDONLY, 0);
	T(f_close(third));
	T(locked(second, OFD_SETLK, WR, 0, 0, 1));
	T(f_close(second));
	T(locked(fd, SETLK, WR, 0, 0, 1));
}

static void memory(int fd, int only, int directory, int pipe)
{
	int writer = (int)f_open("f", WRONLY, 0);
	void *p = NULL;

	T(f_mmap(fd, 0, 0, 1, SHARED, &p));
	T(f_mmap(fd, 1, 4096, 1, SHARED, &p));
	T(f_mmap(fd, -4096, 4096, 1, SHARED, &p) < 0);
	T(f_mmap(fd, 0, 4096, 1, 0, &p));
	T(f_mmap(99, 0, 4096, 1, SHARED, &p));
	T(f_mmap(only, 0, 4096, 3, SHARED, &p));
	T(f_mmap(writer, 0, 4096, 1, SHARED, &p));
	T(f_mmap(writer, 0, 4096, 2, PRIVATE, &p));
	T(f_mmap(directory, 0, 4096, 1, SHARED, &p));
	T(f_mmap(pipe, 0, 4096, 1, PRIVATE, &p));
	T(f_mmap(fd, 0x7ffffffffffff000, 8192, 1, SHARED, &p));
	T(f_mmap(only, 0, 4096, 3, PRIVATE, &p));
	T(f_mprotect(p, 4096, 1));
	T(f_munmap(p, 4096));
	T(f_mmap(only, 0, 4096, 1, SHARED, &p));
	T(f_mprotect(p, 4096, 3));
	T(f_msync(p, 4096, 4));
	T(f_msync(p, 4096, 5));
	T(f_pread(fd, p, 1, 0));
	T(f_munmap((char *)p + 1, 4096));
	T(f_munmap(p, 0));
	T(f_munmap(p, 4096));
	T(f_munmap(p, 4096));
	T(f_msync(p, 4096, 4));
	T(f_mprotect(p, 4096, 1));
	T(f_close(writer));
}

int main(void)
{
	static const char *const left[] = {"f", "f2", "f4", "node", "fifo", "dangling", "loop", "l"};
	char folder[32] = "/tmp/errors";
	int dir, fd, only, append, directory, ends[2];

	setvbuf(stdout, NULL, _IOLBF, 0);
	memset(longName, 'n', sizeof longName - 1);
	memset(longPath, 'p', sizeof longPath - 1);
#ifdef __linux__
	strcpy(folder, "/tmp/errors.XXXXXX");
	if (!mkdtemp(folder))
		return 1;
#else
	if (f_mkdirat(HERE, folder, 0755))
		return 1;
#endif
	if (f_chdir(folder))
		return 1;
	dir = (int)f_open(".", RDONLY | DIRECTORY, 0);
	names(dir);
	opening(dir);
	fd = (int)f_open("f", RDWR, 0);
	only = (int)f_open("f", RDONLY, 0);
	append = (int)f_open("f2", RDWR | APPEND, 0);
	directory = (int)f_open("/", RDONLY, 0);
	f_pipe(ends);
	known(dir, fd, directory);
	sizes(dir, fd, only, directory, ends[1]);
	moving(fd, only, append, directory, ends);
	locks(fd, only);
	memory(fd, only, directory, ends[0]);
	for (unsigned i = 0; i < sizeof left / sizeof *left; i++)
		f_unlinkat(dir, left[i], 0);
	f_unlinkat(dir, "d", REMOVEDIR);
	f_unlinkat(dir, "f4", REMOVEDIR);
	f_unlinkat(dir, "d", 0);
	T(f_rmdir(folder));
	return 0;
}
