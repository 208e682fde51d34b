/*
 * More urgent tasks run first, also when they come later; equals take turns
 * though none gives way; a lock's holder is as urgent as those that wait.
 */
#include <hermit.h>
#include <stdio.h>

static char order[8];
static int position;
static void *mutex;
static hermit_sem_t held;
static volatile int isStopped;
static volatile unsigned long turns[3];

static void note(size_t name)
{
	order[position++] = (char)name;
}

static void spin(size_t index)
{
	while (!isStopped)
		turns[index]++;
}

static void hold(size_t argument)
{
	(void)argument;
	sys_recmutex_lock(mutex);
	sys_sem_post(&held);
	sys_msleep(10);
	/* The task in the middle spins; without the lock's help this never ends. */
	note('l');
	sys_recmutex_unlock(mutex);
}

static void middle(size_t argument)
{
	(void)argument;
	while (!isStopped)
		;
}

static void want(size_t argument)
{
	(void)argument;
	sys_recmutex_lock(mutex);
	note('h');
	sys_recmutex_unlock(mutex);
	isStopped = 1;
}

int main(void)
{
	hermit_tid_t tasks[3], self = sys_getpid();

	/* On one core, so that there is an order. */
	sys_set_current_task_priority(30);
	tasks[0] = sys_spawn2(note, 'a', 5, 0, 0);
	tasks[1] = sys_spawn2(note, 'b', 20, 0, 0);
	tasks[2] = sys_spawn2(note, 'c', 10, 0, 0);
	printf("priority %d, of the second %d, of nobody %d\n", sys_get_priority(),
	       sys_getprio(&tasks[1]), sys_getprio(&(hermit_tid_t){ 30000 }));
	sys_setprio(&tasks[0], 15);
	for (int i = 0; i < 3; i++)
		sys_join(tasks[i]);
	printf("order %s\n", order);

	for (int i = 0; i < 3; i++)
		tasks[i] = sys_spawn2(spin, (size_t)i, 4, 0, 0);
	for (int i = 0; i < 1000 && !(turns[0] && turns[1] && turns[2]); i++)
		sys_msleep(10);
	isStopped = 1;
	for (int i = 0; i < 3; i++)
		sys_join(tasks[i]);
	for (int i = 0; i < 3; i++)
		if (turns[i] == 0)
			printf("task %d never had its turn\n", i);

	isStopped = 0;
	position = 0;
	sys_recmutex_init(&mutex);
	sys_sem_init(&held, 0, 0);
	tasks[0] = sys_spawn2(hold, 0, 1, 0, 0);
	sys_sem_timedwait(&held, NULL);
	tasks[1] = sys_spawn2(want, 0, 9, 0, 0);
	tasks[2] = sys_spawn2(middle, 0, 5, 0, 0);
	for (int i = 0; i < 3; i++)
		sys_join(tasks[i]);
	printf("order %.2s\n", order);

	printf("bad: %d %d\n", sys_setprio(&self, 31), sys_setprio(&(hermit_tid_t){ 30000 }, 3));
	return 0;
}
