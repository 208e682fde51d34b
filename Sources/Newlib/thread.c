/*
 * The life of a thread: made, joined or detached, ended.
 *
 * A thread's stack is given back when it ends, and its number when it is joined
 * or detached; what becomes of the record: thread_table.c.
 */
#include <stdlib.h>

#include "attributes.h"
#include "cancel.h"
#include "priority.h"
#include "thread.h"

#define PAGE_MASK 4095ul

/* Threads that have not ended, tasks made otherwise not among them. */
static unsigned livingThreads = 1;

/* The end, on the task's own stack: from here on a joining thread goes on. */
static HERMIT_NORETURN void leave(void *argument)
{
	struct thread *thread = argument;
	struct waiter *joiner;

	lock(&__hermit_threads.__lock);
	thread->hasEnded = true;
	/* One that has given up is not in the queue any more. */
	joiner = thread->joiner && thread->joiner->isQueued ? thread->joiner : NULL;
	if (joiner)
		__hermit_dequeue(&__hermit_threads, joiner);
	if (thread->isDetached)
		__hermit_retire(thread);
	unlock(&__hermit_threads.__lock);
	if (joiner)
		__hermit_grant(joiner);
	sys_thread_exit(0);
}

void pthread_exit(void *result)
{
	struct thread *thread = self();
	struct __hermit_cleanup *cleanup;

	/* What runs now can't be cancelled, and a second call goes on where it was. */
	thread->isEnding = true;
	thread->result = result;
	while ((cleanup = thread->cleanups)) {
		thread->cleanups = cleanup->__previous;
		cleanup->__routine(cleanup->__argument);
	}
	if (__hermit_end_thread_locals)
		__hermit_end_thread_locals();
	if (__hermit_end_keys)
		__hermit_end_keys();
	if (__hermit_end_robust)
		__hermit_end_robust();
	if (__atomic_sub_fetch(&livingThreads, 1, __ATOMIC_ACQ_REL) == 0)
		exit(0);
	if (__hermit_end_signals)
		__hermit_end_signals(thread);
	__hermit_end_reent();
	if (thread->stack)
		__hermit_leave_to(thread->left, leave, thread);
	leave(thread);
}

/* The end of the program is one thread's, which may call exit again. */
void __hermit_begin_exit(void)
{
	static uintptr_t leaver;
	uintptr_t other = 0;
	uint32_t never = WAITING;

	if (__atomic_compare_exchange_n(&leaver, &other, task(), false, __ATOMIC_ACQ_REL,
					__ATOMIC_ACQUIRE) || other == task())
		return;
	for (;;)
		__hermit_sleep(&never, WAITING, NEVER);
}

static void run(void *argument)
{
	struct thread *thread = argument;

	pthread_exit(thread->start(thread->argument));
}

static void begin(size_t argument)
{
	struct thread *thread = (struct thread *)argument;

	__hermit_self = thread;
	__atomic_store_n(&thread->task, sys_getpid(), __ATOMIC_RELAXED);
	/* The stack's last page has this frame. */
	thread->taskStack = (void *)(((uintptr_t)__builtin_frame_address(0) | PAGE_MASK) + 1 -
				     ((thread->stackSize + PAGE_MASK) & ~PAGE_MASK));
	if (__hermit_begin_signals)
		__hermit_begin_signals(thread->signals);
	if (thread->takesNoTurns)
		sys_set_turns(NULL, 0);
	if (isSubset(&thread->processors))
		sys_set_affinity(NULL, thread->processors.__bits[0]);
	if (thread->stack)
		__hermit_run_on((char *)thread->stack + thread->stackSize, run, thread, &thread->left);
	run(thread);
}

/* The error of attributes, or 0; the policy, priority and core that they say. */
static int choose(const pthread_attr_t *attributes, int *policy, int *priority, int *core)
{
	*policy = attributes->__policy;
	if (attributes->__explicit == PTHREAD_EXPLICIT_SCHED) {
		*priority = taskPriority(*policy, attributes->__parameters.sched_priority);
	} else {
		*priority = sys_get_priority();
		*policy = policyOf(0, *priority);
	}
	if (*priority < 0)
		return -*priority;
	*core = coreOf(&attributes->__processors);
	return *core < ANY_CORE ? -*core : 0;
}

/* A thread that was not made after all. */
static void abandon(struct thread *thread)
{
	lock(&__hermit_threads.__lock);
	__hermit_free_thread(thread);
	unlock(&__hermit_threads.__lock);
}

int pthread_create(pthread_t *restrict number, const pthread_attr_t *restrict given,
		   void *(*start)(void *), void *restrict argument)
{
	pthread_attr_t attributes;
	struct thread *thread;
	int policy, priority, core, error;
	hermit_tid_t task;
	pthread_t id;

	if (!number || !start || (given && given->__kind != ATTRIBUTES))
		return EINVAL;
	if (given)
		attributes = *given;
	else
		pthread_attr_init(&attributes);
	error = choose(&attributes, &policy, &priority, &core);
	if (error)
		return error;
	if (!attributes.__stack && attributes.__guard + attributes.__stack_size > LARGEST_STACK)
		return EINVAL;

	lock(&__hermit_threads.__lock);
	thread = __hermit_new_thread();
	unlock(&__hermit_threads.__lock);
	if (!thread)
		return EAGAIN;
	if (__hermit_new_signals) {
		thread->signals = __hermit_new_signals();
		if (!thread->signals) {
			abandon(thread);
			return EAGAIN;
		}
	}
	thread->isOurs = true;
	thread->start = start;
	thread->argument = argument;
	thread->isDetached = attributes.__detached;
	thread->takesNoTurns = policy == SCHED_FIFO;
	thread->stack = attributes.__stack;
	thread->stackSize = attributes.__stack_size;
	thread->guardSize = attributes.__guard;
	thread->processors = attributes.__processors;
	/* It may run, and end, before sys_spawn2 returns. */
	*number = id = thread->number;
	__atomic_add_fetch(&livingThreads, 1, __ATOMIC_RELAXED);
	task = sys_spawn2(begin, (size_t)thread, (uint8_t)priority,
			  attributes.__stack ? PTHREAD_STACK_MIN : attributes.__stack_size, core);
	if (task > 0) {
		/* Those who ask about a thread that has not run yet need it. */
		lock(&__hermit_threads.__lock);
		if (__hermit_find(id) == thread)
			__atomic_store_n(&thread->task, task, __ATOMIC_RELAXED);
		unlock(&__hermit_threads.__lock);
		return 0;
	}
	__atomic_sub_fetch(&livingThreads, 1, __ATOMIC_RELAXED);
	if (__hermit_drop_signals)
		__hermit_drop_signals(thread->signals);
	abandon(thread);
	return __hermit_errno(-task);
}

/* Whether a chain of joins leads from a thread to another. */
static bool waitsFor(const struct thread *thread, const struct thread *other)
{
	while (thread && thread != other)
		thread = thread->joins;
	return thread == other;
}

/* The thread may be joined by the caller, 0; or the error. The table's lock is held. */
static int canJoin(struct thread *thread, struct thread *caller)
{
	if (!thread)
		return ESRCH;
	if (thread->isDetached || thread->joiner)
		return EINVAL;
	return waitsFor(thread, caller) ? EDEADLK : 0;
}

/* Waits for a thread's end. Its task may still be about to end. */
static int join(pthread_t number, void **result, struct deadline deadline)
{
	struct thread *caller = self(), *thread;
	struct waiter waiter;
	int error;

	cancellationPoint();
	lock(&__hermit_threads.__lock);
	thread = __hermit_find(number);
	error = canJoin(thread, caller);
	if (error) {
		unlock(&__hermit_threads.__lock);
		return error;
	}
	if (!thread->hasEnded) {
		thread->joiner = &waiter;
		caller->joins = thread;
		__hermit_enqueue(&__hermit_threads, &waiter);
		error = __hermit_wait(&__hermit_threads, &waiter, deadline, true);
		lock(&__hermit_threads.__lock);
		caller->joins = NULL;
	}
	if (error) {
		thread->joiner = NULL;
		unlock(&__hermit_threads.__lock);
		if (error == ECANCELED)
			__hermit_act();
		return error;
	}
	if (result)
		*result = thread->result;
	__hermit_retire(thread);
	unlock(&__hermit_threads.__lock);
	return 0;
}

int pthread_join(pthread_t number, void **result)
{
	return join(number, result, NEVER);
}

int pthread_clockjoin_np(pthread_t number, void **result, clockid_t clock,
			 const struct timespec *time)
{
	struct deadline deadline = {clock, time};
	int error = __hermit_check_deadline(deadline);

	return error ? error : join(number, result, deadline);
}

int pthread_timedjoin_np(pthread_t number, void **result, const struct timespec *time)
{
	return pthread_clockjoin_np(number, result, CLOCK_REALTIME, time);
}

int pthread_tryjoin_np(pthread_t number, void **result)
{
	struct thread *caller = self(), *thread;
	int error;

	lock(&__hermit_threads.__lock);
	thread = __hermit_find(number);
	error = canJoin(thread, caller);
	if (!error && !thread->hasEnded)
		error = EBUSY;
	if (!error) {
		if (result)
			*result = thread->result;
		__hermit_retire(thread);
	}
	unlock(&__hermit_threads.__lock);
	return error;
}

int pthread_detach(pthread_t number)
{
	struct thread *thread;
	int error = 0;

	lock(&__hermit_threads.__lock);
	thread = __hermit_find(number);
	if (!thread)
		error = ESRCH;
	else if (thread->isDetached || thread->joiner)
		error = EINVAL;
	else if (thread->hasEnded) {
		__hermit_retire(thread);
	} else
		thread->isDetached = true;
	unlock(&__hermit_threads.__lock);
	return error;
}

pthread_t pthread_self(void)
{
	return self()->number;
}

int pthread_equal(pthread_t one, pthread_t other)
{
	return one == other;
}
