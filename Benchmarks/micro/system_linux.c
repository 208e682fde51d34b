/* system.h by Linux and POSIX threads. */
#ifdef __linux__
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "system.h"

/* As <linux/futex.h> has them; the header is not the C library's. */
enum { WAIT_PRIVATE = 0 | 128, WAKE_PRIVATE = 1 | 128 };

static void *run(void *argument)
{
	struct task *task = argument;

	if (task->core != ANY_CORE) {
		cpu_set_t set;

		CPU_ZERO(&set);
		CPU_SET(task->core, &set);
		sched_setaffinity(0, sizeof set, &set);
	}
	task->function(task->argument);
	return NULL;
}

int start_task(struct task *task, void (*function)(size_t argument), size_t argument, int core)
{
	pthread_t thread;
	int error;

	task->function = function;
	task->argument = argument;
	task->core = core;
	error = pthread_create(&thread, NULL, run, task);
	if (error) {
		errno = error;
		return -1;
	}
	task->handle = (uintptr_t)thread;
	return 0;
}

void join_task(struct task *task)
{
	pthread_join((pthread_t)task->handle, NULL);
}

void yield(void)
{
	sched_yield();
}

void wait_futex(uint32_t *word, uint32_t expected)
{
	syscall(SYS_futex, word, WAIT_PRIVATE, expected, NULL, NULL, 0);
}

void wake_futex(uint32_t *word)
{
	syscall(SYS_futex, word, WAKE_PRIVATE, 1, NULL, NULL, 0);
}

int processor_count(void)
{
	return (int)sysconf(_SC_NPROCESSORS_ONLN);
}
#else
typedef int system_linux_is_for_linux;
#endif
