/*
 * What functions of files do in a folder, one line each. The same source is compiled for
 * the host's Linux and says the same there; what it leaves behind is compared, too.
 * Its argument is an empty folder.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>

static unsigned char text[1 << 20], back[1 << 20];

/* C libraries number errors each in its own way. */
static const char *error(void)
{
	switch (errno) {
#define NAME(number) case number: return #number;
	NAME(EPERM) NAME(ENOENT) NAME(EIO) NAME(EBADF) NAME(EACCES) NAME(EFAULT) NAME(EBUSY) NAME(EEXIST)
	NAME(EXDEV) NAME(ENODEV) NAME(ENOTDIR) NAME(EISDIR) NAME(EINVAL) NAME(ENOSPC) NAME(EROFS) NAME(ELOOP)
	NAME(ENAMETOOLONG) NAME(ENOTEMPTY) NAME(EFBIG) NAME(EOVERFLOW) NAME(ENXIO) NAME(ENOSYS) NAME(EOPNOTSUPP)
	default: return "another";
	}
}

static void say(const char *what, long long result)
{
	if (result < 0)
		printf("%s: %s\n", what, error());
	else
		printf("%s: %lld\n", what, result);
}

#define SAY(call) say(#call, (long long)(call))

static void look(const char *path)
{
	struct stat status;

	if (lstat(path, &status)) {
		printf("%s: %s\n", path, error());
		return;
	}
	printf("%s: mode %o, links %lu", path, (unsigned)status.st_mode, (unsigned long)status.st_nlink);
	if (!S_ISDIR(status.st_mode))
		printf(", %lld bytes", (long long)status.st_size);
	putchar('\n');
}

static unsigned sum(const unsigned char *bytes, long count)
{
	unsigned value = 1;

	for (long i = 0; i < count; i++)
		value = value * 31 + bytes[i];
	return value;
}

static void contents(void)
{
	struct iovec parts[3] = { { text, 5 }, { text + 100, 0 }, { text + 7, 1000 } };
	int fd = open("a", O_RDWR | O_CREAT | O_EXCL, 0640), other;

	say("open a", fd >= 0);
	SAY(write(fd, text, 300000));
	SAY(lseek(fd, 0, SEEK_CUR));
	SAY(pread(fd, back, 300001, 0));
	printf("sum %u\n", sum(back, 300000));
	SAY(pread(fd, back, 10, 299995));
	SAY(pread(fd, back, 10, 300000));
	SAY(pwrite(fd, "hole", 4, 400000));
	SAY(pread(fd, back, 100004, 300000));
	printf("sum %u\n", sum(back, 100004));
	SAY(writev(fd, parts, 3));
	SAY(lseek(fd, 0, SEEK_CUR));
	SAY(lseek(fd, 0, SEEK_END));
	SAY(lseek(fd, -1, SEEK_SET));
	SAY(read(fd, NULL, 0));
	SAY(fsync(fd));
	SAY(fdatasync(fd));
	SAY(ftruncate(fd, 1000));
	look("a");
	SAY(pread(fd, back, 2000, 0));
	SAY(ftruncate(fd, 5000));
	SAY(pread(fd, back, 6000, 0));
	printf("sum %u\n", sum(back, 5000));
	SAY(ftruncate(fd, -1));
	SAY(posix_fallocate(fd, 4000, 4000));
	look("a");
	other = open("a", O_WRONLY | O_APPEND);
	SAY(write(other, "end", 3));
	SAY(pread(fd, back, 10, 8000));
	SAY(read(other, back, 1) < 0 ? -1 : 0);
	SAY(close(other));
	other = open("a", O_RDONLY);
	SAY(write(other, "x", 1));
	SAY(ftruncate(other, 1));
	SAY(close(other));
	SAY(close(fd));
	SAY(open("a", O_RDWR | O_CREAT | O_EXCL, 0600));
	fd = open("a", O_RDWR | O_TRUNC);
	look("a");
	SAY(close(fd));
	SAY(truncate("a", 77));
	look("a");
	SAY(truncate("none", 1));
	SAY(truncate(".", 1));
}

static void large(void)
{
	int fd = open("large", O_RDWR | O_CREAT, 0600);
	long long place = (5LL << 30) + 12345;

	SAY(pwrite(fd, text, 70000, place));
	look("large");
	SAY(pread(fd, back, 80000, place - 100));
	printf("sum %u\n", sum(back, 70100));
	SAY(lseek(fd, 0, SEEK_END));
	SAY(lseek(fd, 1 << 20, SEEK_DATA) > 0);
	SAY(lseek(fd, 0, SEEK_HOLE));
	SAY(lseek(fd, place + 70000, SEEK_DATA));
	SAY(ftruncate(fd, 6LL << 30));
	look("large");
	SAY(pread(fd, back, 10, (6LL << 30) - 5));
	SAY(close(fd));
	SAY(unlink("large"));
}

static void names(void)
{
	char longName[300], target[100];
	int fd;

	memset(longName, 'n', 256);
	longName[256] = 0;
	SAY(mkdir("d", 0755));
	SAY(mkdir("d", 0755));
	SAY(mkdir("none/d", 0755));
	SAY(mkdir("a/d", 0755));
	SAY(mkdir(longName, 0755));
	longName[255] = 0;
	SAY(mkdir(longName, 0755));
	SAY(rmdir(longName));
	fd = open("d/f", O_RDWR | O_CREAT, 0604);
	SAY(write(fd, "text", 4));
	SAY(rmdir("d"));
	SAY(rmdir("a"));
	SAY(unlink("d") < 0);
	SAY(unlink("none"));
	SAY(link("d/f", "d/g"));
	SAY(link("d/f", "d/g"));
	SAY(link("none", "d/h"));
	look("d/f");
	SAY(rename("d/g", "g"));
	look("g");
	SAY(rename("a", "d"));
	SAY(rename("d", "a"));
	SAY(rename("d", "d/in"));
	SAY(rename("none", "x"));
	SAY(rename("a", "g"));
	look("g");
	look("a");
	look("d/f");
	SAY(unlink("d/f"));
	look("d/f");
	SAY(pread(fd, back, 10, 0));
	SAY(write(fd, "more", 4));
	SAY(close(fd));
	SAY(symlink("g", "s"));
	SAY(symlink("none", "broken"));
	SAY(symlink("loop", "loop"));
	look("s");
	SAY(readlink("s", target, sizeof target));
	SAY(readlink("g", target, sizeof target));
	SAY(open("broken", O_RDONLY));
	SAY(open("loop", O_RDONLY));
	SAY(open("s", O_RDONLY | O_NOFOLLOW));
	fd = open("s", O_RDONLY);
	SAY(read(fd, back, 100));
	SAY(close(fd));
	SAY(open("d", O_RDWR));
	SAY(open("g/", O_RDONLY));
	SAY(open("g/x", O_RDONLY));
	SAY(open("g", O_RDONLY | O_DIRECTORY));
	SAY(access("g", R_OK));
	SAY(access("none", F_OK));
	SAY(chmod("g", 0444));
	look("g");
	SAY(chmod("g", 04711));
	look("g");
	SAY(mkfifo("fifo", 0600));
	look("fifo");
	SAY(mkdir("d/e", 0700));
	SAY(chdir("d/e"));
	look("../../g");
	printf("%s\n", getcwd(target, sizeof target) ? strrchr(target, '/') : error());
	SAY(chdir("../.."));
	SAY(rename("d/e", "e"));
	look("e");
}

static void times(void)
{
	struct timespec times[2] = { { 1000000000, 123456789 }, { 1234567890, 987654321 } };
	struct stat status;
	struct statvfs system;

	SAY(utimensat(AT_FDCWD, "g", times, 0));
	SAY(stat("g", &status));
	printf("%lld.%09ld %lld.%09ld\n", (long long)status.st_atime, status.st_atim.tv_nsec,
	       (long long)status.st_mtime, status.st_mtim.tv_nsec);
	SAY(statvfs(".", &system));
	printf("%d %d\n", system.f_blocks > 0, system.f_bavail <= system.f_blocks);
}

/* Ten thousand names: each comes once, also when the folder is read again. */
static void many(void)
{
	static char seen[10000];
	char name[32];
	DIR *folder;
	long place = 0;
	int count = 0, again = 0, failed = 0, number;

	SAY(mkdir("many", 0755));
	for (int i = 0; i < 10000; i++) {
		int fd;

		snprintf(name, sizeof name, "many/%05d", i);
		fd = open(name, O_WRONLY | O_CREAT | O_EXCL, 0600);
		failed += fd < 0 || write(fd, text, i % 97) != i % 97 || close(fd);
	}
	folder = opendir("many");
	for (struct dirent *found; (found = readdir(folder)); count++) {
		if (found->d_name[0] == '.')
			continue;
		number = atoi(found->d_name);
		failed += seen[number]++ || found->d_type != DT_REG;
		if (count == 5000)
			place = telldir(folder);
	}
	for (int i = 0; i < 10000; i++)
		failed += seen[i] != 1;
	seekdir(folder, place);
	while (readdir(folder))
		again++;
	printf("%d names, %d behind the middle\n", count, again);
	rewinddir(folder);
	for (again = 0; readdir(folder);)
		again++;
	closedir(folder);
	for (int i = 0; i < 10000; i++) {
		struct stat status;

		snprintf(name, sizeof name, "many/%05d", i);
		failed += stat(name, &status) || status.st_size != i % 97;
	}
	for (int i = 0; i < 10000; i += 2) {
		snprintf(name, sizeof name, "many/%05d", i);
		failed += unlink(name) != 0;
	}
	printf("%d names again, %d failures\n", again, failed);
}

/* Several tasks at once: each has a file, and all append to one. */
static void *task(void *argument)
{
	long self = (long)argument, failed = 0;
	char name[32];
	unsigned char piece[5000], read_back[5000];
	int fd, all = open("all", O_WRONLY | O_APPEND | O_CREAT, 0600);

	snprintf(name, sizeof name, "task%ld", self);
	fd = open(name, O_RDWR | O_CREAT, 0600);
	for (int i = 0; i < 200; i++) {
		memset(piece, (int)(self * 50 + i), sizeof piece);
		failed += pwrite(fd, piece, sizeof piece, i * 3000L) != sizeof piece;
		failed += pread(fd, read_back, sizeof piece, i * 3000L) != sizeof piece;
		failed += memcmp(piece, read_back, sizeof piece) != 0;
		memset(piece, (int)self, 64);
		failed += write(all, piece, 64) != 64;
	}
	close(fd);
	close(all);
	return (void *)failed;
}

static void tasks(void)
{
	pthread_t threads[6];
	long failed = 0, counts[6] = { 0 };
	int fd;

	for (long i = 0; i < 6; i++)
		pthread_create(&threads[i], NULL, task, (void *)i);
	for (int i = 0; i < 6; i++) {
		void *result;

		pthread_join(threads[i], &result);
		failed += (long)result;
	}
	fd = open("all", O_RDONLY);
	while (read(fd, back, 64) == 64) {
		for (int i = 1; i < 64; i++)
			failed += back[i] != back[0];
		if (back[0] < 6)
			counts[back[0]]++;
	}
	close(fd);
	for (int i = 0; i < 6; i++)
		failed += counts[i] != 200;
	printf("tasks: %ld failures\n", failed);
	look("all");
	SAY(unlink("all"));
}

int main(int count, char **words)
{
	umask(022);
	for (long i = 0; i < (long)sizeof text; i++)
		text[i] = (unsigned char)(i * 7 + i / 251);
	if (count != 2 || chdir(words[1]))
		return 2;
	contents();
	large();
	names();
	times();
	many();
	tasks();
	return 0;
}
