/* Files by their names, and what is known of them. */
#define _GNU_SOURCE

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "at.h"
#include "cancel.h"
#include "open_flags.h"
#include "shim.h"

static struct timespec point(struct hermit_timespec time)
{
	return (struct timespec){time.tv_sec, time.tv_nsec};
}

/* Passes on what is known; the bits of st_mode are the same on both sides. */
static void pass(const struct hermit_stat *from, struct stat *to)
{
	*to = (struct stat){
		.st_dev = from->st_dev,
		.st_ino = from->st_ino,
		.st_mode = from->st_mode,
		.st_nlink = from->st_nlink,
		.st_uid = from->st_uid,
		.st_gid = from->st_gid,
		.st_rdev = from->st_rdev,
		.st_size = from->st_size,
		.st_blksize = from->st_blksize,
		.st_blocks = from->st_blocks,
		.st_atim = point(from->st_atim),
		.st_mtim = point(from->st_mtim),
		.st_ctim = point(from->st_ctim),
	};
}

static int known(struct _reent *reent, int result, const struct hermit_stat *from, struct stat *to)
{
	if (result < 0)
		return (int)returned(reent, result);
	if (!to)
		return failed(reent, EFAULT);
	pass(from, to);
	return 0;
}

/* The same for the public functions. */
static int checkedKnown(int result, const struct hermit_stat *from, struct stat *to)
{
	if (result < 0 || !to)
		return (int)checked(result < 0 ? result : -HERMIT_EFAULT);
	pass(from, to);
	return 0;
}

int _fstat_r(struct _reent *reent, int fd, struct stat *status)
{
	struct hermit_stat known_status;

	return known(reent, sys_fstat(fd, &known_status), &known_status, status);
}

int _stat_r(struct _reent *reent, const char *path, struct stat *status)
{
	struct hermit_stat known_status;

	return known(reent, sys_stat(path, &known_status), &known_status, status);
}

int _open_r(struct _reent *reent, const char *path, int flags, int mode)
{
	return (int)returned(reent, sys_open(path, toHermit(flags), (hermit_mode_t)mode));
}

int _unlink_r(struct _reent *reent, const char *path)
{
	return (int)returned(reent, sys_unlink(path));
}

int _mkdir_r(struct _reent *reent, const char *path, int mode)
{
	return (int)returned(reent, sys_mkdir(path, (hermit_mode_t)mode));
}

int _rename_r(struct _reent *reent, const char *old, const char *new)
{
	return (int)returned(reent, sys_rename(old, new));
}

/*
 * open: the mode, where there is none, is any number. Not written as a function of
 * variable arguments, which would store all that can be one; they come in the same places.
 */
WEAK int opened(const char *path, int flags, int mode) __asm__("open");

WEAK int opened(const char *path, int flags, int mode)
{
	mode = flags & (O_CREAT | O_TMPFILE) ? mode : 0;
	cancellationPoint();
	return (int)checked(sys_open(path, toHermit(flags), (hermit_mode_t)mode));
}

WEAK int creat(const char *path, mode_t mode)
{
	cancellationPoint();
	return (int)checked(sys_open(
		path, toHermit(O_WRONLY | O_CREAT | O_TRUNC), (hermit_mode_t)mode));
}

WEAK int fstat(int fd, struct stat *status)
{
	struct hermit_stat known_status;

	return checkedKnown(sys_fstat(fd, &known_status), &known_status, status);
}

WEAK int stat(const char *path, struct stat *status)
{
	struct hermit_stat known_status;

	return checkedKnown(sys_stat(path, &known_status), &known_status, status);
}

WEAK int lstat(const char *path, struct stat *status)
{
	struct hermit_stat known_status;

	return checkedKnown(sys_lstat(path, &known_status), &known_status, status);
}

WEAK int fstatat(int fd, const char *restrict path, struct stat *restrict status, int flags)
{
	struct hermit_stat known_status;
	int result = sys_fstatat(fromDirectory(fd), path, &known_status,
				 atFlags(flags, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH));

	return checkedKnown(result, &known_status, status);
}

WEAK int unlink(const char *path)
{
	return _unlink_r(_REENT, path);
}

WEAK int rmdir(const char *path)
{
	return (int)returned(_REENT, sys_rmdir(path));
}

WEAK int mkdir(const char *path, mode_t mode)
{
	return _mkdir_r(_REENT, path, (int)mode);
}

WEAK int access(const char *path, int mode)
{
	_Static_assert(R_OK == HERMIT_R_OK && W_OK == HERMIT_W_OK && X_OK == HERMIT_X_OK &&
		       F_OK == HERMIT_F_OK, "access");
	return (int)returned(_REENT, sys_access(path, mode));
}

WEAK int truncate(const char *path, off_t size)
{
	if (size < 0)
		return failed(_REENT, EINVAL);
	return (int)returned(_REENT, sys_truncate(path, (size_t)size));
}

WEAK mode_t umask(mode_t mask)
{
	return sys_umask(mask);
}
