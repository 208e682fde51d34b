/*
 * Clocks of single threads' processor time. Such a clock's number is the
 * thread's task's, above all of hermit.h's.
 */
#ifndef HERMIT_THREAD_CLOCK_H
#define HERMIT_THREAD_CLOCK_H

#include <limits.h>
#include <stdbool.h>
#include <time.h>

#include "shim.h"

#define THREAD_CLOCKS 0x80000000ul

static inline bool isThreadClock(clockid_t clock)
{
	return clock > THREAD_CLOCKS && clock <= THREAD_CLOCKS + INT_MAX;
}

static inline clockid_t threadClock(hermit_tid_t task)
{
	return THREAD_CLOCKS + (clockid_t)task;
}

/*
 * 0, or a negative error of hermit.h's: the thread has ended. Files that every
 * program has refer to it weakly: without pthread_getcpuclockid and
 * timer_create there are no such clocks.
 */
HIDDEN int __hermit_thread_clock(clockid_t clock, struct hermit_timespec *time);

#endif
