/* What can be asked and said about a thread: its name, scheduling, stack, atfork. */
#include <string.h>

#include "attributes.h"
#include "priority.h"
#include "thread.h"

hermit_tid_t __hermit_task_of(pthread_t number)
{
	struct thread *thread;
	hermit_tid_t id = 0;

	(void)self();
	lock(&__hermit_threads.__lock);
	thread = __hermit_find(number);
	if (thread && !thread->hasEnded)
		id = thread->task;
	unlock(&__hermit_threads.__lock);
	return id;
}

int pthread_setname_np(pthread_t number, const char *name)
{
	size_t length = strlen(name);
	struct thread *thread;

	(void)self();
	if (length >= sizeof thread->name)
		return ERANGE;
	lock(&__hermit_threads.__lock);
	thread = __hermit_find(number);
	if (thread)
		memcpy(thread->name, name, length + 1);
	unlock(&__hermit_threads.__lock);
	return thread ? 0 : ESRCH;
}

int pthread_getname_np(pthread_t number, char *name, size_t size)
{
	struct thread *thread;
	int error = 0;

	(void)self();
	lock(&__hermit_threads.__lock);
	thread = __hermit_find(number);
	if (!thread)
		error = ESRCH;
	else if (strlen(thread->name) >= size)
		error = ERANGE;
	else
		strcpy(name, thread->name);
	unlock(&__hermit_threads.__lock);
	return error;
}

int pthread_getschedparam(pthread_t number, int *restrict policy,
			  struct sched_param *restrict parameters)
{
	hermit_tid_t id = __hermit_task_of(number);
	int priority = id ? sys_getprio(&id) : -HERMIT_ESRCH;

	if (priority < 0)
		return __hermit_errno(-priority);
	if (!policy || !parameters)
		return EINVAL;
	*policy = policyOf(id, priority);
	if (*policy < 0)
		return __hermit_errno(-*policy);
	parameters->sched_priority = priorityOf(priority);
	return 0;
}

int pthread_setschedparam(pthread_t number, int policy, const struct sched_param *parameters)
{
	hermit_tid_t id = __hermit_task_of(number);
	int priority, result;

	if (!id)
		return ESRCH;
	if (!parameters)
		return EINVAL;
	priority = taskPriority(policy, parameters->sched_priority);
	if (priority < 0)
		return -priority;
	result = schedule(id, policy, priority);
	return result < 0 ? __hermit_errno(-result) : 0;
}

int pthread_setschedprio(pthread_t number, int priority)
{
	struct sched_param parameters;
	int policy, error = pthread_getschedparam(number, &policy, &parameters);

	if (error)
		return error;
	parameters.sched_priority = priority;
	return pthread_setschedparam(number, policy, &parameters);
}

static int getProcessors(pthread_t number, cpu_set_t *set)
{
	hermit_tid_t id = __hermit_task_of(number);
	uint64_t found;
	int result = id ? sys_get_affinity(&id, &found) : -HERMIT_ESRCH;

	if (result < 0)
		return __hermit_errno(-result);
	set->__bits[0] = found;
	return 0;
}

int pthread_getattr_np(pthread_t number, pthread_attr_t *attributes)
{
	struct thread *thread, *caller = self();
	int policy, error;

	if (!attributes)
		return EINVAL;
	pthread_attr_init(attributes);
	error = pthread_getschedparam(number, &policy, &attributes->__parameters);
	if (error)
		return error;
	attributes->__policy = (unsigned char)policy;
	error = getProcessors(number, &attributes->__processors);
	if (error)
		return error;
	lock(&__hermit_threads.__lock);
	thread = __hermit_find(number);
	if (thread == caller && !thread->stack)
		sys_get_stack(&thread->taskStack, &thread->stackSize);
	if (thread && (thread->stack || thread->taskStack)) {
		attributes->__detached = thread->isDetached;
		attributes->__guard = thread->guardSize;
		attributes->__stack = thread->stack ? thread->stack : thread->taskStack;
		attributes->__stack_size = thread->stackSize;
	} else
		/* A thread that has not run yet, or the first one, which alone knows. */
		error = thread ? EAGAIN : ESRCH;
	unlock(&__hermit_threads.__lock);
	return error;
}

int pthread_getaffinity_np(pthread_t number, size_t size, cpu_set_t *set)
{
	cpu_set_t found;
	int error;

	if (size < sizeof found)
		return EINVAL;
	error = getProcessors(number, &found);
	if (error)
		return error;
	memset(set, 0, size);
	*set = found;
	return 0;
}

int pthread_setaffinity_np(pthread_t number, size_t size, const cpu_set_t *set)
{
	hermit_tid_t id = __hermit_task_of(number);
	cpu_set_t wanted = {{0}};
	int result;

	if (!id)
		return ESRCH;
	memcpy(&wanted, set, size < sizeof wanted ? size : sizeof wanted);
	result = sys_set_affinity(&id, wanted.__bits[0]);
	return result < 0 ? __hermit_errno(-result) : 0;
}

/* A hint that every system may pass over (POSIX); each thread is a task in any case. */
static int concurrency;

int pthread_getconcurrency(void)
{
	return concurrency;
}

int pthread_setconcurrency(int level)
{
	if (level < 0)
		return EINVAL;
	concurrency = level;
	return 0;
}

int pthread_yield(void)
{
	return sched_yield();
}

/* There is no fork, which is when the functions would be called. */
int pthread_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void))
{
	(void)prepare;
	(void)parent;
	(void)child;
	return 0;
}
