/*
 * The ways to the program's handler of signals. All end in
 * machine_take_signals, which runs on the application's stack as the
 * application's own code does: it can be interrupted, changes cores, fills
 * pages of its stack, and may never come back, because a handler may leave by
 * longjmp. The kernel stack is not in use meanwhile.
 */
#if !__STDC_HOSTED__

#include "exception_frame.h"
#include "vector_state.h"

#define RED_ZONE 128
#define MXCSR_DEFAULT 0x1f80

/*
 * machine_take_signals: calls the handler for every signal that the task
 * takes. The record that machine_signal_handlers.next fills is a struct
 * machine_signal.
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
	pushq $0
	pushq $0
	xorl %esi, %esi
1:	movq %rsp, %rdi
	movq machine_signal_handlers(%rip), %rdx
	callq machine_call_on_kernel_stack
	testl %eax, %eax
	jz 2f
	movl %eax, %edi
	callq *8(%rsp)
	movl $1, %esi
	jmp 1b
2:	leave
	.cfi_def_cfa %rsp, 8
	retq
	.cfi_endproc
	.size machine_take_signals, .-machine_take_signals

/*
 * The task was interrupted in the application, with the stack pointer as it
 * was there, at the address in hermit_per_core.interrupted. Interrupts are off
 * until that is read. Everything is as it was when it goes on there.
 */
	.section .text.machine_signal_interrupted, "ax", @progbits
	.globl machine_signal_interrupted
	.type machine_signal_interrupted, @function
machine_signal_interrupted:
	leaq -RED_ZONE(%rsp), %rsp
	pushq %gs:72 /* hermit_per_core.interrupted */
	pushq %rbp
	movq %rsp, %rbp
	pushfq
	orq $0x200, (%rsp)
	sti
	cld
	push_low_registers
	push_high_registers
	save_vector_state
	movq %rsp, %r12
	/* A function finds them so (System V ABI for x86-64, 3.2.3 and 3.4.1). */
	fninit
	pushq $MXCSR_DEFAULT
	ldmxcsr (%rsp)
	movq %r12, %rsp
	callq machine_take_signals
	restore_vector_state
	leaq -15 * 8(%rbp), %rsp
	pop_high_registers
	pop_low_registers
	popfq
	popq %rbp
	retq $RED_ZONE
	.size machine_signal_interrupted, .-machine_signal_interrupted

/*
 * A function returns from the kernel stack, of which nothing is used any
 * more, to a gate, whose address the task's record has. rbp: the gate's frame
 * on the application's stack, below which a traced gate keeps up to 64 bytes.
 * Vector registers are nothing that a function must keep.
 */
	.section .text.machine_signal_return, "ax", @progbits
	.globl machine_signal_return
	.type machine_signal_return, @function
machine_signal_return:
	leaq -RED_ZONE(%rbp), %rsp
	andq $-16, %rsp
	pushq %rax
	pushq %rdx
	movq machine_signal_handlers+8(%rip), %rdx
	callq machine_call_on_kernel_stack
	pushq %rax
	pushq %rax
	callq machine_take_signals
	popq %r11
	popq %r11
	popq %rdx
	popq %rax
	movq %gs:8, %rsp
	jmpq *%r11
	.size machine_signal_return, .-machine_signal_return

/* machine_begin_task for a task that was sent a signal before it ran. */
	.section .text.machine_begin_signalled_task, "ax", @progbits
	.globl machine_begin_signalled_task
	.type machine_begin_signalled_task, @function
machine_begin_signalled_task:
	callq *machine_task_handlers(%rip)
	fninit
	sti
	movq %r13, %rsp
	xorl %ebp, %ebp
	callq machine_take_signals
	jmp machine_run_task
	.size machine_begin_signalled_task, .-machine_begin_signalled_task

#endif
	.section .note.GNU-stack, "", @progbits
