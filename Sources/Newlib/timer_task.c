/* The task that timers fire in (timers.h). */
#include <limits.h>

#include "thread_clock.h"
#include "timers.h"

WEAK HIDDEN int __hermit_thread_clock(clockid_t clock, struct hermit_timespec *time);

/* signal_state.c: the calling task takes no signals. */
HIDDEN void __hermit_begin_without_signals(void);

enum {
	STACK_SIZE = 65536,
	/* A timer fires no more often, in nanoseconds, so that the program gets on. */
	SHORTEST_SLEEP = 100000,
	/* Processor time is looked at no more often. */
	SHORTEST_LOOK = 1000000,
};

static struct timer *timers;
static bool isRunning;
/* Changes when a timer fires earlier than the task sleeps. */
static uint32_t change;
static int64_t wakeTime = INT64_MAX;

int64_t __hermit_span(int64_t seconds, int64_t nanoseconds)
{
	int64_t span;

	if (__builtin_mul_overflow(seconds, NANOSECONDS, &span) ||
	    __builtin_add_overflow(span, nanoseconds, &span))
		return INT64_MAX;
	return span;
}

int64_t __hermit_clock(clockid_t clock)
{
	struct hermit_timespec now = {0};

	/* That of a thread that has ended stands still. */
	if (__hermit_thread_clock && isThreadClock(clock))
		__hermit_thread_clock(clock, &now);
	else
		sys_clock_gettime((int)clock, &now);
	return __hermit_span(now.tv_sec, now.tv_nsec);
}

static int64_t sum(int64_t one, int64_t other)
{
	int64_t result;

	return __builtin_add_overflow(one, other, &result) ? INT64_MAX : result;
}

/* How long the task may sleep for a timer that fires so far from now on its clock. */
static int64_t sleepFor(const struct timer *timer, int64_t left)
{
	if (timer->clock != CLOCK_PROCESS_CPUTIME_ID && !isThreadClock(timer->clock))
		return left;
	/* All cores may run the program, but one a thread. */
	if (timer->clock == CLOCK_PROCESS_CPUTIME_ID)
		left /= (int64_t)sys_get_processor_count();
	return left < SHORTEST_LOOK ? SHORTEST_LOOK : left;
}

static void fire(struct timer *timer, int64_t now)
{
	/* Times that have passed are one, and so many overruns. */
	int64_t missed = timer->period ? (now - timer->deadline) / timer->period : 0;
	bool isSent = true;

	if (timer->isSending) {
		isSent = !timer->sent.isQueued &&
			 __hermit_send(NULL, &timer->info, &timer->sent) == 0;
	} else if (timer->notify) {
		isSent = timer->notify(timer);
	}
	missed = sum(missed, !isSent);
	missed = sum(missed, timer->sent.overruns);
	timer->sent.overruns = missed > DELAYTIMER_MAX ? DELAYTIMER_MAX : (int)missed;
	if (!timer->period) {
		timer->isSet = false;
		return;
	}
	timer->deadline = sum(timer->deadline, ((now - timer->deadline) / timer->period + 1) *
					       timer->period);
}

/* Fires what is to fire; when the next one does, on the monotonic clock. */
static int64_t serve(void)
{
	int64_t earliest = INT64_MAX, start = __hermit_clock(CLOCK_MONOTONIC);
	struct timer **link = &timers, *timer;

	while ((timer = *link)) {
		int64_t now = __hermit_clock(timer->clock), wake;

		if (timer->isSet && timer->deadline <= now)
			fire(timer, now);
		if (!timer->isSet) {
			*link = timer->next;
			continue;
		}
		wake = sum(start, sleepFor(timer, timer->deadline - now));
		if (wake < sum(start, SHORTEST_SLEEP))
			wake = sum(start, SHORTEST_SLEEP);
		if (wake < earliest)
			earliest = wake;
		link = &timer->next;
	}
	return earliest;
}

static void run(size_t unused)
{
	(void)unused;
	__hermit_begin_without_signals();
	for (;;) {
		struct timespec time;
		uint32_t seen;

		lockSignals();
		seen = change;
		wakeTime = serve();
		time = (struct timespec){wakeTime / NANOSECONDS, wakeTime % NANOSECONDS};
		unlockSignals();
		__hermit_sleep(&change, seen,
			       (struct deadline){CLOCK_MONOTONIC, wakeTime == INT64_MAX ? NULL : &time});
	}
}

static bool start(void)
{
	if (!isRunning)
		isRunning = sys_spawn2(run, 0, HERMIT_PRIO_MAX, STACK_SIZE, -1) > 0;
	return isRunning;
}

static void lookAgain(void)
{
	__atomic_add_fetch(&change, 1, __ATOMIC_RELEASE);
	sys_futex_wake(&change, 1);
}

bool __hermit_set_timer(struct timer *timer, int64_t deadline, int64_t period)
{
	struct timer **link = &timers;
	int64_t left;

	while (*link && *link != timer)
		link = &(*link)->next;
	if (deadline && !start())
		return false;
	if (*link)
		*link = timer->next;
	timer->isSet = deadline != 0;
	if (!timer->isSet)
		return true;
	timer->deadline = deadline;
	timer->period = period;
	timer->next = timers;
	timers = timer;
	left = sleepFor(timer, deadline - __hermit_clock(timer->clock));
	if (sum(__hermit_clock(CLOCK_MONOTONIC), left) < wakeTime)
		lookAgain();
	return true;
}

int64_t __hermit_time_left(const struct timer *timer)
{
	int64_t now;

	if (!timer->isSet)
		return 0;
	now = __hermit_clock(timer->clock);
	return timer->deadline > now ? timer->deadline - now : 1;
}

/* The time of day was set: timers that wait for one fire at another time. */
HIDDEN void __hermit_clock_was_set(void)
{
	lockSignals();
	if (isRunning)
		lookAgain();
	unlockSignals();
}
