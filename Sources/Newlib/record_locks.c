/*
 * Locks of parts of files. They are a process's (POSIX), and there is one: it
 * is asked whether a lock is valid, and none is ever in the way.
 */
#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <sys/file.h>
#include <unistd.h>

#include "cancel.h"
#include "record_locks.h"
#include "shim.h"

/* 0 or the error's number. */
static int validate(int fd, int request, const struct flock *lock)
{
	int64_t start = lock->l_start, base = 0, last;
	struct hermit_stat status;
	long result = sys_fcntl(fd, HERMIT_F_GETFL, 0);
	int access = (int)(result & HERMIT_O_ACCMODE);

	if (result < 0)
		return __hermit_errno((int)-result);
	switch (lock->l_whence) {
	case SEEK_SET:
		break;
	case SEEK_CUR:
		if ((result = sys_lseek(fd, 0, HERMIT_SEEK_CUR)) > 0)
			base = result;
		break;
	case SEEK_END:
		if ((result = sys_fstat(fd, &status)) < 0)
			return __hermit_errno((int)-result);
		base = status.st_size;
		break;
	default:
		return EINVAL;
	}
	if (__builtin_add_overflow(start, base, &start))
		return EOVERFLOW;
	if (start < 0)
		return EINVAL;
	if (lock->l_len > 0 && __builtin_add_overflow(start, lock->l_len - 1, &last))
		return EOVERFLOW;
	if (lock->l_len < 0 && start + lock->l_len < 0)
		return EINVAL;
	switch (lock->l_type) {
	case F_RDLCK:
		return request != F_GETLK && access == HERMIT_O_WRONLY ? EBADF : 0;
	case F_WRLCK:
		return request != F_GETLK && access == HERMIT_O_RDONLY ? EBADF : 0;
	case F_UNLCK:
		return request == F_GETLK ? EINVAL : 0;
	default:
		return EINVAL;
	}
}

int __hermit_record_lock(int fd, int request, struct flock *lock)
{
	int error;

	if (request == F_SETLKW)
		cancellationPoint();
	error = lock ? validate(fd, request, lock) : EFAULT;
	if (error)
		return failed(_REENT, error);
	if (request == F_GETLK)
		lock->l_type = F_UNLCK;
	return 0;
}

WEAK int lockf(int fd, int request, off_t size)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_CUR, .l_len = size};

	switch (request) {
	case F_ULOCK:
		lock.l_type = F_UNLCK;
		return __hermit_record_lock(fd, F_SETLK, &lock);
	case F_LOCK:
		return __hermit_record_lock(fd, F_SETLKW, &lock);
	case F_TLOCK:
		return __hermit_record_lock(fd, F_SETLK, &lock);
	case F_TEST:
		return __hermit_record_lock(fd, F_GETLK, &lock);
	default:
		return failed(_REENT, EINVAL);
	}
}
