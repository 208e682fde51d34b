/*
 * Mutexes. The state is FREE, TAKEN, or CONTENDED when somebody may wait, who
 * sleeps on it. A normal mutex that nobody else wants is taken by one
 * compare-exchange and given back by one exchange. The others have an owner,
 * a task's thread-control block, which only the owner itself can find there.
 */
#include "mutex.h"

static void *caller(void)
{
	return (void *)task();
}

static void *ownerOf(const pthread_mutex_t *mutex)
{
	return __atomic_load_n(&mutex->__owner, __ATOMIC_RELAXED);
}

static bool tryTake(pthread_mutex_t *mutex)
{
	uint32_t expected = FREE;

	return __atomic_compare_exchange_n(&mutex->__state, &expected, TAKEN, false,
					   __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

static void release(pthread_mutex_t *mutex)
{
	unlock(&mutex->__state);
}

/* The caller has the state: it becomes the owner, or finds out that it can't. */
static int own(pthread_mutex_t *mutex)
{
	if (mutex->__kind & LOST) {
		release(mutex);
		return ENOTRECOVERABLE;
	}
	if ((mutex->__kind & TYPE) || (mutex->__kind & ROBUST))
		__atomic_store_n(&mutex->__owner, caller(), __ATOMIC_RELAXED);
	if (!(mutex->__kind & ROBUST))
		return 0;
	__hermit_hold(mutex);
	return mutex->__kind & INCONSISTENT ? EOWNERDEAD : 0;
}

/* The caller has the mutex: another lock of it. */
static int again(pthread_mutex_t *mutex, int otherwise)
{
	switch (mutex->__kind & TYPE) {
	case PTHREAD_MUTEX_RECURSIVE:
		if (mutex->__depth == UINT32_MAX)
			return EAGAIN;
		mutex->__depth++;
		return 0;
	default:
		return otherwise;
	}
}

static bool isOwned(const pthread_mutex_t *mutex)
{
	return ownerOf(mutex) == caller();
}

bool __hermit_mutex_is_owned(const pthread_mutex_t *mutex)
{
	if ((mutex->__kind & (TYPE | ROBUST)) == 0)
		return __atomic_load_n(&mutex->__state, __ATOMIC_RELAXED) != FREE;
	return isOwned(mutex);
}

static int lockSlowly(pthread_mutex_t *mutex, struct deadline deadline)
{
	int error = 0;

	if (!isMutex(mutex))
		return EINVAL;
	if ((mutex->__kind & TYPE) && isOwned(mutex))
		return again(mutex, EDEADLK);
	if (tryTake(mutex))
		return own(mutex);
	error = __hermit_check_deadline(deadline);
	while (!error && __atomic_exchange_n(&mutex->__state, CONTENDED, __ATOMIC_ACQUIRE) != FREE)
		error = __hermit_sleep(&mutex->__state, CONTENDED, deadline);
	return error ? error : own(mutex);
}

__attribute__((noinline)) static int lockWithoutEnd(pthread_mutex_t *mutex)
{
	return lockSlowly(mutex, NEVER);
}

int pthread_mutex_lock(pthread_mutex_t *mutex)
{
	if (__builtin_expect(mutex->__kind == PTHREAD_MUTEX_NORMAL && tryTake(mutex), 1))
		return 0;
	return lockWithoutEnd(mutex);
}

int pthread_mutex_clocklock(pthread_mutex_t *restrict mutex, clockid_t clock,
			    const struct timespec *restrict time)
{
	return lockSlowly(mutex, (struct deadline){clock, time});
}

int pthread_mutex_timedlock(pthread_mutex_t *restrict mutex, const struct timespec *restrict time)
{
	return lockSlowly(mutex, (struct deadline){CLOCK_REALTIME, time});
}

int pthread_mutex_trylock(pthread_mutex_t *mutex)
{
	if (!isMutex(mutex))
		return EINVAL;
	if ((mutex->__kind & TYPE) && isOwned(mutex))
		return again(mutex, EBUSY);
	return tryTake(mutex) ? own(mutex) : EBUSY;
}

__attribute__((noinline)) static int unlockOwned(pthread_mutex_t *mutex)
{
	if (!isMutex(mutex))
		return EINVAL;
	if ((mutex->__kind & (TYPE | ROBUST))) {
		if (!isOwned(mutex))
			return EPERM;
		if (mutex->__depth) {
			mutex->__depth--;
			return 0;
		}
		__atomic_store_n(&mutex->__owner, NULL, __ATOMIC_RELAXED);
	}
	if (mutex->__kind & ROBUST) {
		__hermit_drop(mutex);
		if (mutex->__kind & INCONSISTENT)
			mutex->__kind = (mutex->__kind & ~(unsigned)INCONSISTENT) | LOST;
	}
	release(mutex);
	return 0;
}

__attribute__((noinline)) static int wake(pthread_mutex_t *mutex)
{
	sys_futex_wake(&mutex->__state, 1);
	return 0;
}

int pthread_mutex_unlock(pthread_mutex_t *mutex)
{
	if (__builtin_expect(mutex->__kind != PTHREAD_MUTEX_NORMAL, 0))
		return unlockOwned(mutex);
	if (__builtin_expect(__atomic_exchange_n(&mutex->__state, FREE, __ATOMIC_RELEASE) == CONTENDED, 0))
		return wake(mutex);
	return 0;
}

int pthread_mutex_init(pthread_mutex_t *restrict mutex,
		       const pthread_mutexattr_t *restrict attributes)
{
	pthread_mutex_t fresh = PTHREAD_MUTEX_INITIALIZER;

	if (!mutex)
		return EINVAL;
	if (attributes) {
		/* Attributes are a kind of mutex. */
		if (attributes->__kind & ~(unsigned)(TYPE | ROBUST | SHARED))
			return EINVAL;
		fresh.__kind = attributes->__kind & ~(unsigned)SHARED;
		fresh.__ceiling = attributes->__ceiling;
	}
	*mutex = fresh;
	return 0;
}

int pthread_mutex_destroy(pthread_mutex_t *mutex)
{
	if (!isMutex(mutex))
		return EINVAL;
	if (__atomic_load_n(&mutex->__state, __ATOMIC_RELAXED) != FREE)
		return EBUSY;
	mutex->__kind = DESTROYED;
	return 0;
}
