/*
 * The ways to the program's handler of signals. All end in
 * machine_take_signals, which runs on the application's stack as the
 * application's own code does: it can be interrupted, changes cores, fills
 * pages of its stack, and may never come back, because a handler may leave by
 * longjmp. The kernel stack is not in use meanwhile.
 */
#if !__STDC_HOSTED__

#include "exception_frame.h"
#include "rights.h"
#include "vector_state.h"

#define RED_ZONE 128
#define MXCSR_DEFAULT 0x1f80

/*
 * machine_take_signals: calls the handler for every signal that the task
 * takes, with the registers in rdi, a struct hermit_fault, or 0. The record
 * that machine_signal_handlers.next fills is a struct machine_signal.
 */
	.section .text.machine_take_signals, "ax", @progbits
	.type machine_take_signals, @function
machine_take_signals:
	.cfi_startproc
	pushq %rbp
	.cfi_def_cfa_offset 16
	.cfi_offset %rbp, -16
	movq %rsp, %rbp
	.cfi_def_cfa_register %rbp
	pushq %rbx
	.cfi_offset %rbx, -24
	pushq $0
	movq %rdi, %rbx
	pushq $0
	pushq $0
	xorl %esi, %esi
1:	movq %rsp, %rdi
	callq machine_next_signal
	testl %eax, %eax
	jz 2f
	movl %eax, %edi
	movq %rbx, %rsi
	callq *8(%rsp)
	movl $1, %esi
	jmp 1b
2:	movq -8(%rbp), %rbx
	leave
	.cfi_def_cfa %rsp, 8
	retq
	.cfi_endproc
	.size machine_take_signals, .-machine_take_signals

/*
 * The task was interrupted in the application, with the stack pointer as it
 * was there, at the address in hermit_per_core.interrupted. Interrupts are off
 * until that is read. It goes on with the registers as the handler leaves them.
 */
	.section .text.machine_signal_interrupted, "ax", @progbits
	.globl machine_signal_interrupted
	.type machine_signal_interrupted, @function
machine_signal_interrupted:
	/* The flags are the task's until they are saved. */
	leaq -RED_ZONE(%rsp), %rsp
	pushq $0
	pushq %rsp
	pushfq
	addq $RED_ZONE + 8, 8(%rsp)
	orq $0x200, (%rsp)
	pushq $0
	pushq %gs:72 /* hermit_per_core.interrupted */
	sti
	pushq $0
	pushq $0
	save_frame
	pushq $0
	pushq $0
	movq %rsp, %rbx
	movl %cs, %eax
	movq %rax, 160(%rbx)
	movl %ss, %eax
	movq %rax, 184(%rbx)
	/* A frame as if the instruction had called. */
	pushq 152(%rbx)
	pushq %rbp
	movq %rsp, %rbp
	save_vector_state
	movq %rsp, %r12
	movq %rsp, 8(%rbx)
	/* A function finds them so (System V ABI for x86-64, 3.2.3 and 3.4.1). */
	fninit
	pushq $MXCSR_DEFAULT
	ldmxcsr (%rsp)
	movq %r12, %rsp
	movq %rbx, %rdi
	callq machine_take_signals
	restore_vector_state
	leaq 16(%rbx), %rsp
	restore_frame
	.size machine_signal_interrupted, .-machine_signal_interrupted

/*
 * A function returns from the kernel stack, of which nothing is used any
 * more, to a gate, whose address the task's record has. rbp: the gate's frame
 * on the application's stack, below which a traced gate keeps up to 64 bytes.
 *
 * The registers are as they will be where the gate returns to; 0 those that a
 * function need not keep, and vector registers are none. The handler may change
 * all but the stack pointer and the flags.
 */
	.section .text.machine_signal_return, "ax", @progbits
	.globl machine_signal_return
	.type machine_signal_return, @function
machine_signal_return:
	leaq -RED_ZONE(%rbp), %rsp
	andq $-16, %rsp
	.globl machine_signal_return_on_stack
machine_signal_return_on_stack:
	pushq $0
	pushq %rbp
	addq $16, (%rsp)
	pushfq
	pushq $0
	pushq 8(%rbp)
	pushq $0
	pushq $0
	pushq %rax
	pushq %rbx
	pushq $0
	pushq %rdx
	pushq $0
	pushq $0
	pushq (%rbp)
	.rept 4
	pushq $0
	.endr
	pushq %r12
	pushq %r13
	pushq %r14
	pushq %r15
	pushq $0
	pushq $0
	movq %rsp, %rbx
	movl %cs, %eax
	movq %rax, 160(%rbx)
	movl %ss, %eax
	movq %rax, 184(%rbx)
	callq machine_signal_return_address
	movq %rax, %r12
	movq %rbx, %rdi
	callq machine_take_signals
	movq %r12, %r11
	movq 80(%rbx), %rax
	movq %rax, (%rbp)
	movq 152(%rbx), %rax
	movq %rax, 8(%rbp)
	movq 16(%rbx), %r15
	movq 24(%rbx), %r14
	movq 32(%rbx), %r13
	movq 40(%rbx), %r12
	movq 104(%rbx), %rdx
	movq 128(%rbx), %rax
	movq 120(%rbx), %rbx
	movq %gs:8, %rsp
	jmpq *%r11
	.size machine_signal_return, .-machine_signal_return
	isolated_way machine_signal_return, machine_signal_return_isolated

/* machine_begin_task for a task that was sent a signal before it ran. */
	.section .text.machine_begin_signalled_task, "ax", @progbits
	.globl machine_begin_signalled_task
	.type machine_begin_signalled_task, @function
machine_begin_signalled_task:
	callq *machine_task_handlers(%rip)
	fninit
	sti
	.globl machine_take_first_signals
machine_take_first_signals:
	movq %r13, %rsp
	xorl %ebp, %ebp
	xorl %edi, %edi
	callq machine_take_signals
	jmp machine_run_task
	.size machine_begin_signalled_task, .-machine_begin_signalled_task
	isolated_way machine_begin_signalled_task, machine_begin_signalled_isolated

#endif
	.section .note.GNU-stack, "", @progbits
