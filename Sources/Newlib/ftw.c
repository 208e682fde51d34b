/* All files below a directory (POSIX ftw, nftw). */
#define _GNU_SOURCE

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shim.h"

/* A directory that the walk is in, for links that lead back into it. */
struct above {
	const struct above *above;
	dev_t device;
	ino_t number;
};

struct tree {
	int (*old)(const char *, const struct stat *, int);
	int (*new)(const char *, const struct stat *, int, struct FTW *);
	int flags;
	dev_t device;
	char path[PATH_MAX];
};

static int tell(struct tree *tree, const struct stat *status, int kind, struct FTW *place)
{
	if (tree->new)
		return tree->new(tree->path, status, kind, place);
	return tree->old(tree->path, status, kind == FTW_SLN ? FTW_NS : kind);
}

/* Goes to the directory that the walk is in, or to the one that its name is in. */
static int enter(struct tree *tree, int base)
{
	char kept;
	int result;

	if (!(tree->flags & FTW_CHDIR) || !base)
		return 0;
	kept = tree->path[base];
	tree->path[base] = 0;
	result = chdir(tree->path);
	tree->path[base] = kept;
	return result;
}

static int visit(struct tree *tree, size_t length, int base, int level, const struct above *above);

/*
 * All names of a directory are read before the first is told of: the walk
 * has one descriptor open at most, however deep it goes.
 */
static int visitEntries(struct tree *tree, struct dirent **list, int count, size_t length,
			int level, const struct above *above)
{
	size_t start = length;
	int result = 0;

	if (length && tree->path[length - 1] != '/')
		tree->path[start++] = '/';
	for (int i = 0; i < count; i++) {
		size_t size = strlen(list[i]->d_name);

		if (!result && strcmp(list[i]->d_name, ".") && strcmp(list[i]->d_name, "..")) {
			if (start + size >= sizeof tree->path) {
				errno = ENAMETOOLONG;
				result = -1;
			} else {
				memcpy(tree->path + start, list[i]->d_name, size + 1);
				result = visit(tree, start + size, (int)start, level, above);
			}
		}
		free(list[i]);
	}
	free(list);
	tree->path[length] = 0;
	return result;
}

/* Paths are relative to where the walk began: with FTW_CHDIR names are used. */
static const char *reachable(struct tree *tree, int base)
{
	return tree->flags & FTW_CHDIR && tree->path[base] ? tree->path + base : tree->path;
}

static int visit(struct tree *tree, size_t length, int base, int level, const struct above *above)
{
	const char *path = reachable(tree, base);
	struct FTW place = {base, level};
	struct above here = {above, 0, 0};
	struct dirent **list;
	struct stat status;
	int result, count, home = -1, before = errno;

	if (tree->flags & FTW_PHYS ? lstat(path, &status) : stat(path, &status)) {
		if (!level)
			return -1;
		if (errno != ENOENT && errno != EACCES && errno != ELOOP)
			return -1;
		if (!(tree->flags & FTW_PHYS) && !lstat(path, &status) && S_ISLNK(status.st_mode)) {
			errno = before;
			return tell(tree, &status, FTW_SLN, &place);
		}
		errno = before;
		return tell(tree, &status, FTW_NS, &place);
	}
	if (!level)
		tree->device = status.st_dev;
	else if (tree->flags & FTW_MOUNT && status.st_dev != tree->device)
		return 0;
	if (!S_ISDIR(status.st_mode))
		return tell(tree, &status, S_ISLNK(status.st_mode) ? FTW_SL : FTW_F, &place);

	here.device = status.st_dev;
	here.number = status.st_ino;
	for (const struct above *up = above; up; up = up->above)
		if (up->device == here.device && up->number == here.number)
			return 0;
	count = scandir(path, &list, NULL, NULL);
	if (count < 0)
		return errno == EACCES ? tell(tree, &status, FTW_DNR, &place) : -1;
	result = tree->flags & FTW_DEPTH ? 0 : tell(tree, &status, FTW_D, &place);
	if (!result && tree->flags & FTW_CHDIR &&
	    ((home = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0 || chdir(path)))
		result = -1;
	if (result) {
		while (count)
			free(list[--count]);
		free(list);
	} else {
		result = visitEntries(tree, list, count, length, level + 1, &here);
	}
	if (home >= 0) {
		if (fchdir(home) && !result)
			result = -1;
		close(home);
	}
	if (!result && tree->flags & FTW_DEPTH)
		result = tell(tree, &status, FTW_DP, &place);
	return result;
}

static int walk(const char *path, int (*old)(const char *, const struct stat *, int),
		int (*new)(const char *, const struct stat *, int, struct FTW *), int flags)
{
	size_t length = strlen(path);
	struct tree *tree;
	int result, base, home = -1;

	if (!length || length >= PATH_MAX) {
		errno = length ? ENAMETOOLONG : ENOENT;
		return -1;
	}
	if (!(tree = malloc(sizeof *tree)))
		return -1;
	tree->old = old;
	tree->new = new;
	tree->flags = flags;
	memcpy(tree->path, path, length + 1);
	while (length > 1 && tree->path[length - 1] == '/')
		tree->path[--length] = 0;
	base = (int)length;
	while (base && tree->path[base - 1] != '/')
		base--;
	if (flags & FTW_CHDIR && (home = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0) {
		free(tree);
		return -1;
	}
	result = enter(tree, base) ? -1 : visit(tree, length, base, 0, NULL);
	if (home >= 0) {
		int error = errno;

		if (fchdir(home) && !result)
			result = -1;
		else
			errno = error;
		close(home);
	}
	free(tree);
	return result;
}

WEAK int ftw(const char *path, int (*told)(const char *, const struct stat *, int), int descriptors)
{
	(void)descriptors;
	return walk(path, told, NULL, 0);
}

WEAK int nftw(const char *path, int (*told)(const char *, const struct stat *, int, struct FTW *),
	      int descriptors, int flags)
{
	(void)descriptors;
	if (flags & ~(FTW_PHYS | FTW_MOUNT | FTW_CHDIR | FTW_DEPTH))
		return failed(_REENT, EINVAL);
	return walk(path, NULL, told, flags);
}
