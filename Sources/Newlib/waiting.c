/* Waiting for other threads (waiting.h). */
#include "waiting.h"
#include "cancel.h"
#include "interruption.h"

enum { NANOSECONDS = 1000000000 };

int __hermit_check_deadline(struct deadline deadline)
{
	if (deadline.clock != CLOCK_REALTIME && deadline.clock != CLOCK_MONOTONIC)
		return EINVAL;
	if (deadline.time && (deadline.time->tv_nsec < 0 || deadline.time->tv_nsec >= NANOSECONDS))
		return EINVAL;
	return 0;
}

bool __hermit_later(int64_t seconds, long nanoseconds, struct timespec *point)
{
	struct hermit_timespec now;

	if (sys_clock_gettime(HERMIT_CLOCK_MONOTONIC, &now) < 0)
		return false;
	point->tv_nsec = now.tv_nsec + nanoseconds;
	if (__builtin_add_overflow(now.tv_sec, seconds, &point->tv_sec))
		return false;
	if (point->tv_nsec >= NANOSECONDS) {
		point->tv_nsec -= NANOSECONDS;
		point->tv_sec++;
	}
	return point->tv_sec >= 0;
}

/* What is left until a point on the time of day; false: it has come. */
static bool left(const struct timespec *until, struct hermit_timespec *span)
{
	struct hermit_timespec now;

	if (sys_clock_gettime(HERMIT_CLOCK_REALTIME, &now) < 0)
		return false;
	if (until->tv_sec < now.tv_sec)
		return false;
	span->tv_sec = until->tv_sec - now.tv_sec;
	span->tv_nsec = (int32_t)until->tv_nsec - now.tv_nsec;
	if (span->tv_nsec < 0) {
		span->tv_nsec += NANOSECONDS;
		span->tv_sec--;
	}
	return span->tv_sec > 0 || (span->tv_sec == 0 && span->tv_nsec > 0);
}

int __hermit_sleep(uint32_t *word, uint32_t expected, struct deadline deadline)
{
	struct hermit_timespec time = {0, 0, 0};
	int result;

	if (!deadline.time) {
		result = sys_futex_wait(word, expected, NULL, 0);
		/* Without a clock there is no second task; nobody waits long. */
		if (result == -HERMIT_ENOSYS)
			sys_yield();
		return 0;
	}
	if (deadline.clock == CLOCK_REALTIME) {
		if (!left(deadline.time, &time))
			return ETIMEDOUT;
		result = sys_futex_wait(word, expected, &time, HERMIT_FUTEX_RELATIVE_TIMEOUT);
		/* The time of day may have been set back. */
		return result == -HERMIT_ETIMEDOUT && !left(deadline.time, &time) ? ETIMEDOUT : 0;
	}
	if (deadline.time->tv_sec < 0)
		return ETIMEDOUT;
	time.tv_sec = deadline.time->tv_sec;
	time.tv_nsec = (int32_t)deadline.time->tv_nsec;
	return sys_futex_wait(word, expected, &time, 0) == -HERMIT_ETIMEDOUT ? ETIMEDOUT : 0;
}

void __hermit_lock_contended(uint32_t *word)
{
	while (__atomic_exchange_n(word, CONTENDED, __ATOMIC_ACQUIRE) != FREE)
		__hermit_sleep(word, CONTENDED, NEVER);
}

void __hermit_unlock_contended(uint32_t *word)
{
	sys_futex_wake(word, 1);
}

/* Behind all that are as urgent. */
void __hermit_enqueue(struct __hermit_queue *queue, struct waiter *waiter)
{
	struct waiter *before = queue->__last;

	waiter->word = WAITING;
	waiter->priority = sys_get_priority();
	waiter->isQueued = true;
	while (before && before->priority < waiter->priority)
		before = before->previous;
	waiter->previous = before;
	waiter->next = before ? before->next : queue->__first;
	if (waiter->next)
		waiter->next->previous = waiter;
	else
		queue->__last = waiter;
	if (before)
		before->next = waiter;
	else
		queue->__first = waiter;
}

void __hermit_dequeue(struct __hermit_queue *queue, struct waiter *waiter)
{
	if (waiter->previous)
		waiter->previous->next = waiter->next;
	else
		queue->__first = waiter->next;
	if (waiter->next)
		waiter->next->previous = waiter->previous;
	else
		queue->__last = waiter->previous;
	waiter->isQueued = false;
}

void __hermit_grant(struct waiter *waiter)
{
	__atomic_store_n(&waiter->word, GRANTED, __ATOMIC_RELEASE);
	/* The waiter may be gone: its address alone is used. */
	sys_futex_wake(&waiter->word, 1);
}

/* The wait is over, and who has chosen the waiter, or nobody, will say so: as __hermit_wait. */
static int finish(struct __hermit_queue *queue, struct waiter *waiter, uint32_t word, int error)
{
	if (word == GRANTED)
		return 0;
	lock(&queue->__lock);
	if (waiter->isQueued) {
		__hermit_dequeue(queue, waiter);
		unlock(&queue->__lock);
		return word == KICKED ? ECANCELED : error;
	}
	unlock(&queue->__lock);
	/* It was chosen in the meantime; the grant is on its way. */
	while ((word = __atomic_load_n(&waiter->word, __ATOMIC_ACQUIRE)) != GRANTED)
		__hermit_sleep(&waiter->word, word, NEVER);
	return 0;
}

int __hermit_wait(struct __hermit_queue *queue, struct waiter *waiter, struct deadline deadline,
		  bool isCancellable)
{
	int error = 0;
	uint32_t word;

	isCancellable = isCancellable && __hermit_watch;
	unlock(&queue->__lock);
	if (isCancellable)
		__hermit_watch(&waiter->word);
	while ((word = __atomic_load_n(&waiter->word, __ATOMIC_ACQUIRE)) == WAITING && !error)
		error = __hermit_sleep(&waiter->word, WAITING, deadline);
	if (isCancellable)
		__hermit_unwatch();
	return finish(queue, waiter, word, error);
}

int __hermit_wait_interruptibly(struct __hermit_queue *queue, struct waiter *waiter,
				struct deadline deadline)
{
	unsigned interrupted = handlersRun(true);
	int error = 0;
	uint32_t word;

	unlock(&queue->__lock);
	if (__hermit_release_signals)
		__hermit_release_signals();
	if (__hermit_watch)
		__hermit_watch(&waiter->word);
	while ((word = __atomic_load_n(&waiter->word, __ATOMIC_ACQUIRE)) == WAITING && !error) {
		if (handlersRun(true) != interrupted)
			error = EINTR;
		else
			error = __hermit_sleep(&waiter->word, WAITING, deadline);
	}
	if (__hermit_watch)
		__hermit_unwatch();
	if (__hermit_hold_signals)
		__hermit_hold_signals();
	return finish(queue, waiter, word, error);
}
