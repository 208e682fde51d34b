/* A mutex's kind: its type and what else it is, and what has become of it. */
#ifndef HERMIT_MUTEX_H
#define HERMIT_MUTEX_H

#include <pthread.h>

#include "waiting.h"

enum {
	TYPE = 3,
	ROBUST = 0x10,
	/* A robust one's owner has ended with it, and nobody has put right what it guards. */
	INCONSISTENT = 0x20,
	/* And nobody will. */
	LOST = 0x40,
	KINDS = TYPE | ROBUST | INCONSISTENT | LOST,
	/* Of attributes alone: shared by all processes, which is one. */
	SHARED = 0x80,
	DESTROYED = 0x6d756800,
};

static inline bool isMutex(const pthread_mutex_t *mutex)
{
	return mutex && !(mutex->__kind & ~(unsigned)KINDS) &&
	       (mutex->__kind & TYPE) <= PTHREAD_MUTEX_ERRORCHECK;
}

/* mutex.c: for condition variables. */
HIDDEN bool __hermit_mutex_is_owned(const pthread_mutex_t *mutex);

/* robust.c: the calling thread's list of robust mutexes that it holds. */
WEAK HIDDEN void __hermit_hold(pthread_mutex_t *mutex);
WEAK HIDDEN void __hermit_drop(pthread_mutex_t *mutex);

#endif
