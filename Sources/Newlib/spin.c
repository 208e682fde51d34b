/*
 * Spin locks. A thread looks a while and then sleeps: the holder may be less
 * urgent and share the core, where looking on would keep it from ever letting go.
 */
#include "mutex.h"

enum { SPIN_LOCK = 0x7370696e, DESTROYED_SPIN_LOCK = 0x73700000, LOOKS = 100 };

static bool isLock(const pthread_spinlock_t *spinlock)
{
	return spinlock && spinlock->__kind == SPIN_LOCK;
}

static bool tryTake(pthread_spinlock_t *spinlock)
{
	uint32_t expected = FREE;

	if (!__atomic_compare_exchange_n(&spinlock->__state, &expected, TAKEN, false,
					 __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		return false;
	__atomic_store_n(&spinlock->__owner, (void *)task(), __ATOMIC_RELAXED);
	return true;
}

static bool isOwned(const pthread_spinlock_t *spinlock)
{
	return __atomic_load_n(&spinlock->__owner, __ATOMIC_RELAXED) == (void *)task();
}

int pthread_spin_init(pthread_spinlock_t *spinlock, int shared)
{
	if (!spinlock || (shared != PTHREAD_PROCESS_PRIVATE && shared != PTHREAD_PROCESS_SHARED))
		return EINVAL;
	*spinlock = (pthread_spinlock_t){.__kind = SPIN_LOCK};
	return 0;
}

int pthread_spin_destroy(pthread_spinlock_t *spinlock)
{
	if (!isLock(spinlock))
		return EINVAL;
	if (__atomic_load_n(&spinlock->__state, __ATOMIC_RELAXED) != FREE)
		return EBUSY;
	spinlock->__kind = DESTROYED_SPIN_LOCK;
	return 0;
}

int pthread_spin_lock(pthread_spinlock_t *spinlock)
{
	if (!isLock(spinlock))
		return EINVAL;
	if (tryTake(spinlock))
		return 0;
	if (isOwned(spinlock))
		return EDEADLK;
	for (int i = 0; i < LOOKS; i++) {
		__builtin_ia32_pause();
		if (__atomic_load_n(&spinlock->__state, __ATOMIC_RELAXED) == FREE && tryTake(spinlock))
			return 0;
	}
	__hermit_lock_contended(&spinlock->__state);
	__atomic_store_n(&spinlock->__owner, (void *)task(), __ATOMIC_RELAXED);
	return 0;
}

int pthread_spin_trylock(pthread_spinlock_t *spinlock)
{
	if (!isLock(spinlock))
		return EINVAL;
	return tryTake(spinlock) ? 0 : EBUSY;
}

int pthread_spin_unlock(pthread_spinlock_t *spinlock)
{
	if (!isLock(spinlock))
		return EINVAL;
	if (!isOwned(spinlock))
		return EPERM;
	__atomic_store_n(&spinlock->__owner, NULL, __ATOMIC_RELAXED);
	unlock(&spinlock->__state);
	return 0;
}
