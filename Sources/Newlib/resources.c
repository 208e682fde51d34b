/* What the program uses, and its limits. */
#define _GNU_SOURCE

#include <limits.h>
#include <sys/resource.h>
#include <time.h>

#include "shim.h"

WEAK int getrusage(int who, struct rusage *usage)
{
	struct hermit_timespec used;
	int clock = HERMIT_CLOCK_PROCESS_CPUTIME_ID, result;

	if (who == RUSAGE_CHILDREN) {
		*usage = (struct rusage){0};
		return 0;
	}
	if (who == RUSAGE_THREAD)
		clock = HERMIT_CLOCK_THREAD_CPUTIME_ID;
	else if (who != RUSAGE_SELF)
		return failed(_REENT, EINVAL);
	result = sys_clock_gettime(clock, &used);
	if (result < 0)
		return (int)returned(_REENT, result);
	*usage = (struct rusage){.ru_utime = {used.tv_sec, used.tv_nsec / 1000}};
	return 0;
}

WEAK int getrlimit(int resource, struct rlimit *limit)
{
	rlim_t most = RLIM_INFINITY;
	void *stack;
	size_t size;

	switch (resource) {
	case RLIMIT_STACK:
		/* What the calling thread has; it can't become more. */
		if (sys_get_stack(&stack, &size) >= 0)
			most = size;
		break;
	case RLIMIT_NOFILE:
		_Static_assert(sizeof(struct rlimit) == sizeof(struct hermit_rlimit) &&
			       RLIMIT_NOFILE == HERMIT_RLIMIT_NOFILE, "rlimit");
		return (int)checked(sys_getrlimit(resource, (struct hermit_rlimit *)limit));
	case RLIMIT_NPROC:
		most = PTHREAD_THREADS_MAX;
		break;
	case RLIMIT_CORE:
		most = 0;
		break;
	/* The machine's memory and time are the program's. */
	case RLIMIT_CPU:
	case RLIMIT_FSIZE:
	case RLIMIT_DATA:
	case RLIMIT_MEMLOCK:
	case RLIMIT_AS:
		break;
	default:
		return failed(_REENT, EINVAL);
	}
	*limit = (struct rlimit){most, most};
	return 0;
}

/*
 * That of descriptors can be changed. Of others, what a limit is may be said
 * again, all else is EPERM.
 */
WEAK int setrlimit(int resource, const struct rlimit *limit)
{
	struct rlimit now, new;

	if (resource == RLIMIT_NOFILE)
		return (int)checked(sys_setrlimit(resource, (const struct hermit_rlimit *)limit));
	new = *limit;
	if (getrlimit(resource, &now) < 0)
		return -1;
	if (new.rlim_cur > new.rlim_max)
		return failed(_REENT, EINVAL);
	return new.rlim_cur == now.rlim_cur && new.rlim_max == now.rlim_max ? 0
									    : failed(_REENT, EPERM);
}
