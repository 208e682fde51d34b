/*
 * The objects that threads share, as programs declare and initialise them.
 * What is all zeros is a mutex, a condition variable, a read-write lock or a
 * once control in its first state; so static ones need no code to become one.
 */
#ifndef _SYS__PTHREADTYPES_H_
#define _SYS__PTHREADTYPES_H_

#include <sys/_types.h>
#include <sys/sched.h>

/* A thread's number, never 0: its place, and how often that was used before. */
typedef unsigned long pthread_t;

/* Threads that wait, the most urgent first. */
struct __hermit_queue {
	unsigned __lock;
	unsigned __reserved;
	void *__first;
	void *__last;
};

typedef struct {
	unsigned __state;
	unsigned __kind;
	unsigned __depth;
	int __ceiling;
	void *__owner;
	void *__next;
	void *__previous;
} pthread_mutex_t;

typedef struct {
	unsigned __kind;
	int __ceiling;
} pthread_mutexattr_t;

typedef struct {
	unsigned __kind;
	unsigned __reserved;
	struct __hermit_queue __queue;
} pthread_cond_t;

typedef struct {
	unsigned __kind;
} pthread_condattr_t;

typedef struct {
	unsigned __kind;
	unsigned __readers;
	void *__writer;
	unsigned __waiting_writers;
	unsigned __reserved;
	struct __hermit_queue __queue;
} pthread_rwlock_t;

typedef struct {
	unsigned __kind;
} pthread_rwlockattr_t;

typedef struct {
	unsigned __kind;
	unsigned __count;
	unsigned __arrived;
	unsigned __reserved;
	struct __hermit_queue __queue;
} pthread_barrier_t;

typedef struct {
	unsigned __kind;
} pthread_barrierattr_t;

typedef struct {
	unsigned __kind;
	unsigned __state;
	void *__owner;
} pthread_spinlock_t;

typedef unsigned pthread_once_t;
typedef unsigned pthread_key_t;

typedef struct {
	unsigned __kind;
	unsigned char __detached;
	unsigned char __explicit;
	unsigned char __policy;
	unsigned char __reserved;
	struct sched_param __parameters;
	__size_t __guard;
	void *__stack;
	__size_t __stack_size;
	cpu_set_t __processors;
} pthread_attr_t;

#endif
