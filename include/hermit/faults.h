/*
 * Exceptions of the processor that the program itself handles. Without a
 * handler one ends the program (tasks.h).
 */
#ifndef HERMIT_FAULTS_H
#define HERMIT_FAULTS_H

#include "types.h"

/*
 * What has happened, and the registers of the task at that moment. The
 * processor's manual has the vectors and error codes (Intel SDM 3A, 6.15).
 */
struct hermit_fault {
	/* Of a page fault (vector 14): the address that was used; else 0. */
	uint64_t address;
	/* Where the vector registers are, as XSAVE or FXSAVE lays them out; they are restored from there. */
	uint64_t vector_state;
	uint64_t r15;
	uint64_t r14;
	uint64_t r13;
	uint64_t r12;
	uint64_t r11;
	uint64_t r10;
	uint64_t r9;
	uint64_t r8;
	uint64_t rbp;
	uint64_t rdi;
	uint64_t rsi;
	uint64_t rdx;
	uint64_t rcx;
	uint64_t rbx;
	uint64_t rax;
	uint64_t vector;
	uint64_t error;
	uint64_t rip;
	uint64_t cs;
	uint64_t rflags;
	uint64_t rsp;
	uint64_t ss;
};
HERMIT_ASSERT(sizeof(struct hermit_fault) == 192, "hermit_fault");

HERMIT_BEGIN_DECLARATIONS

/*
 * sys_fault_handler: says which function handles the exceptions of all tasks;
 * NULL for none, which ends the program with a report. Returns 0.
 *
 * The handler runs in the task that has caused the exception, below the 128
 * bytes that functions may use below their stack pointer, or on the stack of
 * sys_fault_stack. It may call every function of the kernel. When it returns,
 * the task goes on with the registers as they are in *fault then: where rip is the same, the instruction is tried
 * again. It may leave by longjmp instead. Another exception in it calls it
 * again.
 *
 * It is not called, and the program ends, where its stack is used up, for
 * exceptions in the kernel or while the task holds a lock with interrupts off
 * (sys_spinlock_irqsave_lock), and for those that no program causes.
 */
int sys_fault_handler(void (*handler)(struct hermit_fault *fault));

/*
 * sys_fault_stack: gives the calling task a stack for the handler, which is
 * used when a task's own is not the one; NULL takes it away. It needs 4 KiB
 * more than the handler itself uses.
 *
 * size  in bytes.
 *
 * Returns 0, or
 *
 *   -HERMIT_EINVAL  size is 4 GiB or more.
 */
int sys_fault_stack(void *start, size_t size);

HERMIT_END_DECLARATIONS

#endif
