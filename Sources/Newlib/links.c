/* Links, hard and symbolic. */
#define _GNU_SOURCE

#include <fcntl.h>
#include <unistd.h>

#include "at.h"
#include "shim.h"

int _link_r(struct _reent *reent, const char *old, const char *new)
{
	return (int)returned(reent, sys_link(old, new));
}

WEAK int link(const char *old, const char *new)
{
	return (int)checked(sys_link(old, new));
}

WEAK int linkat(int old_fd, const char *old, int new_fd, const char *new, int flags)
{
	return (int)checked(sys_linkat(fromDirectory(old_fd), old, fromDirectory(new_fd), new,
				       atFlags(flags, AT_SYMLINK_FOLLOW | AT_EMPTY_PATH)));
}

WEAK int symlink(const char *target, const char *path)
{
	return (int)checked(sys_symlink(target, path));
}

WEAK int symlinkat(const char *target, int fd, const char *path)
{
	return (int)checked(sys_symlinkat(target, fromDirectory(fd), path));
}

WEAK ssize_t readlink(const char *restrict path, char *restrict buffer, size_t size)
{
	return checked(sys_readlink(path, buffer, size));
}

WEAK ssize_t readlinkat(int fd, const char *restrict path, char *restrict buffer, size_t size)
{
	return checked(sys_readlinkat(fromDirectory(fd), path, buffer, size));
}
