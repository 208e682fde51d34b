/* Clocks of single threads' processor time (thread_clock.h). */
#include <pthread.h>

#include "thread.h"
#include "thread_clock.h"

int __hermit_thread_clock(clockid_t clock, struct hermit_timespec *time)
{
	hermit_tid_t task = (hermit_tid_t)(clock - THREAD_CLOCKS);
	int result = sys_get_task_time(&task, time);

	/* No clock any more. */
	return result == -HERMIT_ESRCH ? -HERMIT_EINVAL : result;
}

int pthread_getcpuclockid(pthread_t number, clockid_t *clock)
{
	hermit_tid_t task = __hermit_task_of(number);

	if (!task)
		return ESRCH;
	*clock = threadClock(task);
	return 0;
}
