/* What a thread says about its own cancellation, and its cleanup handlers. */
#include "cancel.h"
#include "thread.h"

int pthread_setcancelstate(int state, int *old)
{
	struct thread *thread = self();

	if (state != PTHREAD_CANCEL_ENABLE && state != PTHREAD_CANCEL_DISABLE)
		return EINVAL;
	if (old)
		*old = thread->isCancelDisabled ? PTHREAD_CANCEL_DISABLE : PTHREAD_CANCEL_ENABLE;
	thread->isCancelDisabled = state == PTHREAD_CANCEL_DISABLE;
	return 0;
}

/* Nothing here could end a thread at any instruction. */
int pthread_setcanceltype(int type, int *old)
{
	if (type == PTHREAD_CANCEL_ASYNCHRONOUS)
		return ENOTSUP;
	if (type != PTHREAD_CANCEL_DEFERRED)
		return EINVAL;
	if (old)
		*old = PTHREAD_CANCEL_DEFERRED;
	return 0;
}

void pthread_testcancel(void)
{
	cancellationPoint();
}

void __hermit_cleanup_push(struct __hermit_cleanup *cleanup, void (*routine)(void *), void *argument)
{
	struct thread *thread = self();

	*cleanup = (struct __hermit_cleanup){routine, argument, thread->cleanups};
	thread->cleanups = cleanup;
}

void __hermit_cleanup_pop(struct __hermit_cleanup *cleanup, int isExecuted)
{
	self()->cleanups = cleanup->__previous;
	if (isExecuted)
		cleanup->__routine(cleanup->__argument);
}
