/*
 * The two halves of a path, as POSIX has them: newlib's dirname leaves
 * slashes at its result's end.
 */
#include <libgen.h>
#include <string.h>

#include "shim.h"

/* The path's end without the slashes there; of "///" one remains. */
static char *withoutSlashes(char *path, char *end)
{
	while (end > path + 1 && end[-1] == '/')
		end--;
	return end;
}

static int isEmpty(const char *path)
{
	return !path || !*path;
}

WEAK char *(basename)(char *path)
{
	char *end;

	if (isEmpty(path))
		return (char *)".";
	end = withoutSlashes(path, path + strlen(path));
	*end = 0;
	while (end > path && end[-1] != '/')
		end--;
	return *end ? end : path;
}

WEAK char *dirname(char *path)
{
	char *end;

	if (isEmpty(path))
		return (char *)".";
	end = withoutSlashes(path, path + strlen(path));
	while (end > path && end[-1] != '/')
		end--;
	if (end == path)
		return *path == '/' ? (char *)"/" : (char *)".";
	*withoutSlashes(path, end) = 0;
	return path;
}
