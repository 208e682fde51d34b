/*
 * What a thread is, and the table of all.
 *
 * A thread is a task (hermit/tasks.h) with a record. Tasks that the program
 * has made without pthread_create, and the first one, get a record when they
 * first ask for it; they can't be joined, and end as tasks do.
 */
#ifndef HERMIT_THREAD_H
#define HERMIT_THREAD_H

#include <pthread.h>

#include "waiting.h"

struct thread {
	/* Its number while it can be named, else 0; and the record's last one. */
	pthread_t number, lastNumber;
	hermit_tid_t task;
	bool isDetached, hasEnded;
	/* It is to start with SCHED_FIFO. */
	bool takesNoTurns;
	void *(*start)(void *);
	void *argument, *result;

	/* A stack of the program's, or NULL; the task's own; and where that was left. */
	void *stack, *taskStack, *left;
	size_t stackSize, guardSize;
	/* What it was made for. */
	cpu_set_t processors;

	/* Who joins it, and whom it joins. */
	struct waiter *joiner;
	struct thread *joins;
	/* Made by pthread_create, or the first one; else it is the program's to join the task. */
	bool isOurs;
	/* In the list of free records, or of those that wait for their tasks' end. */
	struct thread *next;

	/* cancel.c: a request; what the thread sleeps on, under watchLock. */
	uint32_t isCancelled, watchLock;
	uint32_t *watched;
	/* The thread's own. */
	bool isCancelDisabled, isEnding;
	struct __hermit_cleanup *cleanups;

	/* signals.h: what signals are to it, in a program that has any. */
	struct signals *signals;
	bool hasNoSignals;

	char name[16];
};

/* Guards the records; joining threads wait in it. */
extern HIDDEN struct __hermit_queue __hermit_threads;

extern HIDDEN _Thread_local struct thread *__hermit_self;
HIDDEN struct thread *__hermit_adopt(void);

/* The calling thread. */
static inline struct thread *self(void)
{
	struct thread *thread = __hermit_self;

	return __builtin_expect(thread != NULL, 1) ? thread : __hermit_adopt();
}

/* The thread of a number, NULL: none. The table's lock is held. */
HIDDEN struct thread *__hermit_find(pthread_t number);
/* The thread's task, 0: none, or it has ended (thread_properties.c). */
HIDDEN hermit_tid_t __hermit_task_of(pthread_t number);
/* A record with a number, NULL: no memory; and giving it back. So is it here. */
HIDDEN struct thread *__hermit_new_thread(void);
HIDDEN void __hermit_free_thread(struct thread *thread);
/* Nobody can name the thread any more; its task has ended or is about to. */
HIDDEN void __hermit_retire(struct thread *thread);

/* Runs function(argument) on another stack; *left: where this one was left. */
HIDDEN void __hermit_run_on(void *stack, void (*function)(void *), void *argument, void **left);
/* Leaves the current stack for good. */
HIDDEN HERMIT_NORETURN void __hermit_leave_to(void *left, void (*function)(void *), void *argument);

/*
 * What the other files have to do when a thread ends, each where the program
 * uses it: objects of C++, keys, robust mutexes.
 */
WEAK HIDDEN void __hermit_end_keys(void);
WEAK HIDDEN void __hermit_end_robust(void);
WEAK void __hermit_end_thread_locals(void);
/* signal_state.c: in a program that has signals. */
WEAK HIDDEN struct signals *__hermit_new_signals(void);
WEAK HIDDEN void __hermit_begin_signals(struct signals *signals);
WEAK HIDDEN void __hermit_drop_signals(struct signals *signals);
WEAK HIDDEN void __hermit_end_signals(struct thread *thread);
/* reent.c */
HIDDEN void __hermit_end_reent(void);

#endif
