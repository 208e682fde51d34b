/* Open descriptors: reading, writing, positions. */
#include <fcntl.h>
#include <unistd.h>

#include "broken_pipe.h"
#include "cancel.h"
#include "interruption.h"
#include "open_flags.h"
#include "record_locks.h"
#include "shim.h"

static inline long readRestarting(int fd, void *buffer, size_t length)
{
	unsigned interrupted = handlersRun(true);
	long result;

	/* A handler with SA_RESTART, or none, lets it go on. */
	do
		result = sys_read(fd, buffer, length);
	while (result == -HERMIT_EINTR && __hermit_handlers_run && handlersRun(true) == interrupted);
	return result;
}

_ssize_t _read_r(struct _reent *reent, int fd, void *buffer, size_t length)
{
	return returned(reent, readRestarting(fd, buffer, length));
}

_ssize_t _write_r(struct _reent *reent, int fd, const void *buffer, size_t length)
{
	return returned(reent, written(sys_write(fd, buffer, length)));
}

_off_t _lseek_r(struct _reent *reent, int fd, _off_t offset, int whence)
{
	_Static_assert(SEEK_SET == HERMIT_SEEK_SET && SEEK_CUR == HERMIT_SEEK_CUR &&
		       SEEK_END == HERMIT_SEEK_END, "whence");
	return returned(reent, sys_lseek(fd, offset, whence));
}

int _close_r(struct _reent *reent, int fd)
{
	return (int)returned(reent, sys_close(fd));
}

/* What stdio asks before a stream's first byte: to find no terminal is no error of printf. */
int _isatty_r(struct _reent *reent, int fd)
{
	(void)reent;
	return sys_isatty(fd) > 0;
}

int _fcntl_r(struct _reent *reent, int fd, int request, int argument)
{
	long result;

	_Static_assert(F_DUPFD == HERMIT_F_DUPFD && F_GETFD == HERMIT_F_GETFD &&
		       F_SETFD == HERMIT_F_SETFD && F_GETFL == HERMIT_F_GETFL &&
		       F_SETFL == HERMIT_F_SETFL && FD_CLOEXEC == HERMIT_FD_CLOEXEC, "fcntl");
	if (request == F_SETFL)
		argument = toHermit(argument);
	if (request == F_DUPFD_CLOEXEC)
		request = HERMIT_F_DUPFD_CLOEXEC;
	result = returned(reent, sys_fcntl(fd, request, argument));
	return request == F_GETFL && result >= 0 ? fromHermit((int)result) : (int)result;
}

/* In a program that is cancelled or takes signals. */
__attribute__((noinline)) static ssize_t readInterruptibly(int fd, void *buffer, size_t length)
{
	cancellationPoint();
	return checked(readRestarting(fd, buffer, length));
}

/* An emulated processor leaves its code at every branch: as few as there can be. */
WEAK ssize_t read(int fd, void *buffer, size_t length)
{
	if (__builtin_expect((uintptr_t)__hermit_cancellation_point |
			     (uintptr_t)__hermit_handlers_run, 0))
		return readInterruptibly(fd, buffer, length);
	return checked(sys_read(fd, buffer, length));
}

WEAK ssize_t write(int fd, const void *buffer, size_t length)
{
	long result;

	cancellationPoint();
	result = sys_write(fd, buffer, length);
	return __builtin_expect(result >= 0, 1) ? result : checked(written(result));
}

WEAK off_t lseek(int fd, off_t offset, int whence)
{
	return checked(sys_lseek(fd, offset, whence));
}

WEAK int close(int fd)
{
	cancellationPoint();
	return (int)checked(sys_close(fd));
}

/* 1 for a terminal; 0 and errno otherwise. */
WEAK int isatty(int fd)
{
	int result = sys_isatty(fd);

	if (result > 0)
		return 1;
	_REENT->_errno = result < 0 ? __hermit_errno(-result) : ENOTTY;
	return 0;
}

WEAK int fcntl(int fd, int request, ...)
{
	__builtin_va_list list;
	int argument = 0;

	if (request == F_GETLK || request == F_SETLK || request == F_SETLKW ||
	    (request >= HERMIT_F_OFD_GETLK && request <= HERMIT_F_OFD_SETLKW)) {
		struct flock *lock;

		__builtin_va_start(list, request);
		lock = __builtin_va_arg(list, struct flock *);
		__builtin_va_end(list);
		return __hermit_record_lock(fd, request, lock);
	}
	if (request == F_DUPFD || request == F_DUPFD_CLOEXEC || request == F_SETFD ||
	    request == F_SETFL) {
		__builtin_va_start(list, request);
		argument = __builtin_va_arg(list, int);
		__builtin_va_end(list);
	}
	return _fcntl_r(_REENT, fd, request, argument);
}

WEAK int dup(int fd)
{
	return (int)returned(_REENT, sys_dup(fd));
}

WEAK int dup2(int fd, int number)
{
	return (int)returned(_REENT, sys_dup2(fd, number));
}

WEAK int ftruncate(int fd, off_t size)
{
	if (size < 0)
		return failed(_REENT, EINVAL);
	return (int)returned(_REENT, sys_ftruncate(fd, (size_t)size));
}
