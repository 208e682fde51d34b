/* Who may do what with a file. */
#define _GNU_SOURCE

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "at.h"
#include "shim.h"

WEAK int faccessat(int fd, const char *path, int mode, int flags)
{
	return (int)checked(sys_faccessat(fromDirectory(fd), path, mode,
					  atFlags(flags, AT_EACCESS | AT_SYMLINK_NOFOLLOW)));
}

/* There is one user: the real one is the effective one. */
WEAK int eaccess(const char *path, int mode)
{
	return faccessat(AT_FDCWD, path, mode, AT_EACCESS);
}

WEAK int euidaccess(const char *path, int mode)
{
	return eaccess(path, mode);
}

WEAK int chmod(const char *path, mode_t mode)
{
	return (int)checked(sys_chmod(path, mode));
}

WEAK int fchmod(int fd, mode_t mode)
{
	return (int)checked(sys_fchmod(fd, mode));
}

WEAK int fchmodat(int fd, const char *path, mode_t mode, int flags)
{
	return (int)checked(
		sys_fchmodat(fromDirectory(fd), path, mode, atFlags(flags, AT_SYMLINK_NOFOLLOW)));
}

WEAK int fchownat(int fd, const char *path, uid_t owner, gid_t group, int flags)
{
	return (int)checked(sys_fchownat(fromDirectory(fd), path, owner, group,
					 atFlags(flags, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)));
}

WEAK int chown(const char *path, uid_t owner, gid_t group)
{
	return fchownat(AT_FDCWD, path, owner, group, 0);
}

WEAK int lchown(const char *path, uid_t owner, gid_t group)
{
	return fchownat(AT_FDCWD, path, owner, group, AT_SYMLINK_NOFOLLOW);
}

WEAK int fchown(int fd, uid_t owner, gid_t group)
{
	return (int)checked(sys_fchown(fd, owner, group));
}
