/*
 * The locks that newlib takes around what its tasks share. All are recursive,
 * which does no harm to those that need not be. A task that finds one taken
 * waits on its word with a futex.
 *
 * The futex is referred to weakly: what makes tasks brings it along (the gates
 * of sys_spawn and its kin), and a program with one task finds no lock taken
 * that is not its own.
 */
#include <stdlib.h>
#include <sys/lock.h>

#include "shim.h"

extern __typeof(sys_futex_wait) sys_futex_wait WEAK;
extern __typeof(sys_futex_wake) sys_futex_wake WEAK;

struct __lock {
	/* FREE, TAKEN, or CONTENDED when somebody may wait. */
	uint32_t state;
	/* How many times more than once the owner has it. */
	uint32_t depth;
	uintptr_t owner;
};

enum { FREE, TAKEN, CONTENDED };

struct __lock __lock___sinit_recursive_mutex;
struct __lock __lock___sfp_recursive_mutex;
struct __lock __lock___atexit_recursive_mutex;
struct __lock __lock___at_quick_exit_mutex;
struct __lock __lock___malloc_recursive_mutex;
struct __lock __lock___env_recursive_mutex;
struct __lock __lock___tz_mutex;
struct __lock __lock___dd_hash_mutex;
struct __lock __lock___arc4random_mutex;
/* Of identity.c and syslog.c. */
struct __lock __lock___hermit_names;
struct __lock __lock___hermit_syslog;

static int tryAcquire(struct __lock *lock)
{
	uint32_t expected = FREE;

	/* Only the owner itself can find its own name here. */
	if (__atomic_load_n(&lock->owner, __ATOMIC_RELAXED) == task()) {
		lock->depth++;
		return 1;
	}
	if (!__atomic_compare_exchange_n(&lock->state, &expected, TAKEN, 0, __ATOMIC_ACQUIRE,
					 __ATOMIC_RELAXED))
		return 0;
	__atomic_store_n(&lock->owner, task(), __ATOMIC_RELAXED);
	return 1;
}

void __retarget_lock_acquire_recursive(_LOCK_T lock)
{
	if (__builtin_expect(tryAcquire(lock), 1))
		return;
	while (__atomic_exchange_n(&lock->state, CONTENDED, __ATOMIC_ACQUIRE) != FREE)
		if (sys_futex_wait)
			sys_futex_wait(&lock->state, CONTENDED, NULL, 0);
	__atomic_store_n(&lock->owner, task(), __ATOMIC_RELAXED);
}

void __retarget_lock_release_recursive(_LOCK_T lock)
{
	if (lock->depth) {
		lock->depth--;
		return;
	}
	__atomic_store_n(&lock->owner, 0, __ATOMIC_RELAXED);
	if (__atomic_exchange_n(&lock->state, FREE, __ATOMIC_RELEASE) == CONTENDED && sys_futex_wake)
		sys_futex_wake(&lock->state, 1);
}

int __retarget_lock_try_acquire_recursive(_LOCK_T lock)
{
	/* newlib wants 0 for success, as pthread_mutex_trylock has it. */
	return tryAcquire(lock) ? 0 : EBUSY;
}

/*
 * A lock per stream. newlib has no way to say that there is no memory for
 * it: then the stream shares one with all others of that fate.
 */
static struct __lock sharedLock;

void __retarget_lock_init_recursive(_LOCK_T *lock)
{
	*lock = sys_alloc_zeroed(sizeof **lock, _Alignof(struct __lock));
	if (!*lock)
		*lock = &sharedLock;
}

void __retarget_lock_close_recursive(_LOCK_T lock)
{
	if (lock != &sharedLock)
		sys_free(lock, sizeof *lock, _Alignof(struct __lock));
}

void __retarget_lock_acquire(_LOCK_T lock) __attribute__((alias("__retarget_lock_acquire_recursive")));
void __retarget_lock_release(_LOCK_T lock) __attribute__((alias("__retarget_lock_release_recursive")));
int __retarget_lock_try_acquire(_LOCK_T lock)
	__attribute__((alias("__retarget_lock_try_acquire_recursive")));
void __retarget_lock_init(_LOCK_T *lock) __attribute__((alias("__retarget_lock_init_recursive")));
void __retarget_lock_close(_LOCK_T lock) __attribute__((alias("__retarget_lock_close_recursive")));
