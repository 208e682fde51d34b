/* Tasks that change on one core. */
#include "tasks.h"

static volatile int is_over;

/* Two tasks that yield in turn: two changes a call. */
static void yield_in_turn(void)
{
	sys_yield();
}

static void yield_until_over(size_t argument)
{
	(void)argument;
	while (!is_over)
		sys_yield();
}

static uint32_t ball;

static void wait_for(uint32_t value)
{
	while (__atomic_load_n(&ball, __ATOMIC_ACQUIRE) != value)
		sys_futex_wait(&ball, 1 - value, NULL, 0);
}

static void hit(uint32_t value)
{
	__atomic_store_n(&ball, value, __ATOMIC_RELEASE);
	sys_futex_wake(&ball, 1);
}

static void play_futex(void)
{
	hit(1);
	wait_for(0);
}

static void return_ball(size_t argument)
{
	(void)argument;
	for (;;) {
		wait_for(1);
		if (is_over)
			return;
		hit(0);
	}
}

static hermit_sem_t there, back;

static void play_semaphore(void)
{
	sys_sem_post(&there);
	sys_sem_timedwait(&back, NULL);
}

static void return_semaphore(size_t argument)
{
	(void)argument;
	for (;;) {
		sys_sem_timedwait(&there, NULL);
		if (is_over)
			return;
		sys_sem_post(&back);
	}
}

static void do_nothing(size_t argument)
{
	(void)argument;
}

static void make_task(void)
{
	sys_join(sys_spawn2(do_nothing, 0, HERMIT_PRIO_NORMAL, 0, 0));
}

/* Measures one row beside a task that answers it, which then ends. */
static void measure_with(void (*other)(size_t), const struct row *row, void (*end)(void))
{
	hermit_tid_t task;

	is_over = 0;
	task = sys_spawn2(other, 0, HERMIT_PRIO_NORMAL, 0, 0);
	measure_rows(row, 1);
	is_over = 1;
	if (end)
		end();
	sys_join(task);
}

static void end_futex(void)
{
	hit(1);
}

static void end_semaphore(void)
{
	sys_sem_post(&there);
}

void measure_tasks(void)
{
	static const struct row yields = { "a change of task by sys_yield", yield_in_turn, 2 };
	static const struct row futex = { "sys_futex_wake + sys_futex_wait, there and back", play_futex, 1 };
	static const struct row semaphore = { "semaphore, there and back", play_semaphore, 1 };
	static const struct row task = { "sys_spawn2 + sys_join", make_task, 1 };

	measure_with(yield_until_over, &yields, NULL);
	measure_with(return_ball, &futex, end_futex);
	sys_sem_init(&there, 0, 0);
	sys_sem_init(&back, 0, 0);
	measure_with(return_semaphore, &semaphore, end_semaphore);
	measure_rows(&task, 1);
}
