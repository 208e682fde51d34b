/*
 * What happens between application and kernel where protection keys keep the
 * kernel's memory from the application. Each of these ways takes the place of
 * one in another file, whose steps are the same but for the rights.
 *
 * The register of rights changes only while the stack pointer is at the end of
 * a kernel stack: an interrupt there sees neither the application with the
 * kernel's rights nor the kernel with the application's (KernelTasks/SignalDelivery).
 *
 * XSAVE does not keep the register, as XCR0 does not name it (tasks.c): no
 * memory of the application's brings rights back.
 */
#if !__STDC_HOSTED__

#include "exception_frame.h"
#include "rights.h"
#include "vector_state.h"

#define RED_ZONE 128
#define KERNEL_STACKS 0xffffe00000000000
#define KERNEL_STACK 8 /* hermit_per_core.kernel_stack */
#define EXCEPTION_STACK 128 /* hermit_per_core.entry_stacks */
#define FAULT_STACK 136
#define INTERRUPT_STACK 144
#define EXCEPTION_LANDING 152 /* hermit_per_core.landings */
#define FAULT_LANDING 160
#define INTERRUPT_LANDING 168
/* Of hermit_per_core.task_state: IST1 and IST2. */
#define EXCEPTION_TARGET (224 + 36)
#define FAULT_TARGET (224 + 44)
#define LANDING_SIZE 128
#define CONFINED_STACK 328 /* hermit_per_core.confined_stack */
#define CONFINED_CALLER 336
/* A frame, the rights of what was interrupted, and eight bytes of nothing. */
#define FRAME_SIZE 192
#define FRAME_RSP 160
#define FRAME_RIGHTS 176

	.section .text.machine_rights_forged, "ax", @progbits
	.globl machine_rights_forged
	.type machine_rights_forged, @function
machine_rights_forged:
	ud2
	.size machine_rights_forged, .-machine_rights_forged

/* start.S: machine_enter_application */
	.section .text.machine_enter_application_isolated, "ax", @progbits
	.globl machine_enter_application_isolated
	.type machine_enter_application_isolated, @function
machine_enter_application_isolated:
	movq %rcx, %rbx
	movq %rdx, %r12
	close_rights
	movq %rbx, %rsp
	movq %r12, %rdx
	xorl %eax, %eax
	xorl %ebx, %ebx
	xorl %ebp, %ebp
	xorl %r8d, %r8d
	xorl %r9d, %r9d
	xorl %r10d, %r10d
	xorl %r11d, %r11d
	xorl %r12d, %r12d
	xorl %r13d, %r13d
	xorl %r14d, %r14d
	xorl %r15d, %r15d
	callq runtime_entry
	movq %gs:KERNEL_STACK, %rsp
	open_rights
	xorl %edi, %edi
	callq kernel_application_returned
	ud2
	.size machine_enter_application_isolated, .-machine_enter_application_isolated

/* start.S: machine_begin_task and machine_run_task; signals.S: machine_begin_signalled_task */
	.section .text.machine_begin_isolated, "ax", @progbits
	.globl machine_begin_task_isolated
	.type machine_begin_task_isolated, @function
machine_begin_task_isolated:
	callq *machine_task_handlers(%rip)
	fninit
	close_rights
	sti
	.globl machine_run_task_isolated
	.type machine_run_task_isolated, @function
machine_run_task_isolated:
	movq %r13, %rsp
	movq %r12, %rdi
	xorl %ebp, %ebp
	callq *%rbx
	movq %gs:KERNEL_STACK, %rsp
	open_rights
	xorl %edi, %edi
	callq *machine_task_handlers+8(%rip)
	ud2
	.size machine_begin_task_isolated, .-machine_begin_task_isolated
	.size machine_run_task_isolated, .-machine_run_task_isolated

	.section .text.machine_begin_signalled_isolated, "ax", @progbits
	.globl machine_begin_signalled_isolated
	.type machine_begin_signalled_isolated, @function
machine_begin_signalled_isolated:
	callq *machine_task_handlers(%rip)
	fninit
	close_rights
	sti
	jmp machine_take_first_signals
	.size machine_begin_signalled_isolated, .-machine_begin_signalled_isolated

/* signals.S: machine_signal_return, where a function returns to instead of its gate */
	.section .text.machine_signal_return_isolated, "ax", @progbits
	.globl machine_signal_return_isolated
	.type machine_signal_return_isolated, @function
machine_signal_return_isolated:
	movq %rax, %r10
	movq %rdx, %r11
	close_rights
	movq %r10, %rax
	movq %r11, %rdx
	leaq -RED_ZONE(%rbp), %rsp
	andq $-16, %rsp
	jmp machine_signal_return_on_stack
	.size machine_signal_return_isolated, .-machine_signal_return_isolated

/*
 * Exceptions and interrupts. The processor has pushed what it pushes onto a
 * landing (hermit_per_core.landings), with the rights of what it has
 * interrupted, and so have the entries: it is the interrupted code's own, and
 * no rights are among it. From there it goes to a stack of the core's own, with
 * the rights above it.
 *
 * A landing, from its lowest word: rbx, rdx, rcx, rax; vector, error; rip, cs,
 * flags, rsp, ss.
 */
	.macro open_landing
	cld
	pushq %rax
	pushq %rcx
	pushq %rdx
	pushq %rbx
	xorl %ecx, %ecx
	rdpkru
	movl %eax, %ebx
	testl %eax, %eax
	jz 94f
	xorl %eax, %eax
	wrpkru
94:	movq %rsp, %rcx
	.endm

	/* The frame, at the stack pointer, of what the landing at rcx and rbx hold. */
	.macro take_landing
	pushq $0
	pushq %rbx
	.irp offset, 80, 72, 64, 56, 48, 40, 32, 24, 0, 16, 8
	pushq \offset(%rcx)
	.endr
	pushq %rsi
	pushq %rdi
	pushq %rbp
	push_high_registers
	.endm

	/*
	 * Back to what the frame at the stack pointer is of: the kernel, as it is,
	 * or the application, over a landing. Whatever else was in the register is
	 * the application's rights from now on.
	 */
	.macro leave_frame landing
	cmpq $0, FRAME_RIGHTS(%rsp)
	jne 93f
	restore_frame
93:	movq %gs:\landing, %rax
	.irp distance, 168, 160, 152, 144, 136
	movq \distance(%rsp), %rcx
	movq %rcx, \distance-176(%rax)
	.endr
	movq 112(%rsp), %rcx /* rax */
	movq %rcx, -48(%rax)
	movq 96(%rsp), %rcx /* rcx */
	movq %rcx, -56(%rax)
	movq 88(%rsp), %rcx /* rdx */
	movq %rcx, -64(%rax)
	leaq -64(%rax), %rcx
	pop_high_registers
	popq %rbp
	popq %rdi
	popq %rsi
	movq 16(%rsp), %rbx
	movq %rcx, %rsp
	close_rights
	popq %rdx
	popq %rcx
	popq %rax
	iretq
	.endm

	/* exceptions.S and faults.S */
	.macro exception_way name, handler
	.section .text.\name, "ax", @progbits
	.globl \name
	.type \name, @function
\name:
	open_landing
	movq %gs:FAULT_STACK, %rsp
	cmpq $8, 32(%rcx) /* double fault */
	je 1f
	cmpq $18, 32(%rcx) /* machine check */
	je 1f
	cmpl $HERMIT_CONFINED_RIGHTS, %ebx
	je machine_confined_ended
	movq %gs:EXCEPTION_STACK, %rsp
1:	take_landing
	movq %rsp, %rdi
	movq %rsp, %rbp
	andq $-16, %rsp
	callq \handler
	movq %rbp, %rsp
	leave_frame EXCEPTION_LANDING
	.size \name, .-\name
	.endm

	exception_way machine_exception_isolated, kernel_exception
	exception_way machine_fault_isolated, kernel_fault

/*
 * machine_call_confined(first, second, function, result): with neither the kernel's
 * memory nor its stack, which holds what the call must keep. The processor leaves an
 * exception at the end of the function's own stack: the application's landings are not
 * the function's to write. It is over with its first exception.
 */
	.section .text.machine_call_confined, "ax", @progbits
	.globl machine_call_confined
	.type machine_call_confined, @function
machine_call_confined:
	pushq %rcx
	callq *%rdx
	popq %rcx
	movq %rax, (%rcx)
	movl $1, %eax
	retq
	.size machine_call_confined, .-machine_call_confined
	isolated_way machine_call_confined, machine_call_confined_isolated

	.section .text.machine_call_confined_isolated, "ax", @progbits
	.globl machine_call_confined_isolated
	.type machine_call_confined_isolated, @function
	.type machine_confined_ended, @function
machine_call_confined_isolated:
	pushq %rbp
	movq %rsp, %rbp
	pushq %rbx
	pushq %r12
	pushq %r13
	pushq %r14
	pushq %r15
	pushq %rcx
	pushfq
	cli
	movq %rsp, %gs:CONFINED_CALLER
	movq %gs:CONFINED_STACK, %rax
	movq %rax, %gs:EXCEPTION_TARGET
	subq $LANDING_SIZE, %rax
	movq %rax, %gs:FAULT_TARGET
	subq $LANDING_SIZE, %rax
	movq %rax, %rsp
	movq %rdx, %r11
	movl $HERMIT_CONFINED_RIGHTS, %eax
	xorl %ecx, %ecx
	xorl %edx, %edx
	wrpkru
	cmpl $HERMIT_CONFINED_RIGHTS, %eax
	jne machine_rights_forged
	xorl %ebp, %ebp
	callq *%r11
	movq %rax, %r8
	open_rights
	movl $1, %r9d
1:	movq %gs:CONFINED_CALLER, %rsp
	movq %gs:EXCEPTION_LANDING, %rax
	movq %rax, %gs:EXCEPTION_TARGET
	movq %gs:FAULT_LANDING, %rax
	movq %rax, %gs:FAULT_TARGET
	cld
	popfq
	popq %rcx
	popq %r15
	popq %r14
	popq %r13
	popq %r12
	popq %rbx
	popq %rbp
	movq %r8, (%rcx)
	movl %r9d, %eax
	retq
	.size machine_call_confined_isolated, .-machine_call_confined_isolated
	/* An exception's entry, with the kernel's rights. */
machine_confined_ended:
	movq %cr2, %r8
	xorl %r9d, %r9d
	jmp 1b
	.size machine_confined_ended, .-machine_confined_ended

/* interrupts.S */
	.section .text.machine_interrupt_isolated, "ax", @progbits
	.globl machine_interrupt_isolated
	.type machine_interrupt_isolated, @function
machine_interrupt_isolated:
	open_landing
	movq %gs:INTERRUPT_STACK, %rsp
	take_landing
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
	movq %gs:KERNEL_STACK, %rdi
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

4:	movq machine_interrupt_handlers+16(%rip), %rax
	testq %rax, %rax
	jz 5f
	movq %rsp, %r12
	movq %rsp, %rdi
	andq $-16, %rsp
	callq *%rax
	movq %r12, %rsp

5:	leave_frame INTERRUPT_LANDING
	.size machine_interrupt_isolated, .-machine_interrupt_isolated

#endif
	.section .note.GNU-stack, "", @progbits
