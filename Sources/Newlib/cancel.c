/*
 * Cancellation: requests, and what becomes of them (cancel.h). This file is in
 * a program that refers to pthread_cancel.
 */
#include "cancel.h"
#include "interruption.h"
#include "thread.h"

enum { NANOSECONDS = 1000000000 };

static bool isWanted(const struct thread *thread)
{
	return __atomic_load_n(&thread->isCancelled, __ATOMIC_SEQ_CST) &&
	       !thread->isCancelDisabled && !thread->isEnding;
}

int pthread_cancel(pthread_t number)
{
	struct thread *thread;
	uint32_t expected = WAITING;

	lock(&__hermit_threads.__lock);
	thread = __hermit_find(number);
	if (!thread) {
		unlock(&__hermit_threads.__lock);
		return ESRCH;
	}
	__atomic_store_n(&thread->isCancelled, 1, __ATOMIC_SEQ_CST);
	lock(&thread->watchLock);
	if (thread->watched &&
	    __atomic_compare_exchange_n(thread->watched, &expected, KICKED, false, __ATOMIC_SEQ_CST,
					__ATOMIC_RELAXED))
		sys_futex_wake(thread->watched, 1);
	unlock(&thread->watchLock);
	unlock(&__hermit_threads.__lock);
	return 0;
}

void __hermit_watch(uint32_t *word)
{
	struct thread *thread = self();
	uint32_t expected = WAITING;

	if (thread->isCancelDisabled || thread->isEnding)
		return;
	lock(&thread->watchLock);
	thread->watched = word;
	unlock(&thread->watchLock);
	if (isWanted(thread))
		__atomic_compare_exchange_n(word, &expected, KICKED, false, __ATOMIC_SEQ_CST,
					    __ATOMIC_RELAXED);
}

void __hermit_unwatch(void)
{
	struct thread *thread = self();

	lock(&thread->watchLock);
	thread->watched = NULL;
	unlock(&thread->watchLock);
}

void __hermit_act(void)
{
	pthread_exit(PTHREAD_CANCELED);
}

void __hermit_cancellation_point(void)
{
	if (isWanted(self()))
		__hermit_act();
}

/* What is left until then; nothing where the time has come. */
static struct hermit_timespec left(const struct timespec *until)
{
	struct hermit_timespec now = {0}, span = {0};

	sys_clock_gettime(HERMIT_CLOCK_MONOTONIC, &now);
	if (until->tv_sec < now.tv_sec || (until->tv_sec == now.tv_sec && until->tv_nsec <= now.tv_nsec))
		return span;
	span.tv_sec = until->tv_sec - now.tv_sec;
	span.tv_nsec = (int32_t)until->tv_nsec - now.tv_nsec;
	if (span.tv_nsec < 0) {
		span.tv_nsec += NANOSECONDS;
		span.tv_sec--;
	}
	return span;
}

int __hermit_sleep_watched(int clock, int flags, const struct hermit_timespec *given,
			   struct hermit_timespec *remaining)
{
	struct timespec time;
	struct deadline deadline = {(clockid_t)clock, &time};
	unsigned handled = handlersRun(false);
	uint32_t word = WAITING;
	int error = 0;

	cancellationPoint();
	/* What is not valid the kernel refuses. */
	if (!given || given->tv_sec < 0 || given->tv_nsec < 0 || given->tv_nsec >= NANOSECONDS ||
	    (clock != HERMIT_CLOCK_REALTIME && clock != HERMIT_CLOCK_MONOTONIC) ||
	    (flags & ~HERMIT_TIMER_ABSTIME) || self()->isCancelDisabled)
		return sys_clock_nanosleep(clock, flags, given, remaining);
	time = (struct timespec){given->tv_sec, given->tv_nsec};
	if (!(flags & HERMIT_TIMER_ABSTIME)) {
		deadline.clock = CLOCK_MONOTONIC;
		if (!__hermit_later(given->tv_sec, given->tv_nsec, &time))
			deadline = NEVER;
	}
	__hermit_watch(&word);
	while (__atomic_load_n(&word, __ATOMIC_ACQUIRE) == WAITING && !error &&
	       handlersRun(false) == handled)
		error = __hermit_sleep(&word, WAITING, deadline);
	__hermit_unwatch();
	if (__atomic_load_n(&word, __ATOMIC_ACQUIRE) == KICKED)
		__hermit_act();
	if (error || handlersRun(false) == handled)
		return 0;
	if (remaining && !(flags & HERMIT_TIMER_ABSTIME))
		*remaining = deadline.time ? left(&time) : *given;
	return -HERMIT_EINTR;
}
