/* system.h by hermit.h. */
#ifdef __hermit__
#include <errno.h>

#include <hermit.h>

#include "system.h"

int start_task(struct task *task, void (*function)(size_t argument), size_t argument, int core)
{
	enum { STACK_SIZE = 65536 };
	hermit_tid_t id = sys_spawn2(function, argument, sys_get_priority(), STACK_SIZE, core);

	if (id < 0) {
		/* The C library has other numbers. */
		errno = id == -HERMIT_ENOSYS ? ENOSYS : EAGAIN;
		return -1;
	}
	task->handle = (uintptr_t)id;
	return 0;
}

void join_task(struct task *task)
{
	sys_join((hermit_tid_t)task->handle);
}

void yield(void)
{
	sys_yield();
}

void wait_futex(uint32_t *word, uint32_t expected)
{
	sys_futex_wait(word, expected, NULL, 0);
}

void wake_futex(uint32_t *word)
{
	sys_futex_wake(word, 1);
}

int processor_count(void)
{
	return (int)sys_get_processor_count();
}
#else
typedef int system_hermit_is_for_hermit;
#endif
