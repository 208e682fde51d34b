/*
 * Files: what is made, linked, renamed, cut and removed, by the C library's
 * functions, and what that tells. Prints one line for each part, and ends with 0.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

static int failures;

static void check(const char *what, int isRight)
{
	if (isRight)
		return;
	printf("%s: not so; errno %d\n", what, errno);
	failures++;
}

/* Whether a file holds that text. */
static int holds(const char *path, const char *text)
{
	char bytes[256];
	FILE *file = fopen(path, "r");
	size_t count;

	if (!file)
		return 0;
	count = fread(bytes, 1, sizeof bytes, file);
	fclose(file);
	return count == strlen(text) && !memcmp(bytes, text, count);
}

static int make(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	return file && fputs(text, file) >= 0 && !fclose(file);
}

static void contents(void)
{
	struct stat status;
	char bytes[16];
	FILE *file;
	int fd;

	check("made", make("/tmp/a", "hello"));
	check("stat", !stat("/tmp/a", &status) && status.st_size == 5 &&
			      status.st_mode == (S_IFREG | 0644));
	file = fopen("/tmp/a", "a+");
	check("appended", file && fputs(" world", file) >= 0 && !fseek(file, 6, SEEK_SET) &&
				  fgets(bytes, sizeof bytes, file) && !strcmp(bytes, "world"));
	check("pushed back", ungetc('!', file) == '!' && fgetc(file) == '!' && !fclose(file));
	check("together", holds("/tmp/a", "hello world"));
	fd = open("/tmp/a", O_RDWR);
	check("pread", pread(fd, bytes, 5, 6) == 5 && !memcmp(bytes, "world", 5));
	check("cut", !ftruncate(fd, 3) && !ftruncate(fd, 8) && pread(fd, bytes, 16, 0) == 8 &&
			     !memcmp(bytes, "hel\0\0\0\0\0", 8));
	check("below 0", lseek(fd, -1, SEEK_SET) == -1 && errno == EINVAL);
	check("far away", pwrite(fd, "x", 1, 1LL << 40) == 1 && !fstat(fd, &status) &&
				  status.st_blocks < 100);
	check("its hole", lseek(fd, 0, SEEK_HOLE) == 4096 &&
				  lseek(fd, 4096, SEEK_DATA) == 1LL << 40);
	check("stored", !fsync(fd) && !close(fd));
	check("exclusive", !fopen("/tmp/a", "wx") && errno == EEXIST);
	check("nothing there", !fopen("/tmp/none", "r") && errno == ENOENT);
	printf("contents: a file is written, read, appended to and cut\n");
}

static void names(void)
{
	struct timespec times[2] = {{1000, 1}, {2000, 2}};
	struct stat status;
	char text[PATH_MAX];
	int directory;

	check("mkdir", !mkdir("/tmp/d", 0777) && mkdir("/tmp/d", 0777) && errno == EEXIST);
	check("two names", make("/tmp/d/one", "1") && !link("/tmp/d/one", "/tmp/two") &&
				   !stat("/tmp/two", &status) && status.st_nlink == 2);
	check("symlink", !symlink("d/one", "/tmp/link") && holds("/tmp/link", "1") &&
				 readlink("/tmp/link", text, sizeof text) == 5 &&
				 !lstat("/tmp/link", &status) && S_ISLNK(status.st_mode));
	check("realpath", realpath("/tmp/./d//../link", text) && !strcmp(text, "/tmp/d/one"));
	check("rename", make("/tmp/three", "3") && !rename("/tmp/three", "/tmp/d/one") &&
				holds("/tmp/link", "3"));
	check("into itself", rename("/tmp/d", "/tmp/d/e") && errno == EINVAL);
	check("not empty", rmdir("/tmp/d") && errno == ENOTEMPTY);
	directory = open("/tmp/d", O_RDONLY | O_DIRECTORY);
	check("from a directory", !fchmodat(directory, "one", 0600, 0) &&
					  !fstatat(directory, "one", &status, 0) &&
					  status.st_mode == (S_IFREG | 0600) &&
					  !faccessat(directory, "../link", R_OK, 0));
	check("times", !utimensat(directory, "one", times, 0) &&
			       !fstatat(directory, "one", &status, 0) && status.st_mtim.tv_sec == 2000 &&
			       status.st_mtim.tv_nsec == 2);
	check("removed", !unlinkat(directory, "one", 0) && !close(directory) && !remove("/tmp/d"));
	check("working directory", !chdir("/tmp") && getcwd(text, sizeof text) &&
					   !strcmp(text, "/tmp") && make("here", "x") &&
					   holds("/tmp/here", "x"));
	printf("names: a file has several, and they change\n");
}

static int found;

static int count(const char *path, const struct stat *status, int kind, struct FTW *place)
{
	(void)path;
	(void)status;
	found += kind == FTW_F && place->level == 1;
	return 0;
}

static void directories(void)
{
	struct dirent **list;
	struct statvfs system;
	glob_t matching;
	char name[32];

	check("mkdir", !mkdir("/tmp/many", 0755));
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof name, "/tmp/many/f%02d", i);
		check("one of many", make(name, ""));
	}
	check("read", scandir("/tmp/many", &list, NULL, alphasort) == 102 &&
			      !strcmp(list[2]->d_name, "f00") && !strcmp(list[101]->d_name, "f99"));
	check("glob", !glob("/tmp/many/f?7", 0, NULL, &matching) && matching.gl_pathc == 10);
	globfree(&matching);
	check("walked", !nftw("/tmp/many", count, 10, FTW_PHYS) && found == 100);
	check("statvfs", !statvfs("/tmp", &system) && system.f_bfree > 0 &&
				 system.f_namemax == NAME_MAX);
	printf("directories: 100 names were made and found\n");
}

static void temporary(void)
{
	char path[] = "/tmp/nameXXXXXX", folder[] = "/tmp/folderXXXXXX", line[16];
	FILE *file = tmpfile();
	int fd = mkstemp(path);

	check("mkstemp", fd >= 0 && strcmp(path, "/tmp/nameXXXXXX") && !close(fd) && !unlink(path));
	check("mkdtemp", mkdtemp(folder) && !rmdir(folder));
	check("tmpfile", file && fputs("kept\n", file) >= 0 && !fseeko(file, 0, SEEK_SET) &&
				 fgets(line, sizeof line, file) && !strcmp(line, "kept\n") &&
				 !fclose(file));
	printf("temporary files: three, and nothing is left of them\n");
}

static void devices(void)
{
	char bytes[600];
	FILE *file = fopen("/dev/zero", "r");

	memset(bytes, 1, sizeof bytes);
	check("zero", file && fread(bytes, 1, sizeof bytes, file) == sizeof bytes &&
			      !bytes[0] && !bytes[599] && !fclose(file));
	file = fopen("/dev/full", "w");
	check("full", file && fputs("x", file) >= 0 && fclose(file) && errno == ENOSPC);
	fflush(stdout);
	check("stdout", make("/dev/stdout", "written to /dev/stdout\n"));
	check("proc", holds("/proc/version", "Hermit for Swift\n"));
	check("mkdir in /proc", mkdir("/proc/x", 0755) && errno == EROFS);
	printf("devices: zeros, no room, and what /proc says\n");
}

int main(void)
{
	contents();
	names();
	directories();
	temporary();
	devices();
	return failures != 0;
}
