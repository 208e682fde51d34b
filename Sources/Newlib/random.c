/* Randomness: arc4random of newlib draws its seeds here. */
#include <unistd.h>

#include "shim.h"

/* POSIX's GETENTROPY_MAX. */
enum { MOST = 256 };

WEAK int getentropy(void *buffer, size_t length)
{
	long count;

	if (length > MOST)
		return failed(_REENT, EINVAL);
	count = returned(_REENT, sys_read_entropy(buffer, length, 0));
	return count < 0 ? -1 : 0;
}
