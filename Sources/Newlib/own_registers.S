/*
 * The registers of a thread that takes a signal in a function of the library
 * itself.
 */
	.section .text.__hermit_own_registers, "ax", @progbits
	.globl __hermit_own_registers
	.hidden __hermit_own_registers
	.type __hermit_own_registers, @function
/*
 * (struct hermit_fault *) Those with which this returns; the others, which a
 * function need not keep, are left as they are.
 */
__hermit_own_registers:
	movq %r15, 16(%rdi)
	movq %r14, 24(%rdi)
	movq %r13, 32(%rdi)
	movq %r12, 40(%rdi)
	movq %rbp, 80(%rdi)
	movq %rbx, 120(%rdi)
	movq (%rsp), %rax
	movq %rax, 152(%rdi)
	pushfq
	popq 168(%rdi)
	leaq 8(%rsp), %rax
	movq %rax, 176(%rdi)
	retq
	.size __hermit_own_registers, . - __hermit_own_registers

	.section .note.GNU-stack, "", @progbits
