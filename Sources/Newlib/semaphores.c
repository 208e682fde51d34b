/*
 * Semaphores. Value and number of waiters are one word of 64 bits: posting
 * where nobody waits, and taking what is there, are one compare-exchange. With
 * somebody in the queue the value is 0, and a post is handed to the first.
 */
#include <semaphore.h>

#include "cancel.h"
#include "interruption.h"
#include "waiting.h"

enum { SEMAPHORE = 0x73656d00, DESTROYED_SEMAPHORE = 0x73650000 };

#define WAITER (1ul << 32)

static bool isSemaphore(const sem_t *semaphore)
{
	return semaphore && semaphore->__kind == SEMAPHORE;
}

_Static_assert(offsetof(sem_t, __value) % 8 == 0 &&
	       offsetof(sem_t, __waiting) == offsetof(sem_t, __value) + 4, "one word");

static uint64_t *word(sem_t *semaphore)
{
	return (uint64_t *)(void *)&semaphore->__value;
}

static uint32_t valueOf(uint64_t state)
{
	return (uint32_t)state;
}

static bool change(sem_t *semaphore, uint64_t *old, uint64_t new)
{
	return __atomic_compare_exchange_n(word(semaphore), old, new, false, __ATOMIC_ACQ_REL,
					   __ATOMIC_RELAXED);
}

/* The queue's lock; a handler of a signal may post (POSIX, 2.4.3), and waits for none. */
static void lockQueue(sem_t *semaphore)
{
	if (__hermit_hold_signals)
		__hermit_hold_signals();
	lock(&semaphore->__queue.__lock);
}

static void unlockQueue(sem_t *semaphore)
{
	unlock(&semaphore->__queue.__lock);
	if (__hermit_release_signals)
		__hermit_release_signals();
}

static bool tryTake(sem_t *semaphore)
{
	uint64_t state = __atomic_load_n(word(semaphore), __ATOMIC_RELAXED);

	while (valueOf(state))
		if (change(semaphore, &state, state - 1))
			return true;
	return false;
}

int sem_init(sem_t *semaphore, int shared, unsigned value)
{
	(void)shared;
	if (!semaphore || value > SEM_VALUE_MAX)
		return failed(_REENT, EINVAL);
	*semaphore = (sem_t){.__kind = SEMAPHORE, .__value = value};
	return 0;
}

int sem_destroy(sem_t *semaphore)
{
	bool isAwaited;

	if (!isSemaphore(semaphore))
		return failed(_REENT, EINVAL);
	lockQueue(semaphore);
	isAwaited = first(&semaphore->__queue) != NULL;
	if (!isAwaited)
		semaphore->__kind = DESTROYED_SEMAPHORE;
	unlockQueue(semaphore);
	return isAwaited ? failed(_REENT, EBUSY) : 0;
}

/* Where somebody may wait: the first in the queue gets it, else the value. */
static int postToWaiter(sem_t *semaphore)
{
	struct waiter *waiter;
	uint64_t state;
	bool isFull = false;

	lockQueue(semaphore);
	waiter = first(&semaphore->__queue);
	if (waiter) {
		__hermit_dequeue(&semaphore->__queue, waiter);
	} else {
		state = __atomic_load_n(word(semaphore), __ATOMIC_RELAXED);
		do
			isFull = valueOf(state) == SEM_VALUE_MAX;
		while (!isFull && !change(semaphore, &state, state + 1));
	}
	unlockQueue(semaphore);
	if (waiter)
		__hermit_grant(waiter);
	return isFull ? failed(_REENT, EOVERFLOW) : 0;
}

int sem_post(sem_t *semaphore)
{
	uint64_t state;

	if (!isSemaphore(semaphore))
		return failed(_REENT, EINVAL);
	state = __atomic_load_n(word(semaphore), __ATOMIC_RELAXED);
	while (state < WAITER) {
		if (valueOf(state) == SEM_VALUE_MAX)
			return failed(_REENT, EOVERFLOW);
		if (change(semaphore, &state, state + 1))
			return 0;
	}
	return postToWaiter(semaphore);
}

static int await(sem_t *semaphore, struct deadline deadline)
{
	struct waiter waiter;
	uint64_t state;
	int error;

	if (!isSemaphore(semaphore))
		return failed(_REENT, EINVAL);
	cancellationPoint();
	if (tryTake(semaphore))
		return 0;
	error = __hermit_check_deadline(deadline);
	if (error)
		return failed(_REENT, error);
	lockQueue(semaphore);
	state = __atomic_load_n(word(semaphore), __ATOMIC_RELAXED);
	while (!change(semaphore, &state, valueOf(state) ? state - 1 : state + WAITER))
		;
	if (valueOf(state)) {
		unlockQueue(semaphore);
		return 0;
	}
	__hermit_enqueue(&semaphore->__queue, &waiter);
	error = __hermit_wait_interruptibly(&semaphore->__queue, &waiter, deadline);
	__atomic_sub_fetch(word(semaphore), WAITER, __ATOMIC_ACQ_REL);
	if (__hermit_release_signals)
		__hermit_release_signals();
	if (error == ECANCELED)
		__hermit_act();
	return error ? failed(_REENT, error) : 0;
}

int sem_wait(sem_t *semaphore)
{
	return await(semaphore, NEVER);
}

int sem_clockwait(sem_t *restrict semaphore, clockid_t clock, const struct timespec *restrict time)
{
	return await(semaphore, (struct deadline){clock, time});
}

int sem_timedwait(sem_t *restrict semaphore, const struct timespec *restrict time)
{
	return sem_clockwait(semaphore, CLOCK_REALTIME, time);
}

int sem_trywait(sem_t *semaphore)
{
	if (!isSemaphore(semaphore))
		return failed(_REENT, EINVAL);
	return tryTake(semaphore) ? 0 : failed(_REENT, EAGAIN);
}

int sem_getvalue(sem_t *restrict semaphore, int *restrict value)
{
	if (!isSemaphore(semaphore))
		return failed(_REENT, EINVAL);
	*value = (int)valueOf(__atomic_load_n(word(semaphore), __ATOMIC_ACQUIRE));
	return 0;
}
