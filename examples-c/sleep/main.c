/*
 * Sleepers wake in the order of their times and never early, and the
 * processor time of a program that sleeps is not what the clock on the wall
 * shows; blocking and waking up by number.
 */
#include <hermit.h>
#include <stdio.h>

static int64_t now(int clock)
{
	struct hermit_timespec time;

	sys_clock_gettime(clock, &time);
	return time.tv_sec * 1000000000 + time.tv_nsec;
}

static const int milliseconds[] = { 80, 20, 60, 40 };
static int order[4], position, early;
static int64_t begin;
static uint32_t gate;

static void nap(size_t index)
{
	sys_futex_wait(&gate, 0, NULL, 0);

	int64_t end = begin + milliseconds[index] * 1000000;
	struct hermit_timespec until = { end / 1000000000, (int32_t)(end % 1000000000), 0 };

	sys_clock_nanosleep(HERMIT_CLOCK_MONOTONIC, HERMIT_TIMER_ABSTIME, &until, NULL);
	if (now(HERMIT_CLOCK_MONOTONIC) < end)
		early++;
	order[position++] = (int)index;
}

/*
 * Whether at least half of a sleep was nobody's processor time. The host may
 * take its processor away in any one of them: once in twenty will do. Who
 * waits by looking at the clock never has it.
 */
static int rests(void)
{
	for (int i = 0; i < 20; i++) {
		int64_t start = now(HERMIT_CLOCK_MONOTONIC);
		int64_t spent = now(HERMIT_CLOCK_PROCESS_CPUTIME_ID);

		sys_msleep(20);
		spent = now(HERMIT_CLOCK_PROCESS_CPUTIME_ID) - spent;
		if (now(HERMIT_CLOCK_MONOTONIC) - start - spent >= 10000000)
			return 1;
	}
	return 0;
}

static volatile int isAwake;

static void block(size_t argument)
{
	(void)argument;
	sys_block_current_task();
	sys_yield();
	isAwake = 1;
}

int main(void)
{
	hermit_tid_t tasks[4];
	struct hermit_timespec until = { 0 };
	int64_t start;

	/* Whose time comes first is the most urgent, should several come at once. */
	for (int i = 0; i < 4; i++)
		tasks[i] = sys_spawn2(nap, (size_t)i, (uint8_t)(12 - milliseconds[i] / 10), 0, 0);
	begin = now(HERMIT_CLOCK_MONOTONIC);
	/* On another core they may not be at the gate yet: it stays open. */
	__atomic_store_n(&gate, 1, __ATOMIC_RELEASE);
	sys_futex_wake(&gate, 4);
	for (int i = 0; i < 4; i++)
		sys_join(tasks[i]);
	printf("order %d %d %d %d, early %d\n", order[0], order[1], order[2], order[3], early);
	printf("the program rested: %s\n", rests() ? "yes" : "no");

	start = now(HERMIT_CLOCK_MONOTONIC) + 30000000;
	until.tv_sec = start / 1000000000;
	until.tv_nsec = (int32_t)(start % 1000000000);
	printf("until: %d", sys_clock_nanosleep(HERMIT_CLOCK_MONOTONIC, HERMIT_TIMER_ABSTIME, &until, NULL));
	printf(", in time %s\n", now(HERMIT_CLOCK_MONOTONIC) >= start ? "yes" : "no");

	tasks[0] = sys_spawn2(block, 0, 3, 0, -1);
	sys_msleep(20);
	printf("awake %d", isAwake);
	sys_wakeup_task(tasks[0]);
	sys_join(tasks[0]);
	printf(", then %d\n", isAwake);

	start = now(HERMIT_CLOCK_MONOTONIC);
	sys_block_current_task_with_timeout(20);
	sys_yield();
	printf("blocked for its time: %s\n",
	       now(HERMIT_CLOCK_MONOTONIC) - start >= 20000000 ? "yes" : "no");
	return 0;
}
