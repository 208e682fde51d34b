/* A stream's lock for the program: the one that newlib takes in every function. */
#include <stdio.h>

#include "shim.h"

/* newlib's. */
void __sinit(struct _reent *reent);

/* The standard streams get their locks when stdio is first used. */
static void start(void)
{
	struct _reent *reent = _REENT;

	if (!reent->__sdidinit)
		__sinit(reent);
}

WEAK void flockfile(FILE *stream)
{
	start();
	__lock_acquire_recursive(stream->_lock);
}

WEAK int ftrylockfile(FILE *stream)
{
	start();
	return __lock_try_acquire_recursive(stream->_lock);
}

WEAK void funlockfile(FILE *stream)
{
	__lock_release_recursive(stream->_lock);
}
