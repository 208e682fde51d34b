/*
 * Cancellation, as the functions see it that are its points.
 *
 * A request is noted with its thread. A thread that sleeps where it may be
 * cancelled has named the word it sleeps on (watch); the request changes the
 * word from WAITING to KICKED and wakes it. A request that comes before the
 * word was named is found when it is named, one that comes later changes the
 * word before the thread sleeps or while it does.
 *
 * The functions are there only in a program that refers to pthread_cancel:
 * in others nobody can make a request.
 */
#ifndef HERMIT_CANCEL_H
#define HERMIT_CANCEL_H

#include "shim.h"

/* Acts upon a request, where there is one and cancellation is enabled. */
WEAK HIDDEN void __hermit_cancellation_point(void);
/* From here on a request changes the word; until unwatch. */
WEAK HIDDEN void __hermit_watch(uint32_t *word);
WEAK HIDDEN void __hermit_unwatch(void);
/* Ends the calling thread, whose wait was given up for a request. */
WEAK HIDDEN void __hermit_act(void);

/* sys_clock_nanosleep that a request ends. */
WEAK HIDDEN int __hermit_sleep_watched(int clock, int flags, const struct hermit_timespec *time,
				       struct hermit_timespec *remaining);

/* Keeps all registers, so that its callers, which seldom come here, save none. */
__attribute__((noinline, preserve_most, unused)) static void cancellationPointReached(void)
{
	__hermit_cancellation_point();
}

/* A function is a cancellation point from its beginning. */
static inline void cancellationPoint(void)
{
	if (__builtin_expect(__hermit_cancellation_point != NULL, 0))
		cancellationPointReached();
}

#endif
