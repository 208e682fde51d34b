/*
 * Waiting for other threads: what condition variables, semaphores, read-write
 * locks, barriers and joins are made of (waiting.c).
 *
 * Who waits is in the object's queue with a record on its own stack, and
 * sleeps on that record's word. So whoever wakes it chooses exactly one and
 * takes it out of the queue, and who gives up - its time is over, or it is
 * cancelled - either takes itself out or has been chosen: no wake-up is lost.
 * The object is not touched by a thread that was woken, and may be destroyed.
 */
#ifndef HERMIT_WAITING_H
#define HERMIT_WAITING_H

#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

#include "shim.h"

struct waiter {
	struct waiter *next, *previous;
	/* WAITING until somebody changes it; what the thread sleeps on. */
	uint32_t word;
	uint8_t priority;
	bool isQueued;
	/* The queue's owner's. */
	bool isWriter;
	void *subject;
};

enum { WAITING, KICKED, GRANTED };

/* When a wait ends at the latest; no time means never. */
struct deadline {
	clockid_t clock;
	const struct timespec *time;
};

#define NEVER ((struct deadline){CLOCK_MONOTONIC, NULL})

/* Whether a clock can be waited by and a time is one: 0 or EINVAL. */
HIDDEN int __hermit_check_deadline(struct deadline deadline);
/* The point on the monotonic clock that is so far from now; false: beyond all clocks. */
HIDDEN bool __hermit_later(int64_t seconds, long nanoseconds, struct timespec *point);
/* Sleeps as long as *word is expected: 0 or ETIMEDOUT. May wake too early. */
HIDDEN int __hermit_sleep(uint32_t *word, uint32_t expected, struct deadline deadline);

/* A lock for moments; a thread that finds it taken sleeps. */
HIDDEN void __hermit_lock_contended(uint32_t *lock);
HIDDEN void __hermit_unlock_contended(uint32_t *lock);

enum { FREE, TAKEN, CONTENDED };

static inline void lock(uint32_t *word)
{
	uint32_t expected = FREE;

	if (!__atomic_compare_exchange_n(word, &expected, TAKEN, false, __ATOMIC_ACQUIRE,
					 __ATOMIC_RELAXED))
		__hermit_lock_contended(word);
}

static inline void unlock(uint32_t *word)
{
	if (__atomic_exchange_n(word, FREE, __ATOMIC_RELEASE) == CONTENDED)
		__hermit_unlock_contended(word);
}

/* The queue's lock is held for these: */
HIDDEN void __hermit_enqueue(struct __hermit_queue *queue, struct waiter *waiter);
HIDDEN void __hermit_dequeue(struct __hermit_queue *queue, struct waiter *waiter);

static inline struct waiter *first(const struct __hermit_queue *queue)
{
	return queue->__first;
}

/*
 * Waits in a queue whose lock is held, and gives the lock back.
 *
 * isCancellable  whether pthread_cancel ends it.
 *
 * Returns 0 when granted, ETIMEDOUT, or ECANCELED.
 */
HIDDEN int __hermit_wait(struct __hermit_queue *queue, struct waiter *waiter,
			 struct deadline deadline, bool isCancellable);

/*
 * The same for an object that handlers of signals may wake others with:
 * signals are held off while its queue's lock is held, and again on return. A
 * handler without SA_RESTART ends the wait: EINTR.
 */
HIDDEN int __hermit_wait_interruptibly(struct __hermit_queue *queue, struct waiter *waiter,
				       struct deadline deadline);

/* Ends the wait of one that was dequeued; the queue's lock is not held. */
HIDDEN void __hermit_grant(struct waiter *waiter);

#endif
