/*
 * The image's entry and the changes of stack. `_start(boot_info, cpu)` gets
 * a stack from the loader, but takes the image's own at once: the loader's
 * memory is given back early.
 */
#if !__STDC_HOSTED__

#include "rights.h"

	.section .note.hermit, "a", @note
	.balign 4
	.long 7, 1, 0x5a00
	.asciz "HERMIT"
	.balign 4
	.byte 4
	.balign 4
	.long 4, 16, 1
	.asciz "GNU"
	.balign 4
	.long 6, 0, 1, 0

	.section .bss.machine_boot_stack, "aw", @nobits
	.globl machine_boot_stack, machine_boot_stack_top
	.balign 16
machine_boot_stack:
	.skip 16384
machine_boot_stack_top:

	.section .text._start, "ax", @progbits
	.globl _start
	.type _start, @function
_start:
	cld
	cli
	leaq machine_boot_stack_top(%rip), %rsp
	xorl %ebp, %ebp
	callq kernel_main
	ud2
	.size _start, .-_start

/* machine_load_segments(gdt, limit): code 0x08, data 0x10, task state 0x18 */
	.section .text.machine_load_segments, "ax", @progbits
	.globl machine_load_segments
	.type machine_load_segments, @function
machine_load_segments:
	subq $24, %rsp
	movw %si, 6(%rsp)
	movq %rdi, 8(%rsp)
	lgdt 6(%rsp)
	addq $24, %rsp
	movl $0x10, %eax
	movl %eax, %ds
	movl %eax, %es
	movl %eax, %ss
	xorl %eax, %eax
	movl %eax, %fs
	movl %eax, %gs
	movl $0x18, %eax
	ltr %ax
	popq %rax
	pushq $0x08
	pushq %rax
	lretq
	.size machine_load_segments, .-machine_load_segments

/* machine_run_on_stack(top, function): leaves the present stack for good */
	.section .text.machine_run_on_stack, "ax", @progbits
	.globl machine_run_on_stack
	.type machine_run_on_stack, @function
machine_run_on_stack:
	movq %rdi, %rsp
	xorl %ebp, %ebp
	callq *%rsi
	ud2
	.size machine_run_on_stack, .-machine_run_on_stack

/*
 * machine_enter_application(argc, argv, envp, stack_top): of the kernel's
 * stack nothing is used any more, and all of it is the gate's; the application
 * runs on its own, and finds nothing of the kernel's in its registers.
 */
	.section .text.machine_enter_application, "ax", @progbits
	.globl machine_enter_application
	.type machine_enter_application, @function
machine_enter_application:
	movq %rcx, %rsp
	xorl %eax, %eax
	xorl %ecx, %ecx
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
	xorl %edi, %edi
	movq %gs:8, %rsp
	callq kernel_application_returned
	ud2
	.size machine_enter_application, .-machine_enter_application
	isolated_way machine_enter_application, machine_enter_application_isolated

/*
 * machine_switch(save, stack_pointer): leaves the present stack, whose pointer
 * goes to *save, for another that was left in the same way. What a function
 * must keep is kept on the stack; vector registers are none of that, their
 * control words are.
 */
	.section .text.machine_switch, "ax", @progbits
	.globl machine_switch
	.type machine_switch, @function
machine_switch:
	pushq %rbp
	pushq %rbx
	pushq %r12
	pushq %r13
	pushq %r14
	pushq %r15
	pushq $0
	stmxcsr (%rsp)
	fnstcw 4(%rsp)
	movq (%rsp), %rax
	movq %rsp, (%rdi)
	movq %rsi, %rsp
	cmpq (%rsp), %rax
	jne 2f
1:	addq $8, %rsp
	popq %r15
	popq %r14
	popq %r13
	popq %r12
	popq %rbx
	popq %rbp
	retq
	/* To load them takes longer than to compare, and they seldom differ. */
2:	ldmxcsr (%rsp)
	fldcw 4(%rsp)
	jmp 1b
	.size machine_switch, .-machine_switch

/*
 * The first steps of a task, by machine_switch: on its kernel stack, of which
 * nothing is used, with interrupts off. rbx: the function, r12: its argument,
 * r13: the application's stack.
 */
	.section .text.machine_begin_task, "ax", @progbits
	.globl machine_begin_task, machine_run_task
	.type machine_begin_task, @function
machine_begin_task:
	callq *machine_task_handlers(%rip)
	fninit
	sti
machine_run_task:
	movq %r13, %rsp
	movq %r12, %rdi
	xorl %ebp, %ebp
	callq *%rbx
	xorl %edi, %edi
	movq %gs:8, %rsp
	callq *machine_task_handlers+8(%rip)
	ud2
	.size machine_begin_task, .-machine_begin_task
	isolated_way machine_begin_task, machine_begin_task_isolated
	isolated_way machine_run_task, machine_run_task_isolated

/*
 * machine_begin_idle: the same of a core's idle loop, which has no other
 * stack. An interrupt goes on with what there is to do. The core says that it
 * rests with interrupts off: nothing of it runs until the next one comes.
 */
	.section .text.machine_begin_idle, "ax", @progbits
	.globl machine_begin_idle, machine_idle
	.type machine_begin_idle, @function
machine_begin_idle:
	callq *machine_task_handlers(%rip)
machine_idle:
	xorl %ebp, %ebp
	andq $-16, %rsp
1:	movq machine_idle_work(%rip), %rax
	testq %rax, %rax
	jz 2f
	callq *%rax
2:	cli
	movq $1, %gs:40 /* hermit_per_core.is_resting */
	sti
	hlt
	jmp 1b
	.size machine_begin_idle, .-machine_begin_idle

/* No way on: sleep for ever, interrupts off. */
	.section .text.machine_stop, "ax", @progbits
	.globl machine_stop
	.type machine_stop, @function
machine_stop:
	cli
1:	hlt
	jmp 1b
	.size machine_stop, .-machine_stop

#endif
	.section .note.GNU-stack, "", @progbits
