/*
 * What the two systems have under different names, or one of them lacks.
 */
#ifndef SYSTEM_H
#define SYSTEM_H

#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

/* POSIX threads, their mutexes and conditions. */
#if defined _POSIX_THREADS && _POSIX_THREADS > 0
#define HAS_THREADS 1
#endif

/* A task that was started and is to be joined. */
struct task {
	uintptr_t handle;
	void (*function)(size_t argument);
	size_t argument;
	int core;
};

enum { ANY_CORE = -1 };

/*
 * Starts function(argument) in a task of its own, with the caller's priority.
 *
 * task  stays where it is until the task is joined.
 * core  the processor that it runs on, or ANY_CORE.
 *
 * Returns 0, or -1 and errno.
 */
int start_task(struct task *task, void (*function)(size_t argument), size_t argument, int core);

/* Waits for the task's end. */
void join_task(struct task *task);

/* Lets another task run. */
void yield(void);

/* Waits for wake_futex, if *word is `expected`; may return early. */
void wait_futex(uint32_t *word, uint32_t expected);

/* Wakes one task that waits. */
void wake_futex(uint32_t *word);

/* Processors that run tasks. */
int processor_count(void);

#endif
