/*
 * How a global of Swift is initialised, once, when it is first used. The
 * compiler's own function turns in a loop as long as another thread is at it,
 * which on one core takes for ever where that thread is less urgent. This one
 * waits.
 */
#include <stdint.h>

#if !__STDC_HOSTED__

#include "../../include/hermit.h"

/* What the compiler reserves for each: 0 at first, below 0 at the end. */
enum { RUNNING = 1, WAITED_FOR = 2 };
#define DONE (-1)

void swift_once(int64_t *state, void (*initialise)(void *), void *context);

/* The half of the state that RUNNING and WAITED_FOR differ in. */
static uint32_t *word(int64_t *state)
{
	return (uint32_t *)state;
}

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "word() is the lower half");

void swift_once(int64_t *state, void (*initialise)(void *), void *context)
{
	int64_t found = 0;

	if (__atomic_compare_exchange_n(state, &found, RUNNING, 0, __ATOMIC_ACQUIRE,
					__ATOMIC_ACQUIRE)) {
		initialise(context);
		if (__atomic_exchange_n(state, DONE, __ATOMIC_RELEASE) == WAITED_FOR)
			sys_futex_wake(word(state), INT32_MAX);
		return;
	}
	while (found >= 0) {
		if (found == WAITED_FOR ||
		    __atomic_compare_exchange_n(state, &found, WAITED_FOR, 0, __ATOMIC_ACQUIRE,
						__ATOMIC_ACQUIRE))
			sys_futex_wait(word(state), WAITED_FOR, NULL, 0);
		found = __atomic_load_n(state, __ATOMIC_ACQUIRE);
	}
}

#else
typedef int hermit_start_once_is_for_the_bare_target;
#endif
