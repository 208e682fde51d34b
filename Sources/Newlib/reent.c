/*
 * newlib's state of a task: errno, the standard streams as the task sees
 * them, strtok's place and so on. It lies in thread-local storage and is made
 * at its first use, so that it is there for tasks of any origin.
 */
#include <stdbool.h>

#include "shim.h"

struct _reent *__getreent(void)
{
	static _Thread_local struct _reent state;
	static _Thread_local bool isMade;

	if (__builtin_expect(!isMade, 0)) {
		_REENT_INIT_PTR_ZEROED(&state);
		isMade = true;
	}
	return &state;
}
