/*
 * The entries of device interrupts. They run on a stack of their own (IST):
 * below an application's stack pointer its red zone begins. Interrupts stay
 * off there. Where another task is to run, the frame moves to the kernel stack
 * of the task that was interrupted, and the change is made from there: the
 * interrupts' stack is free for the next one.
 */
#if !__STDC_HOSTED__

#include "exception_frame.h"
#include "rights.h"
#include "vector_state.h"

#define FRAME_SIZE 176
#define FRAME_RSP 160
/* KernelMemory/Layout.kernelStacks: no application's stack lies above. */
#define KERNEL_STACKS 0xffffe00000000000

	.section .text.machine_interrupts, "ax", @progbits
	.macro interrupt number
	.balign 16
machine_interrupt_\number:
	pushq $0
	pushq $\number
	jmp machine_interrupt_common
	.endm

	.altmacro
	.set number, 32
	.rept 16
	interrupt %number
	.set number, number + 1
	.endr

machine_interrupt_common:
	save_frame
	movq %rsp, %r12
	movq 120(%rsp), %rdi
	andq $-16, %rsp
	callq *machine_interrupt_handlers(%rip)
	movq %r12, %rsp
	testl %eax, %eax
	jz 4f

	/* Another task: rbx says that vector registers are in use. */
	xorl %ebx, %ebx
	movq FRAME_RSP(%rsp), %rdi
	movabsq $KERNEL_STACKS, %rax
	cmpq %rax, %rdi
	jae 1f
	movq %gs:8, %rdi
	incl %ebx
1:	andq $-16, %rdi
	subq $FRAME_SIZE, %rdi
	movq %rsp, %rsi
	movq %rdi, %r12
	movl $FRAME_SIZE / 8, %ecx
	rep movsq
	movq %r12, %rsp
	testl %ebx, %ebx
	jz 3f

	save_vector_state
	callq *machine_interrupt_handlers+8(%rip)
	restore_vector_state
	movq %r12, %rsp
	jmp 4f
3:	callq *machine_interrupt_handlers+8(%rip)

	/* Back to what was interrupted, unless a signal is to be taken first. */
4:	movq machine_interrupt_handlers+16(%rip), %rax
	testq %rax, %rax
	jz 5f
	movq %rsp, %r12
	movq %rsp, %rdi
	andq $-16, %rsp
	callq *%rax
	movq %r12, %rsp

5:	restore_frame
	isolated_way machine_interrupt_common, machine_interrupt_isolated

	.section .data.rel.ro.machine_interrupt_entries, "aw", @progbits
	.globl machine_interrupt_entries
	.balign 8
	.macro address number
	.quad machine_interrupt_\number
	.endm
machine_interrupt_entries:
	.set number, 32
	.rept 16
	address %number
	.set number, number + 1
	.endr

#endif
	.section .note.GNU-stack, "", @progbits
