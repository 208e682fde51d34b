/*
 * Files, by the kernel's own functions: what is made, linked, renamed, cut and
 * removed, and what that tells. Prints one line for each, and ends with 0.
 */
#include <hermit.h>
#include <stdio.h>
#include <string.h>

static int failures;

static void check(const char *what, long long result, long long expected)
{
	if (result == expected)
		return;
	printf("%s: %lld, and not %lld\n", what, result, expected);
	failures++;
}

/* Whether a file holds that text. */
static void holds(const char *path, const char *text)
{
	char bytes[256];
	int fd = sys_open(path, HERMIT_O_RDONLY, 0);
	long long count = sys_read(fd, bytes, sizeof bytes);

	check(path, count, (long long)strlen(text));
	if (count == (long long)strlen(text))
		check(path, memcmp(bytes, text, (size_t)count), 0);
	check("close", sys_close(fd), 0);
}

static void make(const char *path, const char *text)
{
	int fd = sys_open(path, HERMIT_O_WRONLY | HERMIT_O_CREAT | HERMIT_O_TRUNC, 0666);

	check("write", sys_write(fd, text, strlen(text)), (long long)strlen(text));
	check("close", sys_close(fd), 0);
}

static void contents(void)
{
	struct hermit_stat status;
	char bytes[16];
	int fd;

	make("/tmp/a", "hello");
	holds("/tmp/a", "hello");
	check("stat", sys_stat("/tmp/a", &status), 0);
	check("its size", status.st_size, 5);
	check("its mode", status.st_mode, HERMIT_S_IFREG | 0644);
	fd = sys_open("/tmp/a", HERMIT_O_RDWR | HERMIT_O_APPEND, 0);
	check("append", sys_write(fd, " world", 6), 6);
	check("pread", sys_pread(fd, bytes, 5, 6), 5);
	check("what it read", memcmp(bytes, "world", 5), 0);
	check("lseek", sys_lseek(fd, -5, HERMIT_SEEK_END), 6);
	check("read", sys_read(fd, bytes, sizeof bytes), 5);
	check("the end", sys_read(fd, bytes, sizeof bytes), 0);
	check("ftruncate", sys_ftruncate(fd, 3), 0);
	check("beyond", sys_ftruncate(fd, 8), 0);
	check("pread of zeros", sys_pread(fd, bytes, 16, 0), 8);
	check("zeros", memcmp(bytes, "hel\0\0\0\0\0", 8), 0);
	check("lseek below 0", sys_lseek(fd, -1, HERMIT_SEEK_SET), -HERMIT_EINVAL);
	check("write far away", sys_pwrite(fd, "x", 1, 1LL << 40), 1);
	check("fsync", sys_fsync(fd), 0);
	check("close", sys_close(fd), 0);
	check("truncate", sys_truncate("/tmp/a", 0), 0);
	check("O_EXCL", sys_open("/tmp/a", HERMIT_O_CREAT | HERMIT_O_EXCL | HERMIT_O_WRONLY, 0600),
	      -HERMIT_EEXIST);
	check("nothing there", sys_open("/tmp/none", HERMIT_O_RDONLY, 0), -HERMIT_ENOENT);
	check("a bad path", sys_open((const char *)1, HERMIT_O_RDONLY, 0), -HERMIT_EFAULT);
	check("no path", sys_open(NULL, HERMIT_O_RDONLY, 0), -HERMIT_EFAULT);
	printf("contents: a file is written, read, appended to and cut\n");
}

static void names(void)
{
	struct hermit_stat status;
	char text[64];

	check("mkdir", sys_mkdir("/tmp/d", 0777), 0);
	check("again", sys_mkdir("/tmp/d", 0777), -HERMIT_EEXIST);
	make("/tmp/d/one", "1");
	check("link", sys_link("/tmp/d/one", "/tmp/two"), 0);
	check("stat", sys_stat("/tmp/two", &status), 0);
	check("its names", (long long)status.st_nlink, 2);
	check("symlink", sys_symlink("d/one", "/tmp/link"), 0);
	holds("/tmp/link", "1");
	check("readlink", sys_readlink("/tmp/link", text, sizeof text), 5);
	check("lstat", sys_lstat("/tmp/link", &status), 0);
	check("its mode", status.st_mode, HERMIT_S_IFLNK | 0777);
	check("rename", sys_rename("/tmp/two", "/tmp/d/one"), 0);
	make("/tmp/three", "3");
	check("rename over it", sys_rename("/tmp/three", "/tmp/d/one"), 0);
	holds("/tmp/link", "3");
	check("into itself", sys_rename("/tmp/d", "/tmp/d/e"), -HERMIT_EINVAL);
	check("not empty", sys_rmdir("/tmp/d"), -HERMIT_ENOTEMPTY);
	check("a directory", sys_unlink("/tmp/d"), -HERMIT_EISDIR);
	check("no directory", sys_rmdir("/tmp/link"), -HERMIT_ENOTDIR);
	check("unlink", sys_unlink("/tmp/d/one"), 0);
	check("rmdir", sys_rmdir("/tmp/d"), 0);
	check("chdir", sys_chdir("/tmp"), 0);
	check("getcwd", sys_getcwd(text, sizeof text) == text && strcmp(text, "/tmp") == 0, 1);
	check("no room", sys_getcwd(text, 4) == NULL && sys_errno() == HERMIT_ERANGE, 1);
	make("here", "x");
	holds("/tmp/here", "x");
	check("faccessat", sys_faccessat(HERMIT_AT_FDCWD, "here", HERMIT_X_OK, 0), -HERMIT_EACCES);
	printf("names: a file has several, and they change\n");
}

static void directories(void)
{
	char buffer[512];
	int seen = 0, fd;
	long long count;

	check("mkdir", sys_mkdir("/tmp/many", 0755), 0);
	fd = sys_opendir("/tmp/many");
	for (int i = 0; i < 100; i++) {
		char name[16];

		snprintf(name, sizeof name, "f%d", i);
		check("openat", sys_close(sys_openat(fd, name, HERMIT_O_CREAT | HERMIT_O_WRONLY, 0600)), 0);
	}
	while ((count = sys_getdents64(fd, buffer, sizeof buffer)) > 0) {
		for (long long at = 0; at < count;) {
			struct hermit_dirent64 *entry = (struct hermit_dirent64 *)(buffer + at);

			seen += entry->d_type == HERMIT_DT_REG;
			at += entry->d_reclen;
		}
	}
	check("getdents64", count, 0);
	check("entries", seen, 100);
	check("too little room", sys_lseek(fd, 0, HERMIT_SEEK_SET), 0);
	check("too little room", sys_getdents64(fd, buffer, 8), -HERMIT_EINVAL);
	check("read", sys_read(fd, buffer, 8), -HERMIT_EISDIR);
	check("close", sys_close(fd), 0);
	printf("directories: 100 names were made and found\n");
}

static void devices(void)
{
	char bytes[600];
	int fd = sys_open("/dev/zero", HERMIT_O_RDWR, 0);

	memset(bytes, 1, sizeof bytes);
	check("zero", sys_read(fd, bytes, sizeof bytes), sizeof bytes);
	check("its bytes", bytes[0] | bytes[599], 0);
	check("close", sys_close(fd), 0);
	fd = sys_open("/dev/full", HERMIT_O_WRONLY, 0);
	check("full", sys_write(fd, bytes, 1), -HERMIT_ENOSPC);
	check("close", sys_close(fd), 0);
	fd = sys_open("/dev/stdout", HERMIT_O_WRONLY, 0);
	check("stdout", sys_write(fd, "written to /dev/stdout\n", 23), 23);
	check("close", sys_close(fd), 0);
	holds("/proc/version", "Hermit for Swift\n");
	check("mkdir in /proc", sys_mkdir("/proc/x", 0755), -HERMIT_EROFS);
	printf("devices: zeros, no room, and what /proc says\n");
}

int main(void)
{
	contents();
	names();
	directories();
	devices();
	return failures != 0;
}
