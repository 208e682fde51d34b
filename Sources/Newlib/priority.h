/*
 * POSIX's scheduling in hermit.h's priorities: SCHED_OTHER is what tasks have
 * that nobody gave a priority, and what is less; SCHED_RR is all above, and
 * SCHED_FIFO the same without turns.
 */
#ifndef HERMIT_PRIORITY_H
#define HERMIT_PRIORITY_H

#include <sched.h>
#include <stdbool.h>

#include "shim.h"

enum { HIGHEST = HERMIT_PRIO_MAX - HERMIT_PRIO_NORMAL };

static inline bool isPolicy(int policy)
{
	return policy == SCHED_OTHER || policy == SCHED_RR || policy == SCHED_FIFO;
}

/* The priority for a policy and its parameter, or -EINVAL. */
static inline int taskPriority(int policy, int priority)
{
	if (policy == SCHED_OTHER && priority == 0)
		return HERMIT_PRIO_NORMAL;
	if (isPolicy(policy) && policy != SCHED_OTHER && priority >= 1 && priority <= HIGHEST)
		return HERMIT_PRIO_NORMAL + priority;
	return -EINVAL;
}

static inline int priorityOf(int taskPriority)
{
	return taskPriority > HERMIT_PRIO_NORMAL ? taskPriority - HERMIT_PRIO_NORMAL : 0;
}

/* The policy of a task with such a priority, or a negative error of hermit.h's. */
static inline int policyOf(hermit_tid_t id, int taskPriority)
{
	int turns;

	if (taskPriority <= HERMIT_PRIO_NORMAL)
		return SCHED_OTHER;
	turns = sys_get_turns(&id);
	if (turns < 0)
		return turns;
	return turns ? SCHED_RR : SCHED_FIFO;
}

/* Gives a task a priority and a policy that go together: 0, or as above. */
static inline int schedule(hermit_tid_t id, int policy, int taskPriority)
{
	int error = sys_set_turns(&id, policy != SCHED_FIFO);

	return error < 0 ? error : sys_setprio(&id, taskPriority);
}

/* The bits of the processors that run tasks. */
static inline unsigned long processors(void)
{
	size_t count = sys_get_processor_count();

	return count >= 64 ? ~0ul : (1ul << count) - 1;
}

/* What sys_spawn2 takes for a set of processors: one of them, or -1 for any; -EINVAL for none. */
#define ANY_CORE (-1)
static inline int coreOf(const cpu_set_t *set)
{
	unsigned long bits = set->__bits[0] & processors();

	if (!bits)
		return -EINVAL;
	return bits & (bits - 1) ? ANY_CORE : __builtin_ctzl(bits);
}

/* Whether a set of some processors is neither all of them nor one. */
static inline bool isSubset(const cpu_set_t *set)
{
	unsigned long bits = set->__bits[0] & processors();

	return bits != processors() && bits & (bits - 1);
}

#endif
