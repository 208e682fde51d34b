/* Files' times: nanoseconds, and the older calls with microseconds and seconds. */
#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <utime.h>

#include "at.h"
#include "shim.h"

static struct hermit_timespec wanted(const struct timespec *time)
{
	struct hermit_timespec result = {time->tv_sec, -1, 0};

	if (time->tv_nsec == UTIME_NOW)
		result.tv_nsec = HERMIT_UTIME_NOW;
	else if (time->tv_nsec == UTIME_OMIT)
		result.tv_nsec = HERMIT_UTIME_OMIT;
	else if (time->tv_nsec >= 0 && time->tv_nsec < 1000000000)
		result.tv_nsec = (int32_t)time->tv_nsec;
	return result;
}

/* Path NULL: what fd stands for. */
static int set(int fd, const char *path, const struct timespec times[2], int flags)
{
	struct hermit_timespec both[2];

	if (times) {
		both[0] = wanted(&times[0]);
		both[1] = wanted(&times[1]);
	}
	return (int)checked(sys_utimensat(fd, path, times ? both : NULL, flags));
}

WEAK int utimensat(int fd, const char *path, const struct timespec times[2], int flags)
{
	if (!path)
		return failed(_REENT, EINVAL);
	return set(fromDirectory(fd), path, times, atFlags(flags, AT_SYMLINK_NOFOLLOW));
}

WEAK int futimens(int fd, const struct timespec times[2])
{
	return set(fd < 0 ? -1 : fd, NULL, times, 0);
}

static int setMicroseconds(int fd, const char *path, const struct timeval times[2], int flags)
{
	struct timespec both[2];

	for (int i = 0; times && i < 2; i++) {
		if (times[i].tv_usec < 0 || times[i].tv_usec >= 1000000)
			return failed(_REENT, EINVAL);
		both[i] = (struct timespec){times[i].tv_sec, times[i].tv_usec * 1000};
	}
	return set(fd, path, times ? both : NULL, flags);
}

WEAK int futimesat(int fd, const char *path, const struct timeval times[2])
{
	return setMicroseconds(path ? fromDirectory(fd) : fd, path, times, 0);
}

WEAK int utimes(const char *path, const struct timeval times[2])
{
	return path ? futimesat(AT_FDCWD, path, times) : failed(_REENT, EFAULT);
}

WEAK int lutimes(const char *path, const struct timeval times[2])
{
	if (!path)
		return failed(_REENT, EFAULT);
	return setMicroseconds(HERMIT_AT_FDCWD, path, times, HERMIT_AT_SYMLINK_NOFOLLOW);
}

WEAK int futimes(int fd, const struct timeval times[2])
{
	return setMicroseconds(fd < 0 ? -1 : fd, NULL, times, 0);
}

WEAK int utime(const char *path, const struct utimbuf *times)
{
	struct timeval both[2];

	if (times) {
		both[0] = (struct timeval){times->actime, 0};
		both[1] = (struct timeval){times->modtime, 0};
	}
	return utimes(path, times ? both : NULL);
}
