/*
 * A lock of three states over a futex, and the futex's own answers.
 */
#include <hermit.h>
#include <stdatomic.h>
#include <stdio.h>

#define TASKS 4
#define ROUNDS 2000

static _Atomic uint32_t lock; /* 0: free, 1: taken, 2: somebody may wait */
static volatile int counter;

static void acquire(void)
{
	uint32_t expected = 0;

	if (atomic_compare_exchange_strong(&lock, &expected, 1))
		return;
	while (atomic_exchange(&lock, 2) != 0)
		sys_futex_wait((uint32_t *)&lock, 2, NULL, 0);
}

static void release(void)
{
	if (atomic_exchange(&lock, 0) == 2)
		sys_futex_wake((uint32_t *)&lock, 1);
}

static void count(size_t argument)
{
	(void)argument;
	for (int i = 0; i < ROUNDS; i++) {
		acquire();
		int seen = counter;
		if (i % 16 == 0)
			sys_yield();
		counter = seen + 1;
		release();
	}
}

static uint32_t word;
static int order[3], arrived;

static void wait(size_t index)
{
	if (sys_futex_wait(&word, 0, NULL, 0) == 0)
		order[arrived++] = (int)index;
}

/*
 * The urgent one first, then who waits longest; another one hangs in its join.
 * All on one core, where those that wait are more urgent than this: when it
 * goes on they do wait.
 */
static void wake_in_order(size_t argument)
{
	hermit_tid_t tasks[3];

	(void)argument;
	for (int i = 0; i < 3; i++)
		tasks[i] = sys_spawn2(wait, (size_t)i, i == 2 ? 4 : 3, 0, 0);
	printf("nobody woken: %d\n", sys_futex_wake(&word, 0));
	printf("woken: %d", sys_futex_wake(&word, 1));
	sys_join(tasks[2]);
	printf(", then %d", sys_futex_wake(&word, 1));
	sys_join(tasks[0]);
	printf(", then %d", sys_futex_wake(&word, 5));
	sys_join(tasks[1]);
	printf(", then %d\n", sys_futex_wake(&word, 5));
	printf("order: %d %d %d\n", order[0], order[1], order[2]);
}

int main(void)
{
	hermit_tid_t tasks[TASKS];
	struct hermit_timespec past = { 0, 1, 0 }, soon = { 0, 2000000, 0 }, bad = { 0, 1000000000, 0 };

	for (int i = 0; i < TASKS; i++)
		tasks[i] = sys_spawn2(count, 0, HERMIT_PRIO_NORMAL, 0, -1);
	for (int i = 0; i < TASKS; i++)
		sys_join(tasks[i]);
	printf("counted %d of %d\n", counter, TASKS * ROUNDS);

	sys_join(sys_spawn2(wake_in_order, 0, HERMIT_PRIO_NORMAL, 0, 0));

	printf("changed %d, over %d, times out %d\n", sys_futex_wait(&word, 1, NULL, 0),
	       sys_futex_wait(&word, 0, &past, 0),
	       sys_futex_wait(&word, 0, &soon, HERMIT_FUTEX_RELATIVE_TIMEOUT));
	printf("misaligned %d, null %d, time %d, flags %d, count %d\n",
	       sys_futex_wait((uint32_t *)((char *)&word + 2), 0, NULL, 0),
	       sys_futex_wait(NULL, 0, NULL, 0), sys_futex_wait(&word, 0, &bad, 0),
	       sys_futex_wait(&word, 0, NULL, 8), sys_futex_wake(&word, -1));
	return 0;
}
