/* Randomness: arc4random of newlib draws its seeds here. */
#define _GNU_SOURCE

#include <sys/random.h>
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

/* Linux takes no more than this at once. */
static const size_t longest = (1u << 31) - 4096;

WEAK ssize_t getrandom(void *buffer, size_t length, unsigned flags)
{
	_Static_assert(GRND_NONBLOCK == HERMIT_GRND_NONBLOCK && GRND_RANDOM == HERMIT_GRND_RANDOM,
		       "getrandom");
	const unsigned insecure = GRND_INSECURE | GRND_RANDOM;

	if (flags & ~(GRND_NONBLOCK | insecure) || (flags & insecure) == insecure)
		return failed(_REENT, EINVAL);
	return checked(sys_read_entropy(buffer, length < longest ? length : longest,
					flags & ~GRND_INSECURE));
}
