/* What a thread is made with. Attributes that were not initialised, or were destroyed, are told. */
#include <string.h>

#include "attributes.h"
#include "priority.h"

static bool isValid(const pthread_attr_t *attributes)
{
	return attributes && attributes->__kind == ATTRIBUTES;
}

int pthread_attr_init(pthread_attr_t *attributes)
{
	if (!attributes)
		return EINVAL;
	*attributes = (pthread_attr_t){
		.__kind = ATTRIBUTES,
		.__policy = SCHED_OTHER,
		.__guard = (size_t)sys_getpagesize(),
		.__stack_size = USUAL_STACK,
		.__processors = {{~0ul}},
	};
	return 0;
}

int pthread_attr_destroy(pthread_attr_t *attributes)
{
	if (!isValid(attributes))
		return EINVAL;
	attributes->__kind = 0;
	return 0;
}

int pthread_attr_getdetachstate(const pthread_attr_t *attributes, int *state)
{
	if (!isValid(attributes))
		return EINVAL;
	*state = attributes->__detached;
	return 0;
}

int pthread_attr_setdetachstate(pthread_attr_t *attributes, int state)
{
	if (!isValid(attributes) ||
	    (state != PTHREAD_CREATE_JOINABLE && state != PTHREAD_CREATE_DETACHED))
		return EINVAL;
	attributes->__detached = (unsigned char)state;
	return 0;
}

int pthread_attr_getguardsize(const pthread_attr_t *restrict attributes, size_t *restrict size)
{
	if (!isValid(attributes))
		return EINVAL;
	*size = attributes->__guard;
	return 0;
}

/* Every task's stack has a guard of 64 KiB; more is address space and no memory. */
int pthread_attr_setguardsize(pthread_attr_t *attributes, size_t size)
{
	if (!isValid(attributes) || size > LARGEST_STACK)
		return EINVAL;
	attributes->__guard = size;
	return 0;
}

int pthread_attr_getstacksize(const pthread_attr_t *restrict attributes, size_t *restrict size)
{
	if (!isValid(attributes))
		return EINVAL;
	*size = attributes->__stack_size;
	return 0;
}

int pthread_attr_setstacksize(pthread_attr_t *attributes, size_t size)
{
	if (!isValid(attributes) || size < PTHREAD_STACK_MIN || size > LARGEST_STACK)
		return EINVAL;
	attributes->__stack_size = size;
	return 0;
}

int pthread_attr_getstack(const pthread_attr_t *restrict attributes, void **restrict stack,
			  size_t *restrict size)
{
	if (!isValid(attributes))
		return EINVAL;
	*stack = attributes->__stack;
	*size = attributes->__stack_size;
	return 0;
}

/* The stack of the caller is used as it is, without a guard. */
int pthread_attr_setstack(pthread_attr_t *attributes, void *stack, size_t size)
{
	if (!isValid(attributes) || !stack || (uintptr_t)stack % STACK_ALIGNMENT ||
	    size % STACK_ALIGNMENT || size < PTHREAD_STACK_MIN ||
	    (uintptr_t)stack + size < (uintptr_t)stack)
		return EINVAL;
	attributes->__stack = stack;
	attributes->__stack_size = size;
	return 0;
}

int pthread_attr_getscope(const pthread_attr_t *restrict attributes, int *restrict scope)
{
	if (!isValid(attributes))
		return EINVAL;
	*scope = PTHREAD_SCOPE_SYSTEM;
	return 0;
}

int pthread_attr_setscope(pthread_attr_t *attributes, int scope)
{
	if (!isValid(attributes))
		return EINVAL;
	if (scope == PTHREAD_SCOPE_PROCESS)
		return ENOTSUP;
	return scope == PTHREAD_SCOPE_SYSTEM ? 0 : EINVAL;
}

int pthread_attr_getinheritsched(const pthread_attr_t *restrict attributes, int *restrict inherit)
{
	if (!isValid(attributes))
		return EINVAL;
	*inherit = attributes->__explicit;
	return 0;
}

int pthread_attr_setinheritsched(pthread_attr_t *attributes, int inherit)
{
	if (!isValid(attributes) ||
	    (inherit != PTHREAD_INHERIT_SCHED && inherit != PTHREAD_EXPLICIT_SCHED))
		return EINVAL;
	attributes->__explicit = (unsigned char)inherit;
	return 0;
}

int pthread_attr_getschedpolicy(const pthread_attr_t *restrict attributes, int *restrict policy)
{
	if (!isValid(attributes))
		return EINVAL;
	*policy = attributes->__policy;
	return 0;
}

int pthread_attr_setschedpolicy(pthread_attr_t *attributes, int policy)
{
	if (!isValid(attributes) || !isPolicy(policy))
		return EINVAL;
	attributes->__policy = (unsigned char)policy;
	return 0;
}

int pthread_attr_getschedparam(const pthread_attr_t *restrict attributes,
			       struct sched_param *restrict parameters)
{
	if (!isValid(attributes))
		return EINVAL;
	*parameters = attributes->__parameters;
	return 0;
}

/* Whether it goes with the policy is seen when a thread is made: the two are set one by one. */
int pthread_attr_setschedparam(pthread_attr_t *restrict attributes,
			       const struct sched_param *restrict parameters)
{
	if (!isValid(attributes) || !parameters || parameters->sched_priority < 0 ||
	    parameters->sched_priority > sched_get_priority_max(SCHED_RR))
		return EINVAL;
	attributes->__parameters = *parameters;
	return 0;
}

int pthread_attr_getaffinity_np(const pthread_attr_t *attributes, size_t size, cpu_set_t *set)
{
	if (!isValid(attributes) || size < sizeof(cpu_set_t))
		return EINVAL;
	memset(set, 0, size);
	*set = attributes->__processors;
	return 0;
}

int pthread_attr_setaffinity_np(pthread_attr_t *attributes, size_t size, const cpu_set_t *set)
{
	cpu_set_t processors = {{0}};

	if (!isValid(attributes))
		return EINVAL;
	memcpy(&processors, set, size < sizeof processors ? size : sizeof processors);
	attributes->__processors = processors;
	return 0;
}
