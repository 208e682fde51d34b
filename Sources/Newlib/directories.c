/* Reading directories. */
#define _GNU_SOURCE

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/lock.h>
#include <sys/stat.h>
#include <unistd.h>

#include "at.h"
#include "open_flags.h"
#include "shim.h"

/* An entry is handed out as the kernel wrote it. */
_Static_assert(offsetof(struct dirent, d_name) == offsetof(struct hermit_dirent64, d_name) &&
	       offsetof(struct dirent, d_ino) == offsetof(struct hermit_dirent64, d_ino) &&
	       offsetof(struct dirent, d_off) == offsetof(struct hermit_dirent64, d_off) &&
	       offsetof(struct dirent, d_reclen) == offsetof(struct hermit_dirent64, d_reclen) &&
	       offsetof(struct dirent, d_type) == offsetof(struct hermit_dirent64, d_type), "dirent");
_Static_assert(DT_DIR == HERMIT_DT_DIR && DT_LNK == HERMIT_DT_LNK && DT_REG == HERMIT_DT_REG, "DT");

struct __hermit_dir {
	_LOCK_T lock;
	int fd;
	/* Bytes in the buffer, and how far they were handed out. */
	size_t filled, given;
	/* The cookie of what comes next. */
	int64_t place;
	_Alignas(8) char buffer[4096];
};

static DIR *ofDescriptor(int fd)
{
	DIR *directory = malloc(sizeof *directory);

	if (!directory)
		return NULL;
	directory->fd = fd;
	directory->filled = directory->given = 0;
	directory->place = 0;
	__lock_init(directory->lock);
	if (!directory->lock) {
		free(directory);
		return __hermit_no_memory();
	}
	return directory;
}

static DIR *openDirectory(int from, const char *path)
{
	int fd = (int)checked(sys_openat(from, path, HERMIT_O_DIRECTORY | HERMIT_O_CLOEXEC, 0));
	DIR *directory;

	if (fd < 0)
		return NULL;
	directory = ofDescriptor(fd);
	if (!directory)
		sys_close(fd);
	return directory;
}

WEAK DIR *opendir(const char *path)
{
	return openDirectory(HERMIT_AT_FDCWD, path);
}

WEAK DIR *fdopendir(int fd)
{
	struct hermit_stat status;
	long result = sys_fstat(fd, &status);

	if (result >= 0 && (status.st_mode & HERMIT_S_IFMT) != HERMIT_S_IFDIR)
		result = -HERMIT_ENOTDIR;
	if (checked(result) < 0)
		return NULL;
	sys_fcntl(fd, HERMIT_F_SETFD, HERMIT_FD_CLOEXEC);
	return ofDescriptor(fd);
}

/* The next entry, or NULL and 0 for the end, or a negative error. */
static struct dirent *next(DIR *directory, long *error)
{
	struct dirent *entry;

	*error = 0;
	if (directory->given == directory->filled) {
		long count = sys_getdents64(directory->fd, directory->buffer,
					    sizeof directory->buffer);

		directory->given = 0;
		directory->filled = count > 0 ? (size_t)count : 0;
		if (count <= 0) {
			*error = count;
			return NULL;
		}
	}
	entry = (struct dirent *)(directory->buffer + directory->given);
	directory->given += entry->d_reclen;
	directory->place = entry->d_off;
	return entry;
}

WEAK struct dirent *readdir(DIR *directory)
{
	struct dirent *entry;
	long error;

	__lock_acquire(directory->lock);
	entry = next(directory, &error);
	__lock_release(directory->lock);
	/* A directory that was removed has no entries any more. */
	if (error < 0 && error != -HERMIT_ENOENT)
		checked(error);
	return entry;
}

/* Returns the error's number. */
WEAK int readdir_r(DIR *restrict directory, struct dirent *restrict space,
		   struct dirent **restrict result)
{
	struct dirent *entry;
	long error;

	__lock_acquire(directory->lock);
	entry = next(directory, &error);
	if (entry)
		memcpy(space, entry, offsetof(struct dirent, d_name) + strlen(entry->d_name) + 1);
	__lock_release(directory->lock);
	*result = entry ? space : NULL;
	return error < 0 && error != -HERMIT_ENOENT ? __hermit_errno((int)-error) : 0;
}

WEAK void seekdir(DIR *directory, long place)
{
	__lock_acquire(directory->lock);
	if (sys_lseek(directory->fd, place, HERMIT_SEEK_SET) >= 0) {
		directory->place = place;
		directory->given = directory->filled = 0;
	}
	__lock_release(directory->lock);
}

WEAK long telldir(DIR *directory)
{
	long place;

	__lock_acquire(directory->lock);
	place = directory->place;
	__lock_release(directory->lock);
	return place;
}

WEAK void rewinddir(DIR *directory)
{
	seekdir(directory, 0);
}

WEAK int dirfd(DIR *directory)
{
	return directory ? directory->fd : failed(_REENT, EINVAL);
}

WEAK int closedir(DIR *directory)
{
	int fd;

	if (!directory)
		return failed(_REENT, EBADF);
	fd = directory->fd;
	__lock_close(directory->lock);
	free(directory);
	return (int)checked(sys_close(fd));
}

WEAK int alphasort(const struct dirent **first, const struct dirent **second)
{
	return strcoll((*first)->d_name, (*second)->d_name);
}

WEAK int scandirat(int fd, const char *path, struct dirent ***result,
		   int (*wanted)(const struct dirent *),
		   int (*compare)(const struct dirent **, const struct dirent **))
{
	DIR *directory = openDirectory(fromDirectory(fd), path);
	struct dirent **list = NULL, **longer, *entry, *copy;
	size_t count = 0, room = 0;
	int before = errno, error = 0;

	if (!directory)
		return -1;
	for (;;) {
		errno = 0;
		if (!(entry = readdir(directory))) {
			error = errno;
			break;
		}
		if (wanted && !wanted(entry))
			continue;
		if (count == room) {
			room = room ? 2 * room : 16;
			if (!(longer = realloc(list, room * sizeof *list))) {
				error = ENOMEM;
				break;
			}
			list = longer;
		}
		if (!(copy = malloc(entry->d_reclen))) {
			error = ENOMEM;
			break;
		}
		list[count++] = memcpy(copy, entry, entry->d_reclen);
	}
	closedir(directory);
	if (error) {
		while (count)
			free(list[--count]);
		free(list);
		errno = error;
		return -1;
	}
	if (compare && count)
		qsort(list, count, sizeof *list, (int (*)(const void *, const void *))compare);
	errno = before;
	*result = list;
	return (int)count;
}

WEAK int scandir(const char *path, struct dirent ***result, int (*wanted)(const struct dirent *),
		 int (*compare)(const struct dirent **, const struct dirent **))
{
	return scandirat(AT_FDCWD, path, result, wanted, compare);
}
