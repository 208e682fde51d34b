/* pthread_once: a routine that is cancelled, or ends the thread, was not run. */
#include "cancel.h"
#include "thread.h"

enum { NEW, RUNNING, AWAITED, DONE };

static void leave(uint32_t *once, uint32_t state)
{
	if (__atomic_exchange_n(once, state, __ATOMIC_RELEASE) == AWAITED)
		sys_futex_wake(once, INT32_MAX);
}

static void giveUp(void *once)
{
	leave(once, NEW);
}

int pthread_once(pthread_once_t *once, void (*routine)(void))
{
	uint32_t state = NEW;

	if (!once || !routine)
		return EINVAL;
	if (__builtin_expect(__atomic_load_n(once, __ATOMIC_ACQUIRE) == DONE, 1))
		return 0;
	while (!__atomic_compare_exchange_n(once, &state, RUNNING, false, __ATOMIC_ACQUIRE,
					    __ATOMIC_ACQUIRE)) {
		if (state == DONE)
			return 0;
		if (state > DONE)
			return EINVAL;
		if (state == RUNNING &&
		    !__atomic_compare_exchange_n(once, &state, AWAITED, false, __ATOMIC_RELAXED,
						 __ATOMIC_RELAXED)) {
			state = NEW;
			continue;
		}
		__hermit_sleep(once, AWAITED, NEVER);
		state = NEW;
	}
	pthread_cleanup_push(giveUp, once)
	routine();
	pthread_cleanup_pop(0);
	leave(once, DONE);
	return 0;
}
