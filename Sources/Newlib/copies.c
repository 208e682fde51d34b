/* Copies from one descriptor to another that the program does not see. */
#define _GNU_SOURCE

#include <sys/sendfile.h>
#include <unistd.h>

#include "cancel.h"
#include "shim.h"

_Static_assert(sizeof(off_t) == sizeof(int64_t), "off_t");

WEAK ssize_t sendfile(int to, int from, off_t *offset, size_t length)
{
	cancellationPoint();
	return checked(sys_sendfile(to, from, (int64_t *)offset, length));
}

WEAK ssize_t copy_file_range(int from, off_t *from_offset, int to, off_t *to_offset,
			     size_t length, unsigned flags)
{
	cancellationPoint();
	return checked(sys_copy_file_range(from, (int64_t *)from_offset, to,
					   (int64_t *)to_offset, length, flags));
}
