/* What holds for a file system: sizes, limits, what is stored. */
#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "cancel.h"
#include "shim.h"

static int told(long result, const struct hermit_statvfs *from, struct statvfs *to)
{
	if (result < 0)
		return (int)checked(result);
	if (!to)
		return (int)checked(-HERMIT_EFAULT);
	*to = (struct statvfs){
		.f_bsize = from->f_bsize,
		.f_frsize = from->f_frsize,
		.f_blocks = from->f_blocks,
		.f_bfree = from->f_bfree,
		.f_bavail = from->f_bavail,
		.f_files = from->f_files,
		.f_ffree = from->f_ffree,
		.f_favail = from->f_favail,
		.f_fsid = from->f_fsid,
		.f_flag = from->f_flag & HERMIT_ST_RDONLY ? ST_RDONLY : 0,
		.f_namemax = from->f_namemax,
	};
	return 0;
}

WEAK int statvfs(const char *restrict path, struct statvfs *restrict status)
{
	struct hermit_statvfs known;

	return told(sys_statvfs(path, &known), &known, status);
}

WEAK int fstatvfs(int fd, struct statvfs *status)
{
	struct hermit_statvfs known;

	return told(sys_fstatvfs(fd, &known), &known, status);
}

/* -1 with errno as it was: there is no limit, or nothing of the kind. */
static long limit(int name)
{
	switch (name) {
	case _PC_LINK_MAX:
		return LINK_MAX;
	case _PC_MAX_CANON:
		return MAX_CANON;
	case _PC_MAX_INPUT:
		return MAX_INPUT;
	case _PC_NAME_MAX:
		return NAME_MAX;
	case _PC_PATH_MAX:
		return PATH_MAX;
	case _PC_PIPE_BUF:
		return PIPE_BUF;
	case _PC_CHOWN_RESTRICTED:
	case _PC_NO_TRUNC:
	case _PC_SYNC_IO:
	case _PC_2_SYMLINKS:
		return 1;
	case _PC_VDISABLE:
		return 0;
	case _PC_FILESIZEBITS:
		return FILESIZEBITS;
	case _PC_SYMLINK_MAX:
		return SYMLINK_MAX;
	case _PC_ALLOC_SIZE_MIN:
	case _PC_REC_INCR_XFER_SIZE:
	case _PC_REC_MIN_XFER_SIZE:
	case _PC_REC_XFER_ALIGN:
		return 4096;
	case _PC_TIMESTAMP_RESOLUTION:
		return 1;
	case _PC_ASYNC_IO:
	case _PC_PRIO_IO:
	case _PC_REC_MAX_XFER_SIZE:
		return -1;
	default:
		return failed(_REENT, EINVAL);
	}
}

WEAK long pathconf(const char *path, int name)
{
	struct hermit_stat status;
	long result = sys_stat(path, &status);

	return result < 0 ? checked(result) : limit(name);
}

WEAK long fpathconf(int fd, int name)
{
	struct hermit_stat status;
	long result = sys_fstat(fd, &status);

	return result < 0 ? checked(result) : limit(name);
}

WEAK int fsync(int fd)
{
	cancellationPoint();
	return (int)checked(sys_fsync(fd));
}

WEAK int fdatasync(int fd)
{
	cancellationPoint();
	return (int)checked(sys_fdatasync(fd));
}

WEAK void sync(void)
{
	sys_sync();
}

WEAK int syncfs(int fd)
{
	return (int)checked(sys_syncfs(fd));
}

WEAK int fallocate(int fd, int mode, off_t offset, off_t size)
{
	return (int)checked(sys_fallocate(fd, mode, offset, size));
}

/* These two return the error's number. */
WEAK int posix_fallocate(int fd, off_t offset, off_t size)
{
	int result = sys_fallocate(fd, 0, offset, size);

	return result < 0 ? __hermit_errno(-result) : 0;
}

WEAK int posix_fadvise(int fd, off_t offset, off_t size, int advice)
{
	struct hermit_stat status;
	int result = sys_fstat(fd, &status);

	(void)offset;
	if (result < 0)
		return __hermit_errno(-result);
	if ((status.st_mode & HERMIT_S_IFMT) == HERMIT_S_IFIFO)
		return ESPIPE;
	if (advice < POSIX_FADV_NORMAL || advice > POSIX_FADV_NOREUSE || size < 0)
		return EINVAL;
	return 0;
}
