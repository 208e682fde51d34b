/* What holds for every descriptor: pipes, duplicates, positions, parts, limits. */
#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#include "broken_pipe.h"
#include "cancel.h"
#include "open_flags.h"
#include "shim.h"

_Static_assert(sizeof(struct iovec) == sizeof(struct hermit_iovec), "iovec");
_Static_assert(EFD_NONBLOCK == O_NONBLOCK && EFD_CLOEXEC == O_CLOEXEC, "eventfd");
_Static_assert(RWF_NOWAIT == HERMIT_RWF_NOWAIT && RWF_APPEND == HERMIT_RWF_APPEND, "RWF");
_Static_assert(FIONREAD == HERMIT_FIONREAD && FIONBIO == HERMIT_FIONBIO, "ioctl");

WEAK int dup3(int fd, int number, int flags)
{
	if (flags & ~O_CLOEXEC)
		return failed(_REENT, EINVAL);
	return (int)checked(sys_dup3(fd, number, toHermit(flags)));
}

WEAK int pipe(int fds[2])
{
	CAN_BREAK();
	return (int)checked(sys_pipe(fds));
}

WEAK int pipe2(int fds[2], int flags)
{
	if (flags & ~(O_CLOEXEC | O_NONBLOCK))
		return failed(_REENT, EINVAL);
	CAN_BREAK();
	return (int)checked(sys_pipe2(fds, toHermit(flags)));
}

WEAK int ioctl(int fd, unsigned long request, ...)
{
	__builtin_va_list list;
	void *argument;

	__builtin_va_start(list, request);
	argument = __builtin_va_arg(list, void *);
	__builtin_va_end(list);
	return (int)checked(sys_ioctl(fd, (int)request, argument));
}

WEAK ssize_t pread(int fd, void *buffer, size_t length, off_t offset)
{
	cancellationPoint();
	return checked(sys_pread(fd, buffer, length, offset));
}

WEAK ssize_t pwrite(int fd, const void *buffer, size_t length, off_t offset)
{
	cancellationPoint();
	return checked(sys_pwrite(fd, buffer, length, offset));
}

/* A negative number of parts is too large a one. */
WEAK ssize_t readv(int fd, const struct iovec *parts, int count)
{
	cancellationPoint();
	return checked(sys_readv(fd, (const struct hermit_iovec *)parts, (size_t)count));
}

WEAK ssize_t writev(int fd, const struct iovec *parts, int count)
{
	cancellationPoint();
	return checked(written(sys_writev(fd, (const struct hermit_iovec *)parts, (size_t)count)));
}

WEAK ssize_t preadv(int fd, const struct iovec *parts, int count, off_t offset)
{
	cancellationPoint();
	return checked(sys_preadv(fd, (const struct hermit_iovec *)parts, (size_t)count, offset));
}

WEAK ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset)
{
	cancellationPoint();
	return checked(sys_pwritev(fd, (const struct hermit_iovec *)parts, (size_t)count, offset));
}

WEAK ssize_t preadv2(int fd, const struct iovec *parts, int count, off_t offset, int flags)
{
	cancellationPoint();
	return checked(sys_preadv2(fd, (const struct hermit_iovec *)parts, (size_t)count, offset, flags));
}

WEAK ssize_t pwritev2(int fd, const struct iovec *parts, int count, off_t offset, int flags)
{
	cancellationPoint();
	return checked(sys_pwritev2(fd, (const struct hermit_iovec *)parts, (size_t)count, offset, flags));
}

WEAK int eventfd(unsigned int initial, int flags)
{
	int known = EFD_SEMAPHORE | EFD_NONBLOCK | EFD_CLOEXEC, all = flags & EFD_SEMAPHORE;

	if (flags & ~known)
		return failed(_REENT, EINVAL);
	if (flags & EFD_NONBLOCK)
		all |= HERMIT_EFD_NONBLOCK;
	if (flags & EFD_CLOEXEC)
		all |= HERMIT_EFD_CLOEXEC;
	return (int)checked(sys_eventfd(initial, (int16_t)all));
}

WEAK int eventfd_read(int fd, eventfd_t *value)
{
	return checked(sys_read(fd, value, sizeof *value)) < 0 ? -1 : 0;
}

WEAK int eventfd_write(int fd, eventfd_t value)
{
	return checked(sys_write(fd, &value, sizeof value)) < 0 ? -1 : 0;
}
