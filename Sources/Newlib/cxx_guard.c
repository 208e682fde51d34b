/*
 * The guards of function-local statics (Itanium C++ ABI 3.3.3). Of a guard's
 * eight bytes the compiler reads the first: it is 1 when the object is there.
 * The second word names the task that makes the object.
 */
#include <stdint.h>

#include "cxx_message.h"
#include "shim.h"

struct guard {
	uint8_t isMade;
	uint32_t maker;
};

/* Never 0, and different for tasks whose control blocks lie within 128 GiB. */
static uint32_t name(void)
{
	return (uint32_t)(task() >> 5) | 1u << 31;
}

int __cxa_guard_acquire(struct guard *guard)
{
	for (;;) {
		uint32_t maker = 0;

		if (__atomic_load_n(&guard->isMade, __ATOMIC_ACQUIRE))
			return 0;
		if (__atomic_compare_exchange_n(&guard->maker, &maker, name(), 0, __ATOMIC_ACQUIRE,
						__ATOMIC_RELAXED)) {
			/* Made between the look and the claim. */
			if (!__atomic_load_n(&guard->isMade, __ATOMIC_ACQUIRE))
				return 1;
			__atomic_store_n(&guard->maker, 0, __ATOMIC_RELEASE);
			return 0;
		}
		if (maker == name())
			__hermit_cxx_fail("a static's initialisation came back to it");
		if (sys_futex_wait(&guard->maker, maker, NULL, 0) == -HERMIT_ENOSYS)
			sys_yield();
	}
}

void __cxa_guard_release(struct guard *guard)
{
	__atomic_store_n(&guard->isMade, 1, __ATOMIC_RELEASE);
	__atomic_store_n(&guard->maker, 0, __ATOMIC_RELEASE);
	sys_futex_wake(&guard->maker, INT32_MAX);
}

void __cxa_guard_abort(struct guard *guard)
{
	__atomic_store_n(&guard->maker, 0, __ATOMIC_RELEASE);
	sys_futex_wake(&guard->maker, INT32_MAX);
}
