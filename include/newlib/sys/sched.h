/*
 * How threads are scheduled, and sets of processors.
 *
 * A thread of policy SCHED_OTHER has priority 0, one of SCHED_RR or SCHED_FIFO
 * 1 to 28: it goes before all that are less urgent. With SCHED_FIFO it gives way
 * to its equals when it waits or yields only, else they take turns.
 */
#ifndef _SYS_SCHED_H_
#define _SYS_SCHED_H_

#include <sys/_timespec.h>

#define SCHED_OTHER 0
#define SCHED_FIFO  1
#define SCHED_RR    2

struct sched_param {
	int sched_priority;
};

/* Processors at most. */
#define CPU_SETSIZE 64

typedef struct {
	unsigned long __bits[CPU_SETSIZE / 64];
} cpu_set_t;

#endif
