/*
 * Changes of a thread's stack. The task that a thread is has a stack of its
 * own; where the program gave one, the thread's functions run there.
 */
	.text

	.section .text.__hermit_run_on, "ax", @progbits
	.globl __hermit_run_on
	.hidden __hermit_run_on
	.type __hermit_run_on, @function
/* (stack, function, argument, left) */
__hermit_run_on:
	pushq %rbp
	movq %rsp, %rbp
	movq %rsp, (%rcx)
	movq %rdi, %rsp
	movq %rdx, %rdi
	callq *%rsi
	movq %rbp, %rsp
	popq %rbp
	retq
	.size __hermit_run_on, . - __hermit_run_on

	.section .text.__hermit_leave_to, "ax", @progbits
	.globl __hermit_leave_to
	.hidden __hermit_leave_to
	.type __hermit_leave_to, @function
/* (left, function, argument); the function does not return. */
__hermit_leave_to:
	movq %rdi, %rsp
	movq %rdi, %rbp
	movq %rdx, %rdi
	callq *%rsi
	ud2
	.size __hermit_leave_to, . - __hermit_leave_to

	.section .note.GNU-stack, "", @progbits
