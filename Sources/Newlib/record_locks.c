/* Locks of files: of parts, which are the process's, and of whole ones. */
#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "cancel.h"
#include "record_locks.h"
#include "shim.h"

_Static_assert(LOCK_SH == HERMIT_LOCK_SH && LOCK_EX == HERMIT_LOCK_EX &&
	       LOCK_NB == HERMIT_LOCK_NB && LOCK_UN == HERMIT_LOCK_UN, "flock");
_Static_assert(F_RDLCK == HERMIT_F_RDLCK + 1 && F_WRLCK == HERMIT_F_WRLCK + 1 &&
	       F_UNLCK == HERMIT_F_UNLCK + 1, "l_type");
_Static_assert(F_GETLK == HERMIT_F_GETLK + 2 && F_SETLK == HERMIT_F_SETLK + 2 &&
	       F_SETLKW == HERMIT_F_SETLKW + 2, "fcntl");
_Static_assert(F_OFD_GETLK == HERMIT_F_OFD_GETLK && F_OFD_SETLK == HERMIT_F_OFD_SETLK &&
	       F_OFD_SETLKW == HERMIT_F_OFD_SETLKW, "fcntl");

int __hermit_record_lock(int fd, int request, struct flock *lock)
{
	struct hermit_flock wanted;
	bool isOwn = request < F_OFD_GETLK;
	int result;

	if (request == F_SETLKW || request == F_OFD_SETLKW)
		cancellationPoint();
	if (!lock)
		return failed(_REENT, EFAULT);
	wanted = (struct hermit_flock){
		.l_type = lock->l_type - 1,
		.l_whence = lock->l_whence,
		.l_start = lock->l_start,
		.l_len = lock->l_len,
		.l_pid = isOwn ? 0 : lock->l_pid,
	};
	result = sys_file_lock(fd, isOwn ? request - 2 : request, &wanted);
	if (result >= 0 && (request == F_GETLK || request == F_OFD_GETLK)) {
		lock->l_type = wanted.l_type + 1;
		if (lock->l_type != F_UNLCK) {
			lock->l_whence = wanted.l_whence;
			lock->l_start = wanted.l_start;
			lock->l_len = wanted.l_len;
			lock->l_pid = (short)wanted.l_pid;
		}
	}
	return (int)checked(result);
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
		if (__hermit_record_lock(fd, F_GETLK, &lock))
			return -1;
		/* Another's lock is in the way. */
		return lock.l_type == F_UNLCK ? 0 : failed(_REENT, EACCES);
	default:
		return failed(_REENT, EINVAL);
	}
}

WEAK int flock(int fd, int operation)
{
	return (int)checked(sys_flock(fd, operation));
}
