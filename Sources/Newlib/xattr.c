/* Extended attributes of files: no file system here has any. What there is no file for says so. */
#define _GNU_SOURCE

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "shim.h"

static int none(int result)
{
	return result < 0 ? -1 : failed(_REENT, ENOTSUP);
}

static int atPath(const char *path)
{
	struct stat status;

	return none(stat(path, &status));
}

static int atLink(const char *path)
{
	struct stat status;

	return none(lstat(path, &status));
}

static int atDescriptor(int fd)
{
	struct stat status;

	return none(fstat(fd, &status));
}

#define UNUSED4(a, b, c, d) ((void)(a), (void)(b), (void)(c), (void)(d))

WEAK int setxattr(const char *path, const char *name, const void *value, size_t size, int flags)
{
	UNUSED4(name, value, size, flags);
	return atPath(path);
}

WEAK int lsetxattr(const char *path, const char *name, const void *value, size_t size, int flags)
{
	UNUSED4(name, value, size, flags);
	return atLink(path);
}

WEAK int fsetxattr(int fd, const char *name, const void *value, size_t size, int flags)
{
	UNUSED4(name, value, size, flags);
	return atDescriptor(fd);
}

WEAK ssize_t getxattr(const char *path, const char *name, void *value, size_t size)
{
	UNUSED4(name, value, size, 0);
	return atPath(path);
}

WEAK ssize_t lgetxattr(const char *path, const char *name, void *value, size_t size)
{
	UNUSED4(name, value, size, 0);
	return atLink(path);
}

WEAK ssize_t fgetxattr(int fd, const char *name, void *value, size_t size)
{
	UNUSED4(name, value, size, 0);
	return atDescriptor(fd);
}

WEAK ssize_t listxattr(const char *path, char *list, size_t size)
{
	UNUSED4(list, size, 0, 0);
	return atPath(path);
}

WEAK ssize_t llistxattr(const char *path, char *list, size_t size)
{
	UNUSED4(list, size, 0, 0);
	return atLink(path);
}

WEAK ssize_t flistxattr(int fd, char *list, size_t size)
{
	UNUSED4(list, size, 0, 0);
	return atDescriptor(fd);
}

WEAK int removexattr(const char *path, const char *name)
{
	UNUSED4(name, 0, 0, 0);
	return atPath(path);
}

WEAK int lremovexattr(const char *path, const char *name)
{
	UNUSED4(name, 0, 0, 0);
	return atLink(path);
}

WEAK int fremovexattr(int fd, const char *name)
{
	UNUSED4(name, 0, 0, 0);
	return atDescriptor(fd);
}
