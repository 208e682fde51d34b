/*
 * Tasks: made, joined, with arguments, an errno and local storage of their
 * own; and the answers to what cannot be.
 */
#include <hermit.h>
#include <stdio.h>

#define TASKS 8

static _Thread_local int local = 5;
static int sums[TASKS];
static int locals[TASKS];
static int errors[TASKS];

static void work(size_t index)
{
	sys_close(-1 - (int)index); /* sets this task's errno */
	for (size_t i = 1; i <= 1000; i++) {
		sums[index] += (int)(i * (index + 1));
		local++;
		if (i % 100 == 0)
			sys_yield();
	}
	locals[index] = local;
	errors[index] = sys_errno();
}

static void leave(size_t argument)
{
	(void)argument;
	sys_thread_exit(3);
}

int main(void)
{
	hermit_tid_t tasks[TASKS];
	hermit_tid_t other;
	int bad = 0;

	*sys_errno_location() = 0;
	for (size_t i = 0; i < TASKS; i++)
		tasks[i] = sys_spawn2(work, i, HERMIT_PRIO_NORMAL, 0, -1);
	for (size_t i = 0; i < TASKS; i++)
		if (tasks[i] <= 0 || sys_join(tasks[i]) != 0)
			bad++;
	for (size_t i = 0; i < TASKS; i++)
		if (sums[i] != (int)(500500 * (i + 1)) || locals[i] != 1005 || errors[i] != HERMIT_EBADF)
			bad++;
	int error = sys_errno();

	printf("%d tasks, %d wrong\n", TASKS, bad);
	printf("the first task's: local %d, errno %d\n", local, error);

	printf("join: again %d, itself %d, nobody %d, none %d\n", sys_join(tasks[0]),
	       sys_join(sys_getpid()), sys_join(30000), sys_join(-1));
	printf("clone: %d\n", sys_clone(&other, leave, 0));
	printf("join: %d\n", sys_join(other));
	printf("spawn: priority %d, core %d, stack %d, function %d, number %d\n",
	       (int)sys_spawn2(work, 0, 31, 0, -1), (int)sys_spawn2(work, 0, 2, 0, 99),
	       (int)sys_spawn2(work, 0, 2, (size_t)1 << 40, -1), (int)sys_spawn2(NULL, 0, 2, 0, -1),
	       sys_spawn((hermit_tid_t *)8, leave, 0, 2, -1));
	return bad;
}
