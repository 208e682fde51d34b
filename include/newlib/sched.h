/* Scheduling. A process's number is a task's of hermit.h; 0 is the caller. */
#ifndef _SCHED_H_
#define _SCHED_H_

#include <sys/types.h>
#include <sys/sched.h>

/*
 * Sets of processors, as Linux has them. The forms with _S take sets of any
 * size in bytes.
 */
#define __CPU_WORD(cpu, set) (((unsigned long *)(set))[(cpu) / 64])
#define __CPU_BIT(cpu) (1ul << ((cpu) % 64))
#define __CPU_OP_S(cpu, size, set, op) \
	((__SIZE_TYPE__)(cpu) / 8 >= (size) ? 0 : (__CPU_WORD(cpu, set) op))

#define CPU_SET_S(cpu, size, set) ((void)__CPU_OP_S(cpu, size, set, |= __CPU_BIT(cpu)))
#define CPU_CLR_S(cpu, size, set) ((void)__CPU_OP_S(cpu, size, set, &= ~__CPU_BIT(cpu)))
#define CPU_ISSET_S(cpu, size, set) (__CPU_OP_S(cpu, size, set, & __CPU_BIT(cpu)) != 0)
#define CPU_ZERO_S(size, set) ((void)__builtin_memset(set, 0, size))
#define CPU_EQUAL_S(size, a, b) (!__builtin_memcmp(a, b, size))
#define CPU_COUNT_S(size, set) __sched_cpucount(size, set)

#define CPU_SET(cpu, set) CPU_SET_S(cpu, sizeof(cpu_set_t), set)
#define CPU_CLR(cpu, set) CPU_CLR_S(cpu, sizeof(cpu_set_t), set)
#define CPU_ISSET(cpu, set) CPU_ISSET_S(cpu, sizeof(cpu_set_t), set)
#define CPU_ZERO(set) CPU_ZERO_S(sizeof(cpu_set_t), set)
#define CPU_EQUAL(a, b) CPU_EQUAL_S(sizeof(cpu_set_t), a, b)
#define CPU_COUNT(set) CPU_COUNT_S(sizeof(cpu_set_t), set)
#define CPU_AND(to, a, b) ((void)((to)->__bits[0] = (a)->__bits[0] & (b)->__bits[0]))
#define CPU_OR(to, a, b) ((void)((to)->__bits[0] = (a)->__bits[0] | (b)->__bits[0]))
#define CPU_XOR(to, a, b) ((void)((to)->__bits[0] = (a)->__bits[0] ^ (b)->__bits[0]))

#define CPU_ALLOC_SIZE(count) (((count) + 63) / 64 * sizeof(unsigned long))
#define CPU_ALLOC(count) ((cpu_set_t *)__sched_cpualloc(CPU_ALLOC_SIZE(count)))
#define CPU_FREE(set) __sched_cpufree(set)

__BEGIN_DECLS

int sched_yield(void);
int sched_get_priority_max(int);
int sched_get_priority_min(int);
int sched_getparam(pid_t, struct sched_param *);
int sched_setparam(pid_t, const struct sched_param *);
int sched_getscheduler(pid_t);
int sched_setscheduler(pid_t, int, const struct sched_param *);
int sched_rr_get_interval(pid_t, struct timespec *);

int sched_getcpu(void);
int sched_getaffinity(pid_t, __SIZE_TYPE__, cpu_set_t *);
int sched_setaffinity(pid_t, __SIZE_TYPE__, const cpu_set_t *);

int __sched_cpucount(__SIZE_TYPE__, const cpu_set_t *);
void *__sched_cpualloc(__SIZE_TYPE__);
void __sched_cpufree(cpu_set_t *);

__END_DECLS

#endif
