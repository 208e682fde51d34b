/* A path without links, dots and repeated slashes (POSIX realpath). */
#define _GNU_SOURCE

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shim.h"

struct walk {
	/* What was found, without a slash at its end; the root is empty. */
	char found[PATH_MAX];
	/* What is to be walked, at the end of the space. */
	char rest[PATH_MAX];
	char target[PATH_MAX];
	size_t length, start;
	unsigned links;
};

/* Puts text in front of what is to be walked. */
static int prepend(struct walk *walk, const char *text, size_t count)
{
	/* One byte for the slash between them. */
	if (count + 1 > walk->start)
		return ENAMETOOLONG;
	if (walk->start < PATH_MAX - 1 && walk->rest[walk->start] != '/')
		walk->rest[--walk->start] = '/';
	walk->start -= count;
	memcpy(walk->rest + walk->start, text, count);
	return 0;
}

/* Goes one name further: 0 or the error's number. */
static int step(struct walk *walk, const char *name, size_t count, int isLast)
{
	struct hermit_stat status;
	long result;

	if (count == 1 && name[0] == '.')
		return 0;
	if (count == 2 && name[0] == '.' && name[1] == '.') {
		while (walk->length && walk->found[--walk->length] != '/')
			;
		walk->found[walk->length] = 0;
		return 0;
	}
	if (walk->length + 1 + count >= PATH_MAX)
		return ENAMETOOLONG;
	walk->found[walk->length] = '/';
	memcpy(walk->found + walk->length + 1, name, count);
	walk->found[walk->length + 1 + count] = 0;
	if ((result = sys_lstat(walk->found, &status)) < 0)
		return __hermit_errno((int)-result);
	switch (status.st_mode & HERMIT_S_IFMT) {
	case HERMIT_S_IFLNK:
		if (++walk->links > SYMLOOP_MAX)
			return ELOOP;
		result = sys_readlink(walk->found, walk->target, sizeof walk->target);
		if (result < 0)
			return __hermit_errno((int)-result);
		/* Back to the directory that the link is in, or to the root. */
		walk->found[walk->length] = 0;
		if (walk->target[0] == '/')
			walk->found[walk->length = 0] = 0;
		return prepend(walk, walk->target, (size_t)result);
	case HERMIT_S_IFDIR:
		break;
	default:
		if (!isLast)
			return ENOTDIR;
	}
	walk->length += 1 + count;
	return 0;
}

static int go(struct walk *walk, const char *path)
{
	size_t count = strlen(path);
	int error;

	if (!count)
		return ENOENT;
	if (count >= PATH_MAX)
		return ENAMETOOLONG;
	walk->start = PATH_MAX - 1 - count;
	memcpy(walk->rest + walk->start, path, count + 1);
	if (*path != '/') {
		if (!sys_getcwd(walk->found, sizeof walk->found))
			return __hermit_errno(sys_errno());
		walk->length = walk->found[1] ? strlen(walk->found) : 0;
	}
	for (;;) {
		const char *name = walk->rest + walk->start;

		while (*name == '/')
			name++;
		if (!*name)
			return 0;
		count = strcspn(name, "/");
		walk->start = (size_t)(name + count - walk->rest);
		if ((error = step(walk, name, count, !name[count])))
			return error;
	}
}

WEAK char *realpath(const char *restrict path, char *restrict resolved)
{
	struct walk *walk;
	char *result = NULL;
	int error;

	if (!path) {
		failed(_REENT, EINVAL);
		return NULL;
	}
	if (!(walk = malloc(sizeof *walk)))
		return NULL;
	walk->length = 0;
	walk->links = 0;
	error = go(walk, path);
	if (!error) {
		if (!walk->length)
			walk->found[walk->length++] = '/';
		walk->found[walk->length] = 0;
		result = resolved ? resolved : malloc(walk->length + 1);
		if (result)
			memcpy(result, walk->found, walk->length + 1);
	}
	free(walk);
	if (error)
		errno = error;
	return result;
}
