/*
 * Read-write locks. A reader waits behind a writer that waits, unless the
 * reader's thread has another lock for reading: so writers get their turn, and
 * who reads twice does not wait for itself. Who gives the lock back hands it
 * on: to the first in the queue, and if that is a reader to all readers in
 * front of the next writer.
 */
#include "mutex.h"

enum { SHARED_RWLOCK = 1, DESTROYED_RWLOCK = 0x72770000 };

/* How many times the thread has a lock for reading. */
static _Thread_local unsigned readLocks;

static bool isLock(const pthread_rwlock_t *rwlock)
{
	return rwlock && rwlock->__kind == 0;
}

static void *caller(void)
{
	return (void *)task();
}

int pthread_rwlock_init(pthread_rwlock_t *restrict rwlock,
			const pthread_rwlockattr_t *restrict attributes)
{
	if (!rwlock || (attributes && attributes->__kind & ~(unsigned)SHARED_RWLOCK))
		return EINVAL;
	*rwlock = (pthread_rwlock_t)PTHREAD_RWLOCK_INITIALIZER;
	return 0;
}

int pthread_rwlock_destroy(pthread_rwlock_t *rwlock)
{
	int error = 0;

	if (!isLock(rwlock))
		return EINVAL;
	lock(&rwlock->__queue.__lock);
	if (rwlock->__readers || rwlock->__writer || first(&rwlock->__queue))
		error = EBUSY;
	else
		rwlock->__kind = DESTROYED_RWLOCK;
	unlock(&rwlock->__queue.__lock);
	return error;
}

/* Takes the lock if that is possible: 0, EBUSY, or another error. The queue's lock is held. */
static int take(pthread_rwlock_t *rwlock, bool isWriter)
{
	if (rwlock->__writer == caller())
		return EDEADLK;
	if (isWriter) {
		if (rwlock->__writer || rwlock->__readers)
			return EBUSY;
		rwlock->__writer = caller();
		return 0;
	}
	if (rwlock->__writer || (rwlock->__waiting_writers && !readLocks))
		return EBUSY;
	if (rwlock->__readers == UINT32_MAX)
		return EAGAIN;
	rwlock->__readers++;
	readLocks++;
	return 0;
}

/*
 * Gives a lock that is free, or has readers alone, to those who may have it.
 * The queue's lock is held; it returns those to grant.
 */
static struct waiter *handOn(pthread_rwlock_t *rwlock)
{
	struct waiter *granted = NULL, **last = &granted, *waiter;

	while ((waiter = first(&rwlock->__queue))) {
		if (rwlock->__writer || (waiter->isWriter && rwlock->__readers))
			break;
		__hermit_dequeue(&rwlock->__queue, waiter);
		waiter->next = NULL;
		*last = waiter;
		last = &waiter->next;
		if (waiter->isWriter) {
			rwlock->__writer = waiter->subject;
			rwlock->__waiting_writers--;
		} else
			rwlock->__readers++;
	}
	return granted;
}

static void grantAll(struct waiter *waiter)
{
	struct waiter *next;

	for (; waiter; waiter = next) {
		next = waiter->next;
		__hermit_grant(waiter);
	}
}

static int acquire(pthread_rwlock_t *rwlock, bool isWriter, struct deadline deadline)
{
	struct waiter waiter = {.isWriter = isWriter, .subject = caller()}, *granted;
	int error;

	if (!isLock(rwlock))
		return EINVAL;
	lock(&rwlock->__queue.__lock);
	error = take(rwlock, isWriter);
	if (error == EBUSY) {
		int invalid = __hermit_check_deadline(deadline);

		error = invalid ? invalid : error;
	}
	if (error != EBUSY) {
		unlock(&rwlock->__queue.__lock);
		return error;
	}
	rwlock->__waiting_writers += isWriter;
	__hermit_enqueue(&rwlock->__queue, &waiter);
	error = __hermit_wait(&rwlock->__queue, &waiter, deadline, false);
	if (error && isWriter) {
		/* Readers may have waited for this writer alone. */
		lock(&rwlock->__queue.__lock);
		rwlock->__waiting_writers--;
		granted = handOn(rwlock);
		unlock(&rwlock->__queue.__lock);
		grantAll(granted);
	}
	if (!error && !isWriter)
		readLocks++;
	return error;
}

static int tryToAcquire(pthread_rwlock_t *rwlock, bool isWriter)
{
	int error;

	if (!isLock(rwlock))
		return EINVAL;
	lock(&rwlock->__queue.__lock);
	error = take(rwlock, isWriter);
	unlock(&rwlock->__queue.__lock);
	return error == EDEADLK ? EBUSY : error;
}

int pthread_rwlock_rdlock(pthread_rwlock_t *rwlock)
{
	return acquire(rwlock, false, NEVER);
}

int pthread_rwlock_tryrdlock(pthread_rwlock_t *rwlock)
{
	return tryToAcquire(rwlock, false);
}

int pthread_rwlock_clockrdlock(pthread_rwlock_t *restrict rwlock, clockid_t clock,
			       const struct timespec *restrict time)
{
	return acquire(rwlock, false, (struct deadline){clock, time});
}

int pthread_rwlock_timedrdlock(pthread_rwlock_t *restrict rwlock,
			       const struct timespec *restrict time)
{
	return pthread_rwlock_clockrdlock(rwlock, CLOCK_REALTIME, time);
}

int pthread_rwlock_wrlock(pthread_rwlock_t *rwlock)
{
	return acquire(rwlock, true, NEVER);
}

int pthread_rwlock_trywrlock(pthread_rwlock_t *rwlock)
{
	return tryToAcquire(rwlock, true);
}

int pthread_rwlock_clockwrlock(pthread_rwlock_t *restrict rwlock, clockid_t clock,
			       const struct timespec *restrict time)
{
	return acquire(rwlock, true, (struct deadline){clock, time});
}

int pthread_rwlock_timedwrlock(pthread_rwlock_t *restrict rwlock,
			       const struct timespec *restrict time)
{
	return pthread_rwlock_clockwrlock(rwlock, CLOCK_REALTIME, time);
}

int pthread_rwlock_unlock(pthread_rwlock_t *rwlock)
{
	struct waiter *granted = NULL;
	int error = 0;

	if (!isLock(rwlock))
		return EINVAL;
	lock(&rwlock->__queue.__lock);
	if (rwlock->__writer == caller()) {
		rwlock->__writer = NULL;
		granted = handOn(rwlock);
	} else if (rwlock->__writer || !rwlock->__readers) {
		error = EPERM;
	} else {
		/* Another thread may give back what one has taken. */
		if (readLocks)
			readLocks--;
		if (--rwlock->__readers == 0)
			granted = handOn(rwlock);
	}
	unlock(&rwlock->__queue.__lock);
	grantAll(granted);
	return error;
}

static bool isAttributes(const pthread_rwlockattr_t *attributes)
{
	return attributes && !(attributes->__kind & ~(unsigned)SHARED_RWLOCK);
}

int pthread_rwlockattr_init(pthread_rwlockattr_t *attributes)
{
	if (!attributes)
		return EINVAL;
	attributes->__kind = 0;
	return 0;
}

int pthread_rwlockattr_destroy(pthread_rwlockattr_t *attributes)
{
	if (!isAttributes(attributes))
		return EINVAL;
	attributes->__kind = DESTROYED_RWLOCK;
	return 0;
}

int pthread_rwlockattr_getpshared(const pthread_rwlockattr_t *restrict attributes,
				  int *restrict shared)
{
	if (!isAttributes(attributes))
		return EINVAL;
	*shared = attributes->__kind ? PTHREAD_PROCESS_SHARED : PTHREAD_PROCESS_PRIVATE;
	return 0;
}

int pthread_rwlockattr_setpshared(pthread_rwlockattr_t *attributes, int shared)
{
	if (!isAttributes(attributes) ||
	    (shared != PTHREAD_PROCESS_PRIVATE && shared != PTHREAD_PROCESS_SHARED))
		return EINVAL;
	attributes->__kind = shared == PTHREAD_PROCESS_SHARED ? SHARED_RWLOCK : 0;
	return 0;
}
