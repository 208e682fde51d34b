/* Files' names: made, changed and removed. */
#define _GNU_SOURCE

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "at.h"
#include "cancel.h"
#include "open_flags.h"
#include "shim.h"

WEAK int openat(int fd, const char *path, int flags, ...)
{
	__builtin_va_list list;
	hermit_mode_t mode = 0;

	if (flags & (O_CREAT | O_TMPFILE)) {
		__builtin_va_start(list, flags);
		mode = __builtin_va_arg(list, hermit_mode_t);
		__builtin_va_end(list);
	}
	cancellationPoint();
	return (int)checked(sys_openat(fromDirectory(fd), path, toHermit(flags), mode));
}

WEAK int mkdirat(int fd, const char *path, mode_t mode)
{
	return (int)checked(sys_mkdirat(fromDirectory(fd), path, mode));
}

WEAK int unlinkat(int fd, const char *path, int flags)
{
	return (int)checked(sys_unlinkat(fromDirectory(fd), path, atFlags(flags, AT_REMOVEDIR)));
}

WEAK int mknodat(int fd, const char *path, mode_t mode, dev_t device)
{
	return (int)checked(sys_mknodat(fromDirectory(fd), path, mode, device));
}

WEAK int mknod(const char *path, mode_t mode, dev_t device)
{
	return mknodat(AT_FDCWD, path, mode, device);
}

WEAK int mkfifoat(int fd, const char *path, mode_t mode)
{
	return mknodat(fd, path, (mode & ~(mode_t)S_IFMT) | S_IFIFO, 0);
}

WEAK int mkfifo(const char *path, mode_t mode)
{
	return mkfifoat(AT_FDCWD, path, mode);
}

WEAK int renameat2(int old_fd, const char *old, int new_fd, const char *new, unsigned flags)
{
	_Static_assert(RENAME_NOREPLACE == HERMIT_RENAME_NOREPLACE &&
		       RENAME_EXCHANGE == HERMIT_RENAME_EXCHANGE, "renameat2");
	return (int)checked(
		sys_renameat2(fromDirectory(old_fd), old, fromDirectory(new_fd), new, flags));
}

WEAK int renameat(int old_fd, const char *old, int new_fd, const char *new)
{
	return renameat2(old_fd, old, new_fd, new, 0);
}

/* newlib's own removes no directories. */
int _remove_r(struct _reent *reent, const char *path)
{
	long result = sys_unlink(path);

	if (result == -HERMIT_EISDIR)
		result = sys_rmdir(path);
	return (int)returned(reent, result);
}

WEAK int remove(const char *path)
{
	return _remove_r(_REENT, path);
}
