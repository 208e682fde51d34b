/* Paths from a directory that is open: newlib's numbers, and hermit.h's. */
#ifndef HERMIT_SHIM_AT_H
#define HERMIT_SHIM_AT_H

#include <fcntl.h>

#include "shim.h"

/* Where a path starts; what is no descriptor stays none. */
static inline int fromDirectory(int fd)
{
	if (fd == AT_FDCWD)
		return HERMIT_AT_FDCWD;
	return fd < 0 ? -1 : fd;
}

/* Flags of a function; none of the kernel's where there are others than known. */
static inline int atFlags(int flags, int known)
{
	int result = 0;

	if (flags & ~known)
		return 0x40000000;
	if (flags & AT_SYMLINK_NOFOLLOW)
		result |= HERMIT_AT_SYMLINK_NOFOLLOW;
	if (flags & AT_SYMLINK_FOLLOW)
		result |= HERMIT_AT_SYMLINK_FOLLOW;
	if (flags & AT_EACCESS)
		result |= HERMIT_AT_EACCESS;
	if (flags & AT_REMOVEDIR)
		result |= HERMIT_AT_REMOVEDIR;
	if (flags & AT_EMPTY_PATH)
		result |= HERMIT_AT_EMPTY_PATH;
	return result;
}

#endif
