/*
 * Robust mutexes: a thread has a list of those that it holds, and leaves them
 * to the next when it ends. In a program that makes such attributes. A task
 * that was not made by pthread_create ends without its list being looked at.
 */
#include "mutex.h"

static _Thread_local pthread_mutex_t *held;

int pthread_mutexattr_setrobust(pthread_mutexattr_t *attributes, int robust)
{
	if (!attributes || attributes->__kind & ~(unsigned)(TYPE | ROBUST | SHARED) ||
	    (robust != PTHREAD_MUTEX_STALLED && robust != PTHREAD_MUTEX_ROBUST))
		return EINVAL;
	attributes->__kind &= ~(unsigned)ROBUST;
	if (robust == PTHREAD_MUTEX_ROBUST)
		attributes->__kind |= ROBUST;
	return 0;
}

void __hermit_hold(pthread_mutex_t *mutex)
{
	mutex->__previous = NULL;
	mutex->__next = held;
	if (held)
		held->__previous = mutex;
	held = mutex;
}

void __hermit_drop(pthread_mutex_t *mutex)
{
	pthread_mutex_t *next = mutex->__next, *previous = mutex->__previous;

	if (next)
		next->__previous = previous;
	if (previous)
		previous->__next = next;
	else
		held = next;
}

void __hermit_end_robust(void)
{
	pthread_mutex_t *mutex;

	while ((mutex = held)) {
		held = mutex->__next;
		mutex->__depth = 0;
		mutex->__kind |= INCONSISTENT;
		__atomic_store_n(&mutex->__owner, NULL, __ATOMIC_RELAXED);
		unlock(&mutex->__state);
	}
}

int pthread_mutex_consistent(pthread_mutex_t *mutex)
{
	if (!isMutex(mutex) || !(mutex->__kind & INCONSISTENT))
		return EINVAL;
	if (!__hermit_mutex_is_owned(mutex))
		return EPERM;
	mutex->__kind &= ~(unsigned)INCONSISTENT;
	return 0;
}
