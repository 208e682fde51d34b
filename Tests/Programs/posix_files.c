/*
 * What functions of files say, to arguments that they refuse and to others,
 * one line a call. The same source is compiled for the host's Linux, and says
 * the same.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <ftw.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>
#include <utime.h>

static const char *name(int error)
{
	static const struct {
		int number;
		const char *name;
	} names[] = {
		{EACCES, "EACCES"}, {EBADF, "EBADF"}, {EBUSY, "EBUSY"}, {EEXIST, "EEXIST"},
		{EFAULT, "EFAULT"}, {EFBIG, "EFBIG"}, {EINVAL, "EINVAL"}, {EISDIR, "EISDIR"},
		{ELOOP, "ELOOP"}, {EMFILE, "EMFILE"}, {EMLINK, "EMLINK"},
		{ENAMETOOLONG, "ENAMETOOLONG"}, {ENODEV, "ENODEV"}, {ENOENT, "ENOENT"},
		{ENOSPC, "ENOSPC"}, {ENOSYS, "ENOSYS"}, {ENOTDIR, "ENOTDIR"},
		{ENOTEMPTY, "ENOTEMPTY"}, {ENOTTY, "ENOTTY"}, {ENXIO, "ENXIO"},
		{EOPNOTSUPP, "EOPNOTSUPP"}, {EOVERFLOW, "EOVERFLOW"}, {EPERM, "EPERM"},
		{ERANGE, "ERANGE"}, {EROFS, "EROFS"}, {ESPIPE, "ESPIPE"}, {ETXTBSY, "ETXTBSY"},
		{EXDEV, "EXDEV"}, {ENOMEM, "ENOMEM"},
	};
	static char other[16];

	for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
		if (names[i].number == error)
			return names[i].name;
	snprintf(other, sizeof other, "%d", error);
	return other;
}

static void tell(const char *call, long result, int error)
{
	printf("%s: %ld %s\n", call, result, result < 0 ? name(error) : "");
}

#define T(CALL) \
	do { \
		errno = 0; \
		long result_ = (long)(CALL); \
		tell(#CALL, result_, errno); \
	} while (0)

/* Of a function that returns a pointer: whether, and what is in it. */
#define P(CALL) \
	do { \
		errno = 0; \
		const char *result_ = (CALL); \
		if (result_) \
			printf("%s: %s\n", #CALL, result_); \
		else \
			printf("%s: NULL %s\n", #CALL, name(errno)); \
	} while (0)

#define BAD ((void *)8)

/* 300 characters, 5000 characters, and a path of them that ends with 'file'. */
static char longName[301], longPath[5001], deep[4096];
static char buffer[5000];
static int file, readOnly, writeOnly, directory, fds[2];

static int make(const char *path, const char *text)
{
	int fd = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0644), result;

	if (fd < 0)
		return -1;
	result = (int)write(fd, text, strlen(text));
	close(fd);
	return result;
}

static void prepare(void)
{
	memset(longName, 'n', 300);
	for (int i = 0; i < 5000; i++)
		longPath[i] = i % 2 ? '/' : '.';
	for (int i = 0; i < 4090; i++)
		deep[i] = i % 2 ? '/' : '.';
	strcpy(deep + 4090, "file");
	umask(022);
	make("file", "0123456789");
	mkdir("dir", 0755);
	mkdir("full", 0755);
	make("full/inside", "x");
	symlink("file", "link");
	symlink("nowhere", "broken");
	symlink("loop", "loop");
	symlink("a", "b");
	symlink("b", "a");
	symlink("dir", "dirlink");
	file = open("file", O_RDWR);
	readOnly = open("file", O_RDONLY);
	writeOnly = open("file", O_WRONLY);
	directory = open("dir", O_RDONLY | O_DIRECTORY);
	if (pipe(fds))
		exit(1);
}

static void opening(void)
{
	int fd;

	T(open("none", O_RDONLY));
	T(open("", O_RDONLY));
	T(open("none/file", O_CREAT | O_RDWR, 0600));
	T(open("file/none", O_RDONLY));
	T(open("file/", O_RDONLY));
	T(open("file/.", O_RDONLY));
	T(open("file/..", O_RDONLY));
	T(open("none/", O_CREAT | O_RDWR, 0600));
	T(open("dir", O_RDWR));
	T(open("dir", O_WRONLY));
	T(open("dir", O_CREAT | O_RDWR, 0600));
	T(open("dir/", O_CREAT | O_RDWR, 0600));
	T(open("file", O_CREAT | O_EXCL | O_RDWR, 0600));
	T(open("link", O_CREAT | O_EXCL | O_RDWR, 0600));
	T(open("broken", O_CREAT | O_EXCL | O_RDWR, 0600));
	T(open("broken", O_RDONLY));
	T(open("link", O_RDONLY | O_NOFOLLOW));
	T(open("dirlink", O_RDONLY | O_NOFOLLOW | O_DIRECTORY));
	T(open("file", O_RDONLY | O_DIRECTORY));
	T(open("loop", O_RDONLY));
	T(open("a", O_RDONLY));
	T(open("a/file", O_RDONLY));
	T(open(longName, O_RDONLY));
	T(open(longName, O_CREAT | O_RDWR, 0600));
	T(open(longPath, O_RDONLY));
	T((fd = open(deep, O_RDONLY)) >= 0);
	T(close(fd));
	T(open(BAD, O_RDONLY));
	T(open(NULL, O_RDONLY));
	T(openat(-1, "file", O_RDONLY));
	T(openat(999, "file", O_RDONLY));
	T(openat(file, "file", O_RDONLY));
	T(openat(fds[0], "file", O_RDONLY));
	T(openat(directory, "none", O_RDONLY));
	T(openat(directory, "", O_RDONLY));
	T((fd = openat(directory, "../file", O_RDONLY)) >= 0);
	T(close(fd));
	T((fd = openat(999, "/dev/null", O_RDWR)) >= 0);
	T(close(fd));
	T(close(fd));
	T(creat("dir", 0600));
	T(creat("none/file", 0600));
	T((fd = creat("new", 0666)) >= 0);
	T(read(fd, buffer, 1));
	T(write(fd, "abc", 3));
	T(lseek(fd, 0, SEEK_CUR));
	T(close(fd));
	T((fd = open("new", O_RDWR | O_APPEND)) >= 0);
	T(lseek(fd, 0, SEEK_END));
	T(write(fd, "four", 4));
	T(lseek(fd, 1, SEEK_SET));
	T(write(fd, "", 0));
	T(lseek(fd, 0, SEEK_CUR));
	T(pwrite(fd, "", 0, 2));
	T(lseek(fd, 0, SEEK_CUR));
	T(read(fd, buffer, 0));
	T(lseek(fd, 0, SEEK_CUR));
	T(close(fd));
	T((fd = open("new", O_RDONLY | O_CREAT | O_TRUNC, 0600)) >= 0);
	T(lseek(fd, 0, SEEK_END));
	T(close(fd));
	T((fd = open("broken", O_CREAT | O_WRONLY, 0600)) >= 0);
	T(close(fd));
	T(unlink("nowhere"));
	T(unlink("new"));
}

static void transfers(void)
{
	struct iovec parts[2] = {{buffer, 2}, {BAD, 2}}, huge[2] = {{buffer, LONG_MAX}, {buffer, 2}};

	T(read(writeOnly, buffer, 1));
	T(write(readOnly, "x", 1));
	T(read(directory, buffer, 1));
	T(write(directory, "x", 1));
	T(read(-1, buffer, 1));
	T(read(999, buffer, 1));
	T(read(readOnly, BAD, 1));
	T(write(file, BAD, 1));
	T(read(readOnly, NULL, 0));
	T(pread(readOnly, buffer, 1, -1));
	T(pwrite(file, "x", 1, -1));
	T(pread(readOnly, buffer, 5, 8));
	T(pread(readOnly, buffer, 5, 10));
	T(pread(readOnly, buffer, 5, 1L << 40));
	T(pread(fds[0], buffer, 1, 0));
	T(pwrite(fds[1], "x", 1, 0));
	T(pread(directory, buffer, 1, 0));
	T(pread(writeOnly, buffer, 1, 0));
	T(readv(readOnly, parts, 0));
	T(readv(readOnly, parts, -1));
	T(readv(readOnly, parts, IOV_MAX + 1));
	T(readv(readOnly, huge, 2));
	T(readv(readOnly, BAD, 1));
	T(readv(readOnly, parts, 1));
	T(lseek(readOnly, 0, SEEK_SET));
	T(preadv(readOnly, parts, 1, 9));
	T(preadv(readOnly, parts, 1, -1));
	T(preadv2(readOnly, parts, 1, 0, 0));
	T(preadv2(readOnly, parts, 1, -1, 0));
	T(preadv2(readOnly, parts, 1, 0, 1 << 20));
	T(pwritev(readOnly, parts, 1, 0));
	T(pwritev2(file, parts, 1, 0, 0));
	T(lseek(file, -1, SEEK_SET));
	T(lseek(file, -11, SEEK_END));
	T(lseek(file, 0, 99));
	T(lseek(file, 1L << 40, SEEK_SET) > 0);
	T(read(file, buffer, 1));
	T(lseek(file, 0, SEEK_SET));
	T(lseek(fds[0], 0, SEEK_SET));
	T(lseek(999, 0, SEEK_SET));
	T(lseek(file, 0, SEEK_DATA));
	T(lseek(file, 0, SEEK_HOLE));
	T(lseek(file, 10, SEEK_DATA));
	T(lseek(file, -1, SEEK_HOLE));
	T(truncate("none", 0));
	T(truncate("dir", 0));
	T(truncate("file", -1));
	T(truncate("loop", 0));
	T(truncate(longName, 0));
	T(truncate(BAD, 0));
	T(truncate("file/x", 0));
	T(ftruncate(file, -1));
	T(ftruncate(readOnly, 0));
	T(ftruncate(directory, 0));
	T(ftruncate(fds[1], 0));
	T(ftruncate(999, 0));
	T(ftruncate(file, 20));
	T(lseek(file, 0, SEEK_END));
	T(truncate("link", 10));
	T(lseek(file, 0, SEEK_END));
	T(fsync(file));
	T(fsync(999));
	T(fsync(fds[0]));
	T(fdatasync(file));
	T(fdatasync(999));
	T(posix_fallocate(file, 0, 0) == EINVAL);
	T(posix_fallocate(file, -1, 1) == EINVAL);
	T(posix_fallocate(999, 0, 1) == EBADF);
	T(posix_fallocate(readOnly, 0, 1) == EBADF);
	T(posix_fallocate(fds[1], 0, 1) == ESPIPE);
	T(posix_fadvise(999, 0, 0, 0) == EBADF);
	T(posix_fadvise(file, 0, 0, 99) == EINVAL);
	T(posix_fadvise(fds[0], 0, 0, 0) == ESPIPE);
	T(posix_fadvise(file, 0, 0, POSIX_FADV_RANDOM));
}

static void status(void)
{
	struct stat known;
	struct statvfs system;

	T(stat("none", &known));
	T(stat("", &known));
	T(stat("loop", &known));
	T(stat("broken", &known));
	T(lstat("broken", &known));
	T(S_ISLNK(known.st_mode));
	T(known.st_size);
	T(lstat("loop", &known));
	T(lstat("dirlink/", &known));
	T(S_ISDIR(known.st_mode));
	T(lstat("link/", &known));
	T(stat("file/", &known));
	T(stat(longName, &known));
	T(stat(longPath, &known));
	T(stat(BAD, &known));
	T(stat("file", &known));
	T(known.st_size);
	T(known.st_mode == (S_IFREG | 0644));
	T(known.st_nlink);
	T(fstat(999, &known));
	T(fstat(-1, &known));
	T(fstat(directory, &known));
	T(S_ISDIR(known.st_mode));
	T(fstatat(999, "file", &known, 0));
	T(fstatat(-1, "file", &known, 0));
	T(fstatat(file, "file", &known, 0));
	T(fstatat(directory, "", &known, 0));
	T(fstatat(directory, "", &known, AT_EMPTY_PATH));
	T(S_ISDIR(known.st_mode));
	T(fstatat(AT_FDCWD, "broken", &known, 0));
	T(fstatat(AT_FDCWD, "broken", &known, AT_SYMLINK_NOFOLLOW));
	T(fstatat(AT_FDCWD, "file", &known, 1 << 20));
	T(statvfs("none", &system));
	T(statvfs("file", &system));
	T(system.f_namemax);
	T(system.f_bfree <= system.f_blocks);
	T(fstatvfs(999, &system));
	T(fstatvfs(directory, &system));
	T(access("none", F_OK));
	T(access("file", F_OK));
	T(access("file", R_OK | W_OK));
	T(access("file", X_OK));
	T(access("file", 99));
	T(access("loop", F_OK));
	T(access("file/x", F_OK));
	T(access(BAD, F_OK));
	T(access(longName, F_OK));
	T(access("dir", X_OK));
	T(faccessat(999, "file", F_OK, 0));
	T(faccessat(directory, "../file", R_OK, AT_EACCESS));
	T(faccessat(directory, "../file", R_OK, 1 << 20));
	T(pathconf("none", _PC_NAME_MAX));
	T(pathconf("file", 9999));
	T(pathconf("dir", _PC_NAME_MAX));
	T(pathconf("dir", _PC_PIPE_BUF));
	T(fpathconf(999, _PC_NAME_MAX));
	T(fpathconf(fds[0], _PC_PIPE_BUF));
}

static void permissions(void)
{
	struct stat known;

	T(chmod("none", 0600));
	T(chmod("loop", 0600));
	T(chmod("file/x", 0600));
	T(chmod(longName, 0600));
	T(chmod(BAD, 0600));
	T(chmod("file", 0640));
	T(stat("file", &known));
	T(known.st_mode & 07777);
	T(fchmod(999, 0600));
	T(fchmod(file, 0644));
	T(fchmodat(999, "file", 0600, 0));
	T(fchmodat(file, "file", 0600, 0));
	T(fchmodat(AT_FDCWD, "link", 0600, 0));
	T(fchmodat(AT_FDCWD, "file", 0600, 1 << 20));
	T(stat("file", &known));
	T(known.st_mode & 07777);
	T(chmod("file", 0644));
	T(chown("none", -1, -1));
	T(chown("file", -1, -1));
	T(chown("loop", -1, -1));
	T(chown(BAD, -1, -1));
	T(lchown("loop", -1, -1));
	T(lchown("none", -1, -1));
	T(fchown(999, -1, -1));
	T(fchown(file, -1, -1));
	T(fchownat(999, "file", -1, -1, 0));
	T(fchownat(AT_FDCWD, "file", -1, -1, 1 << 20));
	T(chown("file", getuid(), getgid()));
	T(umask(077));
	T(umask(022));
}

static void links(void)
{
	struct stat known;
	char name[64];

	T(link("none", "new"));
	T(link("file", "dir"));
	T(link("file", "link"));
	T(link("dir", "new"));
	T(link("file", "none/new"));
	T(link("file/x", "new"));
	T(link("file", "file/x"));
	T(link("file", longName));
	T(link(longName, "new"));
	T(link(BAD, "new"));
	T(link("file", BAD));
	T(link("file", ""));
	T(link("", "new"));
	T(link("loop/x", "new"));
	T(link("broken", "new"));
	T(unlink("new"));
	T(link("file", "new"));
	T(stat("new", &known));
	T(known.st_nlink);
	T(link("file", "new"));
	T(unlink("new"));
	T(linkat(999, "file", AT_FDCWD, "new", 0));
	T(linkat(AT_FDCWD, "file", 999, "new", 0));
	T(linkat(AT_FDCWD, "file", file, "new", 0));
	T(linkat(AT_FDCWD, "file", AT_FDCWD, "new", 1 << 20));
	T(linkat(AT_FDCWD, "link", AT_FDCWD, "new", AT_SYMLINK_FOLLOW));
	T(lstat("new", &known));
	T(S_ISREG(known.st_mode));
	T(unlink("new"));
	T(symlink("x", "file"));
	T(symlink("x", "none/new"));
	T(symlink("", "new"));
	T(symlink("x", ""));
	T(symlink(BAD, "new"));
	T(symlink("x", BAD));
	T(symlink(longPath, "new"));
	T(symlink("x", longName));
	T(symlink("x", "file/new"));
	T(symlinkat("x", 999, "new"));
	T(symlinkat("x", file, "new"));
	T(readlink("none", name, sizeof name));
	T(readlink("file", name, sizeof name));
	T(readlink("link", name, 0));
	T(readlink("link", name, 2));
	T(readlink("link", name, sizeof name));
	T(readlink("link", BAD, 4));
	T(readlink("link/", name, sizeof name));
	T(readlink("", name, sizeof name));
	T(readlink(BAD, name, sizeof name));
	T(readlink(longName, name, sizeof name));
	T(readlinkat(999, "link", name, sizeof name));
	T(readlinkat(file, "link", name, sizeof name));
	T(unlink("none"));
	T(unlink("dir"));
	T(unlink("file/x"));
	T(unlink(""));
	T(unlink(BAD));
	T(unlink(longName));
	T(unlink("loop/x"));
	T(unlink("file/"));
	T(unlinkat(999, "file", 0));
	T(unlinkat(file, "file", 0));
	T(unlinkat(AT_FDCWD, "file", AT_REMOVEDIR));
	T(unlinkat(AT_FDCWD, "dir", 0));
	T(unlinkat(AT_FDCWD, "file", 1 << 20));
	T(remove("none"));
	T(remove("full"));
	T(mkdir("empty", 0700));
	T(remove("empty"));
}

static void directories(void)
{
	struct stat known;
	char name[64];

	T(mkdir("dir", 0755));
	T(mkdir("file", 0755));
	T(mkdir("link", 0755));
	T(mkdir("broken", 0755));
	T(mkdir("none/dir", 0755));
	T(mkdir("file/dir", 0755));
	T(mkdir("", 0755));
	T(mkdir("/", 0755));
	T(mkdir(".", 0755));
	T(mkdir(longName, 0755));
	T(mkdir(longPath, 0755));
	T(mkdir(BAD, 0755));
	T(mkdir("new/", 0777));
	T(stat("new", &known));
	T(known.st_mode & 07777);
	T(rmdir("new/"));
	T(mkdirat(999, "new", 0755));
	T(mkdirat(file, "new", 0755));
	T(mkdirat(directory, "new", 0755));
	T(unlinkat(directory, "new", AT_REMOVEDIR));
	T(rmdir("none"));
	T(rmdir("file"));
	T(rmdir("full"));
	T(rmdir("dirlink"));
	T(rmdir("."));
	T(rmdir("dir/."));
	T(rmdir("full/.."));
	T(rmdir(""));
	T(rmdir(BAD));
	T(rmdir("loop"));
	T(rmdir(longName));
	T(rmdir("file/x"));
	T(rename("none", "new"));
	T(rename("file", "dir"));
	T(rename("dir", "file"));
	T(rename("dir", "full"));
	T(rename("full", "full/x"));
	T(rename("full", "full/inside/x"));
	T(rename("file", "none/x"));
	T(rename("file", ""));
	T(rename("", "file"));
	T(rename(".", "new"));
	T(rename("dir/.", "new"));
	T(rename("dir", "dir/.."));
	T(rename(BAD, "new"));
	T(rename("file", BAD));
	T(rename("file", longName));
	T(rename(longName, "file"));
	T(rename("file", "file"));
	T(rename("file/", "new"));
	T(rename("file", "new/"));
	T(rename("loop/x", "new"));
	T(renameat(999, "file", AT_FDCWD, "new"));
	T(renameat(AT_FDCWD, "file", 999, "new"));
	T(renameat(file, "file", AT_FDCWD, "new"));
	T(renameat(AT_FDCWD, "file", AT_FDCWD, "new"));
	T(renameat(AT_FDCWD, "new", AT_FDCWD, "file"));
	T(renameat2(AT_FDCWD, "link", AT_FDCWD, "file", RENAME_NOREPLACE));
	T(renameat2(AT_FDCWD, "link", AT_FDCWD, "file", 1 << 20));
	T(renameat2(AT_FDCWD, "link", AT_FDCWD, "file", RENAME_NOREPLACE | RENAME_EXCHANGE));
	T(renameat2(AT_FDCWD, "link", AT_FDCWD, "none", RENAME_EXCHANGE));
	T(chdir("none"));
	T(chdir("file"));
	T(chdir("loop"));
	T(chdir(""));
	T(chdir(BAD));
	T(chdir(longName));
	T(fchdir(999));
	T(fchdir(file));
	T(fchdir(directory));
	T(chdir(".."));
	T(getcwd(name, 1) != NULL);
	T(errno == ERANGE);
	T(getcwd(name, 0) != NULL);
	T(errno == EINVAL);
	T(mkfifo("file", 0600));
	T(mkfifo("none/x", 0600));
	T(mkfifo("file/x", 0600));
	T(mkfifo(longName, 0600));
	T(mkfifo("fifo", 0640));
	T(stat("fifo", &known));
	T(S_ISFIFO(known.st_mode));
	T(unlink("fifo"));
}

static int order(const struct dirent **first, const struct dirent **second)
{
	return strcmp((*first)->d_name, (*second)->d_name);
}

static int isShort(const struct dirent *entry)
{
	return strlen(entry->d_name) <= 4 && entry->d_name[0] != '.';
}

static void reading(void)
{
	struct dirent **list = NULL, *entry;
	DIR *stream;
	long place, count = 0;
	char first[256];

	T(opendir("none") != NULL);
	T(errno == ENOENT);
	T(opendir("file") != NULL);
	T(errno == ENOTDIR);
	T(opendir("") != NULL);
	T(errno == ENOENT);
	T(opendir("loop") != NULL);
	T(errno == ELOOP);
	T(opendir(longName) != NULL);
	T(errno == ENAMETOOLONG);
	T(fdopendir(999) != NULL);
	T(errno == EBADF);
	T(fdopendir(file) != NULL);
	T(errno == ENOTDIR);
	T(fdopendir(fds[0]) != NULL);
	T(errno == ENOTDIR);
	T(scandir("none", &list, NULL, NULL));
	T(scandir("file", &list, NULL, NULL));
	T(scandir("full", &list, NULL, order));
	for (int i = 0; i < 3; i++) {
		printf("%s %d\n", list[i]->d_name, list[i]->d_type);
		free(list[i]);
	}
	free(list);
	T(count = scandir(".", &list, isShort, alphasort));
	for (int i = 0; i < count; i++) {
		printf("%s %d\n", list[i]->d_name, list[i]->d_type);
		free(list[i]);
	}
	free(list);

	stream = opendir("full");
	T(fcntl(dirfd(stream), F_GETFD));
	place = telldir(stream);
	entry = readdir(stream);
	strcpy(first, entry->d_name);
	readdir(stream);
	seekdir(stream, place);
	T(strcmp(readdir(stream)->d_name, first));
	rewinddir(stream);
	T(strcmp(readdir(stream)->d_name, first));
	readdir(stream);
	T(readdir(stream) != NULL);
	errno = 0;
	T(readdir(stream) == NULL && errno == 0);
	T(closedir(stream));

	/* What is removed while it is read is told of once or not at all. */
	mkdir("many", 0755);
	for (int i = 0; i < 500; i++) {
		snprintf(first, sizeof first, "many/%d", i);
		make(first, "");
	}
	stream = opendir("many");
	count = 0;
	while ((entry = readdir(stream))) {
		if (entry->d_name[0] == '.')
			continue;
		count++;
		T(unlinkat(dirfd(stream), entry->d_name, 0) == 0 ? 0 : -1);
	}
	T(closedir(stream));
	T(count);
	T(rmdir("many"));
}

static void times(void)
{
	struct timespec both[2] = {{1000, 5}, {2000, 999999999}}, wrong[2] = {{0, 1000000000}, {0, 0}},
			below[2] = {{0, 0}, {0, -1}}, omit[2] = {{7, UTIME_OMIT}, {9, UTIME_OMIT}};
	struct timeval older[2] = {{3000, 7}, {4000, 999999}}, bad[2] = {{0, 1000000}, {0, 0}};
	struct utimbuf oldest = {5000, 6000};
	struct stat known;

	T(utimensat(AT_FDCWD, "none", both, 0));
	T(utimensat(AT_FDCWD, "file", wrong, 0));
	T(utimensat(AT_FDCWD, "file", below, 0));
	T(utimensat(AT_FDCWD, "file", both, 1 << 20));
	T(utimensat(999, "file", both, 0));
	T(utimensat(file, "file", both, 0));
	T(utimensat(AT_FDCWD, "loop", both, 0));
	T(utimensat(AT_FDCWD, "loop", both, AT_SYMLINK_NOFOLLOW));
	T(utimensat(AT_FDCWD, longName, both, 0));
	T(utimensat(AT_FDCWD, "file/x", both, 0));
	T(utimensat(AT_FDCWD, "link", both, 0));
	T(stat("file", &known));
	T(known.st_atim.tv_sec * 1000000000 + known.st_atim.tv_nsec);
	T(known.st_mtim.tv_sec * 1000000000 + known.st_mtim.tv_nsec);
	T(futimens(999, both));
	T(futimens(file, wrong));
	T(futimens(file, omit));
	T(stat("file", &known));
	T(known.st_mtim.tv_sec);
	T(utimes("none", older));
	T(utimes("file", bad));
	T(utimes("file", older));
	T(stat("file", &known));
	T(known.st_atim.tv_sec * 1000000000 + known.st_atim.tv_nsec);
	T(known.st_mtim.tv_sec * 1000000000 + known.st_mtim.tv_nsec);
	T(futimes(file, older));
	T(futimes(999, older));
	T(lutimes("broken", older));
	T(utime("none", &oldest));
	T(utime("file", &oldest));
	T(stat("file", &known));
	T(known.st_atime + known.st_mtime);
	T(utime("file", NULL));
	T(stat("file", &known));
	T(known.st_mtime > 6000);
}

static void resolved(void)
{
	static char space[PATH_MAX], here[PATH_MAX];
	size_t length;

	P(realpath("none", space));
	P(realpath("", space));
	P(realpath("file/", space));
	P(realpath("file/x", space));
	P(realpath("file/..", space));
	P(realpath("loop", space));
	P(realpath("a/x", space));
	P(realpath("broken", space));
	P(realpath(longName, space));
	P(realpath(NULL, space));
	P(realpath("/", space));
	P(realpath("///.././/", space));
	if (!realpath(".", here))
		exit(1);
	length = strlen(here);
	P(realpath("link", space) ? space + length : NULL);
	P(realpath("dirlink/..//./dirlink/../file", NULL) + length);
	P(realpath("dirlink/", space) ? space + length : NULL);
	P(realpath("full/inside/..", space));
	P(realpath("full/../none", space));
}

static int reported;

static int report(const char *path, int error)
{
	printf("reported %s %s\n", path, name(error));
	reported++;
	return 0;
}

static void patterns(const char *pattern, int flags)
{
	glob_t found = {.gl_offs = 2};
	int result = glob(pattern, flags, report, &found);

	printf("glob %s %d: %d, %d\n", pattern, flags, result, result ? 0 : (int)found.gl_pathc);
	if (result)
		return;
	for (size_t i = 0; i < found.gl_pathc; i++)
		printf("\t%s\n", found.gl_pathv[found.gl_offs + i]);
	globfree(&found);
}

static void matching(void)
{
	static const struct {
		const char *pattern, *text;
		int flags;
	} cases[] = {
		{"*.c", "a.c", 0}, {"*.c", "a.h", 0}, {"*", ".x", FNM_PERIOD}, {"*", ".x", 0},
		{"?", "/", FNM_PATHNAME}, {"*", "a/b", FNM_PATHNAME}, {"*", "a/b", 0},
		{"[a-c]x", "bx", 0}, {"[!a-c]x", "bx", 0}, {"\\*", "*", 0}, {"\\*", "\\x", FNM_NOESCAPE},
		{"a/*", "a/.b", FNM_PATHNAME | FNM_PERIOD}, {"[", "[", 0}, {"", "", 0}, {"**", "", 0},
	};
	glob_t found = {0};

	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++)
		printf("fnmatch %s %s: %d\n", cases[i].pattern, cases[i].text,
		       fnmatch(cases[i].pattern, cases[i].text, cases[i].flags) != 0);
	patterns("*", 0);
	patterns("*/*", 0);
	patterns("f*", GLOB_MARK);
	patterns("d*", GLOB_MARK);
	patterns("f[a-i]l?", 0);
	patterns("none*", 0);
	patterns("none*", GLOB_NOCHECK);
	patterns("none", 0);
	patterns("file", 0);
	patterns("fil\\e", 0);
	patterns("fil\\e", GLOB_NOESCAPE);
	patterns("*k", GLOB_DOOFFS);
	patterns("./f*", 0);
	patterns("f*//ins*", 0);
	patterns("file/*", 0);
	patterns("none/*", 0);
	patterns("none/*", GLOB_ERR);
	patterns("", 0);
	patterns(".*k", 0);
	glob("f*", 0, NULL, &found);
	glob("d*", GLOB_APPEND, NULL, &found);
	for (size_t i = 0; i < found.gl_pathc; i++)
		printf("\t%s\n", found.gl_pathv[i]);
	globfree(&found);
}

/* What a walk finds, in one order: those of directories differ. */
static char lines[64][128];
static int lineCount, stopAt;

static int found(const char *path, const struct stat *known, int kind, struct FTW *place)
{
	static const char *kinds[] = {"F", "D", "DNR", "NS", "SL", "DP", "SLN"};

	snprintf(lines[lineCount++ % 64], sizeof lines[0], "%s %s %s %d %ld", path, kinds[kind],
		 path + place->base, place->level, S_ISREG(known->st_mode) ? (long)known->st_size : 0l);
	return lineCount == stopAt ? 77 : 0;
}

static int foundOld(const char *path, const struct stat *known, int kind)
{
	static const char *kinds[] = {"F", "D", "DNR", "NS", "SL", "DP", "SLN"};

	(void)known;
	snprintf(lines[lineCount++ % 64], sizeof lines[0], "%s %s", path, kinds[kind]);
	return 0;
}

static int compareLines(const void *first, const void *second)
{
	return strcmp(first, second);
}

static void walked(const char *what, int result)
{
	printf("%s: %d, %d\n", what, result, lineCount);
	qsort(lines, lineCount < 64 ? lineCount : 64, sizeof lines[0], compareLines);
	for (int i = 0; i < lineCount && i < 64; i++)
		printf("\t%s\n", lines[i]);
	lineCount = 0;
}

static void walks(void)
{
	make("full/second", "12345");
	mkdir("full/sub", 0755);
	make("full/sub/third", "");
	symlink("../inside", "full/sub/up");
	symlink("..", "full/sub/back");
	T(nftw("none", found, 5, 0));
	T(nftw("", found, 5, 0));
	T(nftw("file/x", found, 5, 0));
	T(nftw(longName, found, 5, 0));
	walked("nftw", nftw("full", found, 5, 0));
	walked("nftw PHYS", nftw("full", found, 5, FTW_PHYS));
	walked("nftw DEPTH", nftw("full/", found, 1, FTW_DEPTH | FTW_PHYS));
	walked("nftw CHDIR", nftw("full", found, 5, FTW_CHDIR | FTW_PHYS | FTW_MOUNT));
	walked("nftw file", nftw("file", found, 5, 0));
	walked("nftw broken", nftw("broken", found, 5, FTW_PHYS));
	walked("ftw", ftw("full", foundOld, 5));
	T(access("full", F_OK));
	stopAt = 1;
	walked("nftw until", nftw("full", found, 5, 0));
	unlink("full/second");
	unlink("full/sub/third");
	unlink("full/sub/up");
	unlink("full/sub/back");
	rmdir("full/sub");
}

static void temporary(void)
{
	char template[] = "tempXXXXXX", bad[] = "temp", few[] = "tXXXXX", suffix[] = "tXXXXXX.c",
	     folder[] = "dXXXXXX", nowhere[] = "none/tXXXXXX";
	struct stat known;
	FILE *stream;
	int fd;

	T(mkstemp(bad));
	T(mkstemp(few));
	T(mkstemp(nowhere));
	P(mkdtemp(bad));
	T((fd = mkstemp(template)) >= 0);
	T(fstat(fd, &known));
	T(known.st_mode & 07777);
	T(fcntl(fd, F_GETFL) & O_ACCMODE);
	T(strcmp(template, "tempXXXXXX") != 0);
	T(close(fd));
	T(unlink(template));
	T((fd = mkostemps(suffix, 2, O_CLOEXEC)) >= 0);
	T(fcntl(fd, F_GETFD));
	T(strcmp(suffix + 7, ".c"));
	T(close(fd));
	T(unlink(suffix));
	P(mkdtemp(folder) ? "made" : NULL);
	T(stat(folder, &known));
	T(known.st_mode & 07777);
	T(rmdir(folder));
	T((stream = tmpfile()) != NULL);
	T(fprintf(stream, "some text"));
	T(fflush(stream));
	T(fstat(fileno(stream), &known));
	T(known.st_nlink);
	T(known.st_size);
	rewind(stream);
	T(fread(buffer, 1, 100, stream));
	T(fclose(stream));
	T((fd = open(".", O_TMPFILE | O_RDWR, 0600)) >= 0);
	T(write(fd, "x", 1));
	T(close(fd));
}

static void locks(void)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 10};

	T(fcntl(file, F_SETLK, &lock));
	T(fcntl(file, F_GETLK, &lock));
	T(lock.l_type == F_UNLCK);
	lock.l_type = F_WRLCK;
	T(fcntl(readOnly, F_SETLK, &lock));
	T(fcntl(999, F_SETLK, &lock));
	lock.l_type = F_RDLCK;
	T(fcntl(writeOnly, F_SETLK, &lock));
	T(fcntl(readOnly, F_SETLKW, &lock));
	lock.l_type = 99;
	T(fcntl(file, F_SETLK, &lock));
	lock.l_type = F_UNLCK;
	lock.l_whence = 99;
	T(fcntl(file, F_SETLK, &lock));
	lock.l_whence = SEEK_SET;
	lock.l_start = -1;
	T(fcntl(file, F_SETLK, &lock));
	lock.l_start = 5;
	lock.l_len = -6;
	T(fcntl(file, F_SETLK, &lock));
	lock.l_len = -5;
	T(fcntl(file, F_SETLK, &lock));
	lock.l_start = 2;
	lock.l_len = LONG_MAX;
	T(fcntl(file, F_SETLK, &lock));
	lock.l_whence = SEEK_END;
	lock.l_start = LONG_MAX;
	T(fcntl(file, F_SETLK, &lock));
	T(lockf(file, F_LOCK, 0));
	T(lockf(file, F_TEST, 0));
	T(lockf(file, F_ULOCK, 0));
	T(lockf(readOnly, F_TLOCK, 0));
	T(lockf(file, 99, 0));
	T(lockf(999, F_LOCK, 0));
}

/* Copies, locks of whole files, files in memory. */
static void sharing(void)
{
	off_t from = 2, to = 5, wrong = -1;
	int other = open("file", O_RDWR), copy = open("copy", O_RDWR | O_CREAT, 0600),
	    appending = open("copy", O_WRONLY | O_APPEND);
	char *memory;

	T(sendfile(copy, readOnly, &from, 4));
	T(from);
	T(sendfile(copy, readOnly, &from, 100));
	T(from);
	T(sendfile(copy, readOnly, &wrong, 4));
	T(sendfile(copy, fds[0], NULL, 4));
	T(sendfile(copy, directory, NULL, 4));
	T(sendfile(readOnly, readOnly, NULL, 4));
	T(sendfile(copy, writeOnly, NULL, 4));
	T(sendfile(999, readOnly, NULL, 4));
	T(sendfile(copy, readOnly, BAD, 4));
	T(lseek(copy, 0, SEEK_CUR));
	from = 0;
	T(copy_file_range(readOnly, &from, copy, &to, 3, 0));
	T(from * 100 + to);
	T(copy_file_range(readOnly, &from, copy, &to, 3, 1));
	T(copy_file_range(readOnly, NULL, directory, NULL, 3, 0));
	T(copy_file_range(fds[0], NULL, copy, NULL, 3, 0));
	T(copy_file_range(readOnly, NULL, appending, NULL, 3, 0));
	T(copy_file_range(writeOnly, NULL, copy, NULL, 3, 0));
	T(copy_file_range(999, NULL, copy, NULL, 3, 0));
	from = 0;
	to = 1;
	T(copy_file_range(copy, &from, copy, &to, 3, 0));
	T(pread(copy, buffer, 100, 0));
	printf("%.8s\n", buffer);

	T(flock(file, LOCK_EX | LOCK_NB));
	T(flock(file, LOCK_EX | LOCK_NB));
	T(flock(other, LOCK_SH | LOCK_NB) == -1 && errno == EWOULDBLOCK);
	T(flock(file, LOCK_SH));
	T(flock(other, LOCK_SH | LOCK_NB));
	T(flock(file, LOCK_UN));
	T(flock(other, LOCK_UN));
	T(flock(999, LOCK_SH));
	T(flock(file, 0));
	T(flock(file, LOCK_SH | LOCK_EX));

	T(mmap(NULL, 0, PROT_READ, MAP_SHARED, file, 0) == MAP_FAILED && errno == EINVAL);
	T(mmap(NULL, 10, PROT_READ, MAP_SHARED, file, 1) == MAP_FAILED && errno == EINVAL);
	T(mmap(NULL, 10, PROT_READ, MAP_SHARED, 999, 0) == MAP_FAILED && errno == EBADF);
	T(mmap(NULL, 10, PROT_READ, MAP_SHARED, fds[0], 0) == MAP_FAILED && errno == ENODEV);
	T(mmap(NULL, 10, PROT_READ, MAP_SHARED, directory, 0) == MAP_FAILED && errno == ENODEV);
	T(mmap(NULL, 10, PROT_READ, MAP_PRIVATE, writeOnly, 0) == MAP_FAILED && errno == EACCES);
	T(mmap(NULL, 10, PROT_WRITE, MAP_SHARED, readOnly, 0) == MAP_FAILED && errno == EACCES);
	T(mmap(NULL, 10, PROT_READ, 0, file, 0) == MAP_FAILED && errno == EINVAL);
	memory = mmap(NULL, 10, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	T(memory != MAP_FAILED);
	memory[2] = 'M';
	T(pread(file, buffer, 10, 0));
	printf("%.10s\n", buffer);
	T(pwrite(file, "W", 1, 3));
	T(memory[3]);
	T(msync(memory, 10, MS_SYNC));
	T(munmap(memory, 10));
	memory = mmap(NULL, 10, PROT_READ | PROT_WRITE, MAP_PRIVATE, readOnly, 0);
	T(memory != MAP_FAILED);
	memory[2] = 'P';
	T(pread(file, buffer, 10, 0));
	printf("%.10s\n", buffer);
	T(munmap(memory, 10));
	T(pwrite(file, "23", 2, 2));
	T(close(other));
	T(close(copy));
	T(close(appending));
	T(unlink("copy"));
}

static void streams(void)
{
	char *text = NULL, line[16];
	size_t size = 0;
	FILE *stream;

	T(fopen("none", "r") != NULL);
	T(errno == ENOENT);
	T(fopen("none", "r+") != NULL);
	T(fopen("file", "q") != NULL);
	T(errno == EINVAL);
	T(fopen("dir", "w") != NULL);
	T(errno == EISDIR);
	T(fopen("file", "wx") != NULL);
	T(errno == EEXIST);
	T((stream = fopen("text", "w+")) != NULL);
	T(fputs("one\ntwo\nthree", stream) >= 0);
	T(fseeko(stream, 4, SEEK_SET));
	T(fgets(line, sizeof line, stream) != NULL && !strcmp(line, "two\n"));
	T(ftello(stream));
	T(ungetc('x', stream));
	T(ftello(stream));
	T(fgetc(stream));
	T(fseeko(stream, -1, SEEK_SET));
	T(fseeko(stream, 0, 99));
	T(fseeko(stream, -5, SEEK_END));
	T(fgetc(stream));
	T(fclose(stream));
	T((stream = fopen("text", "a+")) != NULL);
	T(fgetc(stream));
	T(fseeko(stream, 0, SEEK_SET));
	T(fputs("!", stream) >= 0);
	T(ftello(stream));
	T((stream = freopen("text", "r", stream)) != NULL);
	T(getline(&text, &size, stream));
	T(getdelim(&text, &size, 'o', stream));
	T(getdelim(&text, &size, 'q', stream));
	T(getline(&text, &size, stream));
	T(feof(stream) != 0);
	T(fputc('x', stream));
	T(ferror(stream) != 0);
	T(freopen("none", "r", stream) != NULL);
	T(errno == ENOENT);
	free(text);
	text = NULL;
	T((stream = fmemopen(line, sizeof line, "w+")) != NULL);
	T(fprintf(stream, "number %d", 5));
	T(fflush(stream));
	T(strcmp(line, "number 5"));
	rewind(stream);
	T(fgetc(stream));
	T(fclose(stream));
	T(fmemopen(line, sizeof line, "q") != NULL);
	T(errno == EINVAL);
	T((stream = open_memstream(&text, &size)) != NULL);
	T(fprintf(stream, "%0500d", 1));
	T(fflush(stream));
	T(size);
	T(fseeko(stream, 2, SEEK_SET));
	T(fputs("ab", stream) >= 0);
	T(fclose(stream));
	T(size);
	T(text[2] == 'a' && text[4] == '0');
	free(text);
	T(fdopen(999, "r") != NULL);
	T(errno == EBADF);
	T(fdopen(readOnly, "w") != NULL);
	T(errno == EINVAL || errno == EBADF);
	T(unlink("text"));
}

int main(void)
{
	char folder[] = "/tmp/errorsXXXXXX";

	if (!mkdtemp(folder) || chdir(folder))
		return 1;
	prepare();
	opening();
	transfers();
	status();
	permissions();
	links();
	directories();
	reading();
	times();
	resolved();
	matching();
	walks();
	temporary();
	locks();
	sharing();
	streams();

	static const char *made[] = {"file", "full/inside", "link", "broken", "loop", "a", "b", "dirlink"};

	for (unsigned i = 0; i < sizeof made / sizeof *made; i++)
		T(unlink(made[i]));
	T(rmdir("dir"));
	T(rmdir("full"));
	T(chdir("/"));
	return rmdir(folder) ? 1 : 0;
}
