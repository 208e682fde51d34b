/*
 * Condition variables. A signal takes the most urgent waiter out of the queue,
 * of equals the one that waits longest; waiters wake only when they were
 * chosen, gave up, or were cancelled.
 */
#include "cancel.h"
#include "mutex.h"

enum {
	/* The kind: which clock, as attributes have it; all zeros is the usual one. */
	REAL = 0,
	MONOTONIC = CLOCK_MONOTONIC,
	CLOCK_BITS = 7,
	SHARED_CONDITION = 8,
	DESTROYED_CONDITION = 0x636f6e00,
};

static bool isCondition(const pthread_cond_t *condition)
{
	return condition && (condition->__kind == REAL || condition->__kind == MONOTONIC);
}

static clockid_t clockOf(unsigned kind)
{
	return (kind & CLOCK_BITS) == MONOTONIC ? CLOCK_MONOTONIC : CLOCK_REALTIME;
}

int pthread_cond_init(pthread_cond_t *restrict condition,
		      const pthread_condattr_t *restrict attributes)
{
	pthread_cond_t fresh = PTHREAD_COND_INITIALIZER;

	if (!condition || (attributes && attributes->__kind & ~(unsigned)(CLOCK_BITS | SHARED_CONDITION)))
		return EINVAL;
	if (attributes)
		fresh.__kind = attributes->__kind & CLOCK_BITS;
	*condition = fresh;
	return 0;
}

int pthread_cond_destroy(pthread_cond_t *condition)
{
	int error = 0;

	if (!isCondition(condition))
		return EINVAL;
	lock(&condition->__queue.__lock);
	if (first(&condition->__queue))
		error = EBUSY;
	else
		condition->__kind = DESTROYED_CONDITION;
	unlock(&condition->__queue.__lock);
	return error;
}

int pthread_cond_signal(pthread_cond_t *condition)
{
	struct waiter *waiter;

	if (!isCondition(condition))
		return EINVAL;
	/* Who waits came into the queue before it gave the mutex back. */
	if (!__atomic_load_n(&condition->__queue.__first, __ATOMIC_SEQ_CST))
		return 0;
	lock(&condition->__queue.__lock);
	waiter = first(&condition->__queue);
	if (waiter)
		__hermit_dequeue(&condition->__queue, waiter);
	unlock(&condition->__queue.__lock);
	if (waiter)
		__hermit_grant(waiter);
	return 0;
}

int pthread_cond_broadcast(pthread_cond_t *condition)
{
	struct waiter *waiter, *next;

	if (!isCondition(condition))
		return EINVAL;
	if (!__atomic_load_n(&condition->__queue.__first, __ATOMIC_SEQ_CST))
		return 0;
	lock(&condition->__queue.__lock);
	waiter = first(&condition->__queue);
	for (next = waiter; next; next = next->next)
		next->isQueued = false;
	condition->__queue.__first = condition->__queue.__last = NULL;
	unlock(&condition->__queue.__lock);
	for (; waiter; waiter = next) {
		next = waiter->next;
		__hermit_grant(waiter);
	}
	return 0;
}

static int await(pthread_cond_t *condition, pthread_mutex_t *mutex, struct deadline deadline)
{
	struct waiter waiter;
	int error, mutexError;

	if (!isCondition(condition) || !isMutex(mutex))
		return EINVAL;
	error = __hermit_check_deadline(deadline);
	if (error)
		return error;
	if (!__hermit_mutex_is_owned(mutex))
		return EPERM;
	cancellationPoint();
	lock(&condition->__queue.__lock);
	__hermit_enqueue(&condition->__queue, &waiter);
	pthread_mutex_unlock(mutex);
	error = __hermit_wait(&condition->__queue, &waiter, deadline, true);
	mutexError = pthread_mutex_lock(mutex);
	if (error == ECANCELED)
		__hermit_act();
	return mutexError ? mutexError : error;
}

int pthread_cond_wait(pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex)
{
	return await(condition, mutex, NEVER);
}

int pthread_cond_clockwait(pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex,
			   clockid_t clock, const struct timespec *restrict time)
{
	if (!time)
		return EINVAL;
	return await(condition, mutex, (struct deadline){clock, time});
}

int pthread_cond_timedwait(pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex,
			   const struct timespec *restrict time)
{
	if (!isCondition(condition))
		return EINVAL;
	return pthread_cond_clockwait(condition, mutex, clockOf(condition->__kind), time);
}

static bool isAttributes(const pthread_condattr_t *attributes)
{
	return attributes && !(attributes->__kind & ~(unsigned)(CLOCK_BITS | SHARED_CONDITION));
}

int pthread_condattr_init(pthread_condattr_t *attributes)
{
	if (!attributes)
		return EINVAL;
	attributes->__kind = REAL;
	return 0;
}

int pthread_condattr_destroy(pthread_condattr_t *attributes)
{
	if (!isAttributes(attributes))
		return EINVAL;
	attributes->__kind = DESTROYED_CONDITION;
	return 0;
}

int pthread_condattr_getclock(const pthread_condattr_t *restrict attributes,
			      clockid_t *restrict clock)
{
	if (!isAttributes(attributes))
		return EINVAL;
	*clock = clockOf(attributes->__kind);
	return 0;
}

int pthread_condattr_setclock(pthread_condattr_t *attributes, clockid_t clock)
{
	if (!isAttributes(attributes) || (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC))
		return EINVAL;
	attributes->__kind = (attributes->__kind & SHARED_CONDITION) |
			     (clock == CLOCK_MONOTONIC ? MONOTONIC : REAL);
	return 0;
}

int pthread_condattr_getpshared(const pthread_condattr_t *restrict attributes,
				int *restrict shared)
{
	if (!isAttributes(attributes))
		return EINVAL;
	*shared = attributes->__kind & SHARED_CONDITION ? PTHREAD_PROCESS_SHARED
							: PTHREAD_PROCESS_PRIVATE;
	return 0;
}

int pthread_condattr_setpshared(pthread_condattr_t *attributes, int shared)
{
	if (!isAttributes(attributes) ||
	    (shared != PTHREAD_PROCESS_PRIVATE && shared != PTHREAD_PROCESS_SHARED))
		return EINVAL;
	attributes->__kind &= CLOCK_BITS;
	if (shared == PTHREAD_PROCESS_SHARED)
		attributes->__kind |= SHARED_CONDITION;
	return 0;
}
