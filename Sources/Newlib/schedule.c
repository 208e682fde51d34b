/*
 * sched.h. A process is a task here, as on Linux: 0 is the caller, and the
 * program's own number is its first task's.
 */
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "priority.h"

/* How long a task runs before an equal has its turn (the kernel's). */
enum { SLICE_NANOSECONDS = 5000000 };

WEAK int sched_yield(void)
{
	sys_yield();
	return 0;
}

WEAK int sched_get_priority_max(int policy)
{
	switch (policy) {
	case SCHED_OTHER:
		return 0;
	case SCHED_RR:
	case SCHED_FIFO:
		return HIGHEST;
	default:
		return failed(_REENT, EINVAL);
	}
}

WEAK int sched_get_priority_min(int policy)
{
	switch (policy) {
	case SCHED_OTHER:
		return 0;
	case SCHED_RR:
	case SCHED_FIFO:
		return 1;
	default:
		return failed(_REENT, EINVAL);
	}
}

/* A task's priority in hermit.h's numbers, or -1 and errno. */
static int priority(pid_t pid)
{
	hermit_tid_t id = pid;

	if (pid < 0)
		return failed(_REENT, EINVAL);
	return (int)checked(sys_getprio(&id));
}

WEAK int sched_getscheduler(pid_t pid)
{
	int number = priority(pid);

	return number < 0 ? -1 : (int)checked(policyOf(pid, number));
}

WEAK int sched_getparam(pid_t pid, struct sched_param *parameters)
{
	int number;

	if (!parameters)
		return failed(_REENT, EINVAL);
	number = priority(pid);
	if (number < 0)
		return -1;
	parameters->sched_priority = priorityOf(number);
	return 0;
}

static int set(pid_t pid, int policy, const struct sched_param *parameters)
{
	int number;

	if (!parameters)
		return failed(_REENT, EINVAL);
	number = taskPriority(policy, parameters->sched_priority);
	if (number < 0)
		return failed(_REENT, -number);
	return (int)checked(schedule(pid, policy, number));
}

/* Returns the policy that was, as POSIX wants it; Linux returns 0. */
WEAK int sched_setscheduler(pid_t pid, int policy, const struct sched_param *parameters)
{
	int old = sched_getscheduler(pid);

	return old < 0 || set(pid, policy, parameters) < 0 ? -1 : old;
}

WEAK int sched_setparam(pid_t pid, const struct sched_param *parameters)
{
	int policy = sched_getscheduler(pid);

	return policy < 0 ? -1 : set(pid, policy, parameters);
}

WEAK int sched_rr_get_interval(pid_t pid, struct timespec *interval)
{
	if (!interval)
		return failed(_REENT, EINVAL);
	if (priority(pid) < 0)
		return -1;
	*interval = (struct timespec){0, SLICE_NANOSECONDS};
	return 0;
}

WEAK int sched_getcpu(void)
{
	return (int)sys_get_core();
}

WEAK int sched_getaffinity(pid_t pid, size_t size, cpu_set_t *set)
{
	hermit_tid_t id = pid;
	uint64_t found;

	if (size < sizeof *set || pid < 0)
		return failed(_REENT, EINVAL);
	if (checked(sys_get_affinity(&id, &found)) < 0)
		return -1;
	memset(set, 0, size);
	set->__bits[0] = found;
	return 0;
}

WEAK int sched_setaffinity(pid_t pid, size_t size, const cpu_set_t *set)
{
	hermit_tid_t id = pid;
	cpu_set_t wanted = {{0}};

	if (pid < 0)
		return failed(_REENT, EINVAL);
	memcpy(&wanted, set, size < sizeof wanted ? size : sizeof wanted);
	return (int)checked(sys_set_affinity(&id, wanted.__bits[0]));
}

int __sched_cpucount(size_t size, const cpu_set_t *set)
{
	const unsigned char *bytes = (const unsigned char *)set;
	int count = 0;

	for (size_t i = 0; i < size; i++)
		count += __builtin_popcount(bytes[i]);
	return count;
}

void *__sched_cpualloc(size_t size)
{
	return calloc(1, size);
}

void __sched_cpufree(cpu_set_t *set)
{
	free(set);
}
