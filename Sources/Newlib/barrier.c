/* Barriers: the last to arrive lets all others go, and is the serial thread. */
#include "mutex.h"

enum { BARRIER = 0x62617200, SHARED_BARRIER = 1, DESTROYED_BARRIER = 0x62610000 };

static bool isBarrier(const pthread_barrier_t *barrier)
{
	return barrier && barrier->__kind == BARRIER;
}

int pthread_barrier_init(pthread_barrier_t *restrict barrier,
			 const pthread_barrierattr_t *restrict attributes, unsigned count)
{
	if (!barrier || !count || (attributes && attributes->__kind & ~(unsigned)SHARED_BARRIER))
		return EINVAL;
	*barrier = (pthread_barrier_t){.__kind = BARRIER, .__count = count};
	return 0;
}

int pthread_barrier_destroy(pthread_barrier_t *barrier)
{
	int error = 0;

	if (!isBarrier(barrier))
		return EINVAL;
	lock(&barrier->__queue.__lock);
	if (barrier->__arrived)
		error = EBUSY;
	else
		barrier->__kind = DESTROYED_BARRIER;
	unlock(&barrier->__queue.__lock);
	return error;
}

int pthread_barrier_wait(pthread_barrier_t *barrier)
{
	struct waiter waiter, *next, *all;

	if (!isBarrier(barrier))
		return EINVAL;
	lock(&barrier->__queue.__lock);
	if (++barrier->__arrived < barrier->__count) {
		__hermit_enqueue(&barrier->__queue, &waiter);
		return __hermit_wait(&barrier->__queue, &waiter, NEVER, false);
	}
	barrier->__arrived = 0;
	all = first(&barrier->__queue);
	for (next = all; next; next = next->next)
		next->isQueued = false;
	barrier->__queue.__first = barrier->__queue.__last = NULL;
	unlock(&barrier->__queue.__lock);
	for (; all; all = next) {
		next = all->next;
		__hermit_grant(all);
	}
	return PTHREAD_BARRIER_SERIAL_THREAD;
}

static bool isAttributes(const pthread_barrierattr_t *attributes)
{
	return attributes && !(attributes->__kind & ~(unsigned)SHARED_BARRIER);
}

int pthread_barrierattr_init(pthread_barrierattr_t *attributes)
{
	if (!attributes)
		return EINVAL;
	attributes->__kind = 0;
	return 0;
}

int pthread_barrierattr_destroy(pthread_barrierattr_t *attributes)
{
	if (!isAttributes(attributes))
		return EINVAL;
	attributes->__kind = DESTROYED_BARRIER;
	return 0;
}

int pthread_barrierattr_getpshared(const pthread_barrierattr_t *restrict attributes,
				   int *restrict shared)
{
	if (!isAttributes(attributes))
		return EINVAL;
	*shared = attributes->__kind ? PTHREAD_PROCESS_SHARED : PTHREAD_PROCESS_PRIVATE;
	return 0;
}

int pthread_barrierattr_setpshared(pthread_barrierattr_t *attributes, int shared)
{
	if (!isAttributes(attributes) ||
	    (shared != PTHREAD_PROCESS_PRIVATE && shared != PTHREAD_PROCESS_SHARED))
		return EINVAL;
	attributes->__kind = shared == PTHREAD_PROCESS_SHARED ? SHARED_BARRIER : 0;
	return 0;
}
