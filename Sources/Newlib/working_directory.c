/* Where paths without a leading slash start from. */
#define _GNU_SOURCE

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shim.h"

WEAK int chdir(const char *path)
{
	return (int)checked(sys_chdir(path));
}

WEAK int fchdir(int fd)
{
	return (int)checked(sys_fchdir(fd));
}

/* Without a buffer the result is one of malloc's, as long as it must be where size is 0. */
WEAK char *getcwd(char *buffer, size_t size)
{
	char *space = buffer, *smaller;

	if (buffer ? !size : 0) {
		failed(_REENT, EINVAL);
		return NULL;
	}
	if (!buffer && !(space = malloc(size ? size : PATH_MAX)))
		return NULL;
	if (sys_getcwd(space, size ? size : PATH_MAX)) {
		if (!buffer && !size && (smaller = realloc(space, strlen(space) + 1)))
			space = smaller;
		return space;
	}
	checked(-sys_errno());
	if (!buffer)
		free(space);
	return NULL;
}

WEAK char *get_current_dir_name(void)
{
	return getcwd(NULL, 0);
}
