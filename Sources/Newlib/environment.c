/* The environment as a whole. */
#define _GNU_SOURCE

#include <stdlib.h>
#include <unistd.h>

#include "shim.h"

WEAK int clearenv(void)
{
	static char *none[] = {NULL};

	environ = none;
	return 0;
}

/* No program has more rights than who has started it. */
WEAK char *secure_getenv(const char *name)
{
	return getenv(name);
}
