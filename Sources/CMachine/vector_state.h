/*
 * Saving the vector registers below the stack pointer, and restoring them:
 * by XSAVE, or by FXSAVE where r13d, machine_vector_state's mask, is 0. The
 * stack pointer must be the same at both. Clobbers rax, rcx, rdx and rdi.
 */
	.macro save_vector_state
	subq machine_vector_state(%rip), %rsp
	andq $-64, %rsp
	movl machine_vector_state+8(%rip), %r13d
	testl %r13d, %r13d
	jz 91f
	/* The header must be zero (Intel SDM 1, 13.7). */
	leaq 512(%rsp), %rdi
	xorl %eax, %eax
	movl $8, %ecx
	rep stosq
	movl %r13d, %eax
	xorl %edx, %edx
	xsave64 (%rsp)
	jmp 92f
91:	fxsave64 (%rsp)
92:
	.endm

	.macro restore_vector_state
	testl %r13d, %r13d
	jz 91f
	movl %r13d, %eax
	xorl %edx, %edx
	xrstor64 (%rsp)
	jmp 92f
91:	fxrstor64 (%rsp)
92:
	.endm
