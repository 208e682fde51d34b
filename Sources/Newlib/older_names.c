/* Functions that have newer names, or one answer. */
#define _GNU_SOURCE

#include <dirent.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <time.h>
#include <ulimit.h>
#include <unistd.h>

#include "shim.h"

WEAK int getdtablesize(void)
{
	return (int)sysconf(_SC_OPEN_MAX);
}

/* No number tells one machine from others. */
WEAK long gethostid(void)
{
	return 0;
}

WEAK char *canonicalize_file_name(const char *path)
{
	return realpath(path, NULL);
}

WEAK int settimeofday(const struct timeval *time, const struct timezone *zone)
{
	struct timespec point;

	(void)zone;
	if (!time)
		return 0;
	if (time->tv_usec < 0 || time->tv_usec > 999999)
		return failed(_REENT, EINVAL);
	point = (struct timespec){time->tv_sec, time->tv_usec * 1000};
	return clock_settime(CLOCK_REALTIME, &point);
}

WEAK char *getwd(char *path)
{
	return getcwd(path, PATH_MAX);
}

/* There is one root, which nobody may change. */
WEAK int chroot(const char *path)
{
	if (access(path, X_OK) < 0)
		return -1;
	return strcmp(path, "/") ? failed(_REENT, EPERM) : 0;
}

/* In units of 512 bytes; files have no limit. */
WEAK long ulimit(int command, ...)
{
	if (command != UL_GETFSIZE && command != UL_SETFSIZE)
		return failed(_REENT, EINVAL);
	return LONG_MAX;
}

WEAK int close_range(unsigned first, unsigned last, int flags)
{
	unsigned most = (unsigned)sysconf(_SC_OPEN_MAX);

	if (flags & ~(CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC) || first > last)
		return failed(_REENT, EINVAL);
	for (unsigned fd = first; fd <= last && fd < most; fd++)
		if (flags & CLOSE_RANGE_CLOEXEC)
			(void)sys_fcntl((int)fd, HERMIT_F_SETFD, HERMIT_FD_CLOEXEC);
		else
			(void)sys_close((int)fd);
	return 0;
}

WEAK void closefrom(int first)
{
	(void)close_range(first < 0 ? 0 : (unsigned)first, ~0u, 0);
}

WEAK int versionsort(const struct dirent **a, const struct dirent **b)
{
	return strverscmp((*a)->d_name, (*b)->d_name);
}

WEAK size_t confstr(int name, char *buffer, size_t size)
{
	/* Where a system's programs would be. */
	static const char path[] = "/bin:/usr/bin";

	if (name != _CS_PATH) {
		failed(_REENT, EINVAL);
		return 0;
	}
	if (size) {
		strncpy(buffer, path, size - 1);
		buffer[size - 1] = 0;
	}
	return sizeof path;
}

WEAK int prlimit(pid_t pid, int resource, const struct rlimit *new, struct rlimit *old)
{
	if (pid != 0 && pid != 1)
		return failed(_REENT, ESRCH);
	if (old && getrlimit(resource, old) < 0)
		return -1;
	return new ? setrlimit(resource, new) : 0;
}
