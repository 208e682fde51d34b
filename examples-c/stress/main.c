/*
 * Everything at once: tasks that make tasks, allocate, compute with floating
 * point, sleep, lock and print, while the timer takes the core away. What
 * each comes to is known before. Then as many tasks as there is room for.
 */
#include <hermit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TASKS 12
#define ROUNDS 40

static hermit_sem_t one;
static long total;
static int wrong;

static double compute(int steps, double x)
{
	for (int i = 0; i < steps; i++)
		x = x * 1.0000001 + 0.5;
	return x;
}

static void child(size_t argument)
{
	*(size_t *)argument += 1;
}

static void work(size_t index)
{
	double expected = 0;

	for (int round = 0; round < ROUNDS; round++) {
		size_t size = 100 + 997 * (size_t)round % 30000, count = 0;
		char *block = malloc(size);
		hermit_tid_t task;
		double x = compute(20000, (double)index);

		if (round == 0)
			expected = x;
		if (!block || x != expected) {
			wrong++;
			return;
		}
		memset(block, (int)index + 1, size);
		if (round % 8 == 0)
			sys_usleep(200);
		if (round % 5 == 0) {
			task = sys_spawn2(child, (size_t)&count, HERMIT_PRIO_HIGH, 0, -1);
			if (task <= 0 || sys_join(task) != 0 || count != 1)
				wrong++;
		}
		sys_yield();
		for (size_t i = 0; i < size; i++)
			if (block[i] != (char)(index + 1)) {
				wrong++;
				break;
			}
		free(block);
		sys_sem_timedwait(&one, NULL);
		total += (long)index + 1;
		sys_sem_post(&one);
	}
}

static uint32_t gate;

static void idle(size_t argument)
{
	(void)argument;
	while (__atomic_load_n(&gate, __ATOMIC_ACQUIRE) == 0)
		sys_futex_wait(&gate, 0, NULL, 0);
}

#define MOST 10000
static hermit_tid_t many[MOST];

int main(void)
{
	hermit_tid_t tasks[TASKS];
	int count = 0, failed = 0;

	sys_sem_init(&one, 0, 1);
	for (size_t i = 0; i < TASKS; i++)
		tasks[i] = sys_spawn2(work, i, HERMIT_PRIO_NORMAL, 0, -1);
	for (int i = 0; i < TASKS; i++)
		if (sys_join(tasks[i]) != 0)
			wrong++;
	printf("total %ld of %d, wrong %d\n", total, ROUNDS * TASKS * (TASKS + 1) / 2, wrong);

	while (count < MOST && (many[count] = sys_spawn2(idle, 0, HERMIT_PRIO_NORMAL, 0, -1)) > 0)
		count++;
	if (count < MOST && many[count] != -HERMIT_EAGAIN)
		failed++;
	__atomic_store_n(&gate, 1, __ATOMIC_RELEASE);
	sys_futex_wake(&gate, INT32_MAX);
	for (int i = 0; i < count; i++)
		if (sys_join(many[i]) != 0)
			failed++;
	printf("tasks at once: %s, failed %d\n", count == MOST ? "10000" : "until memory ended", failed);
	return wrong != 0 || failed != 0;
}
