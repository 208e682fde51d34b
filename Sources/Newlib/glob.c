/* Names that match a pattern (POSIX glob). */
#define _GNU_SOURCE

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <glob.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "shim.h"

struct search {
	int flags;
	int (*report)(const char *, int);
	glob_t *found;
	/* The path so far. */
	char path[PATH_MAX];
};

static int add(struct search *search, const char *path, int mark)
{
	glob_t *found = search->found;
	size_t length = strlen(path), all = found->gl_offs + found->gl_pathc;
	char **longer = realloc(found->gl_pathv, (all + 2) * sizeof *longer);
	char *copy;

	if (!longer)
		return GLOB_NOSPACE;
	if (!found->gl_pathv)
		memset(longer, 0, found->gl_offs * sizeof *longer);
	found->gl_pathv = longer;
	longer[all] = NULL;
	if (!(copy = malloc(length + 2)))
		return GLOB_NOSPACE;
	memcpy(copy, path, length + 1);
	if (mark && length && copy[length - 1] != '/')
		strcpy(copy + length, "/");
	longer[all] = copy;
	longer[all + 1] = NULL;
	found->gl_pathc++;
	return 0;
}

/* The path is whole: it is a result if there is such a file. */
static int end(struct search *search)
{
	struct stat status;
	int isDirectory;

	if (lstat(search->path, &status))
		return 0;
	isDirectory = S_ISDIR(status.st_mode) ||
		      (S_ISLNK(status.st_mode) && !stat(search->path, &status) &&
		       S_ISDIR(status.st_mode));
	return add(search, search->path, (search->flags & GLOB_MARK) && isDirectory);
}

static int isPattern(const char *name, size_t count, int flags)
{
	for (size_t i = 0; i < count; i++) {
		if (name[i] == '*' || name[i] == '?' || name[i] == '[')
			return 1;
		if (name[i] == '\\' && !(flags & GLOB_NOESCAPE))
			i++;
	}
	return 0;
}

/* Puts a name that is no pattern behind the path; its new length, 0: too long. */
static size_t append(struct search *search, size_t length, const char *name, size_t count,
		     int escapes)
{
	for (size_t i = 0; i < count; i++) {
		if (escapes && name[i] == '\\' && i + 1 < count)
			i++;
		if (length + 1 >= sizeof search->path)
			return 0;
		search->path[length++] = name[i];
	}
	search->path[length] = 0;
	return length;
}

struct name {
	struct name *next;
	char text[];
};

/* A directory can't be read: without the slash behind its name. */
static int complain(struct search *search, int error)
{
	size_t length = strlen(search->path);

	while (length > 1 && search->path[length - 1] == '/')
		search->path[--length] = 0;
	return (search->report && search->report(search->path, error)) ||
			       search->flags & GLOB_ERR
		       ? GLOB_ABORTED
		       : 0;
}

static int isDirectory(const char *path)
{
	struct stat status;

	return !stat(path, &status) && S_ISDIR(status.st_mode);
}

/* The names in the directory of the path that match; a result other than 0 ends all. */
static int match(struct search *search, const char *pattern, size_t count, struct name **names)
{
	DIR *directory = opendir(*search->path ? search->path : ".");
	struct dirent *entry;
	struct name *name;
	char *part;
	int result = 0;

	if (!directory) {
		/* What is no directory has no names. */
		if (errno == ENOTDIR)
			return 0;
		if (errno == ENOMEM)
			return GLOB_NOSPACE;
		return complain(search, errno);
	}
	if (!(part = strndup(pattern, count)))
		result = GLOB_NOSPACE;
	while (!result && (entry = readdir(directory))) {
		if (fnmatch(part, entry->d_name,
			    FNM_PERIOD | (search->flags & GLOB_NOESCAPE ? FNM_NOESCAPE : 0)))
			continue;
		if (!(name = malloc(sizeof *name + strlen(entry->d_name) + 1))) {
			result = GLOB_NOSPACE;
			break;
		}
		strcpy(name->text, entry->d_name);
		name->next = *names;
		*names = name;
	}
	free(part);
	closedir(directory);
	return result;
}

static int expand(struct search *search, size_t length, const char *pattern)
{
	const int escapes = !(search->flags & GLOB_NOESCAPE);
	struct name *names = NULL, *name;
	size_t count, longer;
	int result;

	for (;;) {
		count = strspn(pattern, "/");
		if (count && !(length = append(search, length, pattern, count, 0)))
			return 0;
		pattern += count;
		if (!*pattern)
			return end(search);
		count = strcspn(pattern, "/");
		if (isPattern(pattern, count, search->flags))
			break;
		if (!(length = append(search, length, pattern, count, escapes)))
			return 0;
		pattern += count;
	}
	search->path[length] = 0;
	result = match(search, pattern, count, &names);
	while ((name = names)) {
		names = name->next;
		longer = append(search, length, name->text, strlen(name->text), 0);
		/* What is no directory has nothing below it. */
		if (!result && longer && (!pattern[count] || isDirectory(search->path)))
			result = expand(search, longer, pattern + count);
		free(name);
	}
	return result;
}

static int compare(const void *first, const void *second)
{
	return strcoll(*(char *const *)first, *(char *const *)second);
}

WEAK int glob(const char *restrict pattern, int flags, int (*report)(const char *, int),
	      glob_t *restrict found)
{
	struct search *search;
	size_t before;
	int result;

	if (!(flags & GLOB_DOOFFS))
		found->gl_offs = 0;
	if (!(flags & GLOB_APPEND)) {
		found->gl_pathc = 0;
		found->gl_pathv = NULL;
	}
	before = found->gl_pathc;
	if (!(search = malloc(sizeof *search)))
		return GLOB_NOSPACE;
	search->flags = flags;
	search->report = report;
	search->found = found;
	search->path[0] = 0;
	result = *pattern ? expand(search, 0, pattern) : 0;
	if (!result && found->gl_pathc == before)
		result = flags & GLOB_NOCHECK ? add(search, pattern, 0) : GLOB_NOMATCH;
	if (!(flags & GLOB_NOSORT) && found->gl_pathc > before)
		qsort(found->gl_pathv + found->gl_offs + before, found->gl_pathc - before,
		      sizeof *found->gl_pathv, compare);
	free(search);
	return result;
}

WEAK void globfree(glob_t *found)
{
	if (!found->gl_pathv)
		return;
	for (size_t i = 0; i < found->gl_pathc; i++)
		free(found->gl_pathv[found->gl_offs + i]);
	free(found->gl_pathv);
	found->gl_pathv = NULL;
	found->gl_pathc = 0;
}
