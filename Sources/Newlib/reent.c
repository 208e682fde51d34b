/*
 * newlib's state of a task: errno, the standard streams as the task sees
 * them, strtok's place and so on. It lies in thread-local storage and is made
 * at its first use, so that it is there for tasks of any origin.
 */
#include <stdbool.h>
#include <stdlib.h>

#include "shim.h"

static _Thread_local struct _reent state;
static _Thread_local bool isMade;

struct _reent *__getreent(void)
{
	if (__builtin_expect(!isMade, 0)) {
		_REENT_INIT_PTR_ZEROED(&state);
		isMade = true;
	}
	return &state;
}

static void giveAll(struct _Bigint *number)
{
	struct _Bigint *next;

	for (; number; number = next) {
		next = number->_next;
		_free_r(&state, number);
	}
}

/* Gives back what newlib has allocated for the calling task. The streams are all tasks'. */
HIDDEN void __hermit_end_reent(void)
{
	if (!isMade)
		return;
	for (size_t i = 0; state._freelist && i < _Kmax; i++)
		giveAll(state._freelist[i]);
	giveAll(state._p5s);
	_free_r(&state, state._freelist);
	_free_r(&state, state._result);
	_free_r(&state, state._cvtbuf);
	state._freelist = NULL;
	state._p5s = NULL;
	state._result = NULL;
	state._cvtbuf = NULL;
}
