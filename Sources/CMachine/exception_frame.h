/*
 * A struct machine_exception_frame on the stack of an exception: its vector
 * with an error code, 0 where the processor gives none; the registers; and
 * the way back.
 */
	.macro push_vector number
	.if \number == 8 || (\number >= 10 && \number <= 14) || \number == 17 || \number == 21 || \number == 29 || \number == 30
	.else
	pushq $0
	.endif
	pushq $\number
	.endm

	/* All general registers but rbp and rsp, in two halves. */
	.macro push_low_registers
	pushq %rax
	pushq %rbx
	pushq %rcx
	pushq %rdx
	pushq %rsi
	pushq %rdi
	.endm

	.macro push_high_registers
	pushq %r8
	pushq %r9
	pushq %r10
	pushq %r11
	pushq %r12
	pushq %r13
	pushq %r14
	pushq %r15
	.endm

	.macro pop_high_registers
	popq %r15
	popq %r14
	popq %r13
	popq %r12
	popq %r11
	popq %r10
	popq %r9
	popq %r8
	.endm

	.macro pop_low_registers
	popq %rdi
	popq %rsi
	popq %rdx
	popq %rcx
	popq %rbx
	popq %rax
	.endm

	.macro save_frame
	cld
	push_low_registers
	pushq %rbp
	push_high_registers
	.endm

	.macro restore_frame
	pop_high_registers
	popq %rbp
	pop_low_registers
	addq $16, %rsp
	iretq
	.endm
