/* Nice values say which process goes before which others; there are no others, and it is kept. */
#define _GNU_SOURCE

#include <sys/resource.h>
#include <unistd.h>

#include "shim.h"

static int value;

static int limited(int new)
{
	return new < -20 ? -20 : new > 19 ? 19 : new;
}

/* Whether that is the process, its group or its user: 0 or an error. */
static int check(int which, id_t who)
{
	switch (which) {
	case PRIO_PROCESS:
	case PRIO_PGRP:
		return who > 1 ? ESRCH : 0;
	case PRIO_USER:
		return who > 0 ? ESRCH : 0;
	default:
		return EINVAL;
	}
}

WEAK int getpriority(int which, id_t who)
{
	int error = check(which, who);

	return error ? failed(_REENT, error) : __atomic_load_n(&value, __ATOMIC_RELAXED);
}

WEAK int setpriority(int which, id_t who, int new)
{
	int error = check(which, who);

	if (error)
		return failed(_REENT, error);
	__atomic_store_n(&value, limited(new), __ATOMIC_RELAXED);
	return 0;
}

WEAK int nice(int step)
{
	int old = __atomic_load_n(&value, __ATOMIC_RELAXED), new;

	if (step < -40 || step > 40)
		step = step < 0 ? -40 : 40;
	do
		new = limited(old + step);
	while (!__atomic_compare_exchange_n(&value, &old, new, 0, __ATOMIC_RELAXED,
					    __ATOMIC_RELAXED));
	return new;
}
