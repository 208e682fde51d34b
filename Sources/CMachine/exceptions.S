/*
 * The 32 exception entries. All run on stacks of their own (IST), so that an
 * overflow of any other stack still has somewhere to be reported; the double
 * fault and the machine check have one more. While a fault is reported,
 * exceptions run on a third one: the report's own frames stay whole when what
 * it reads is not there.
 */
#if !__STDC_HOSTED__

	.section .text.machine_exceptions, "ax", @progbits
	.macro entry number
	.balign 16
machine_exception_\number:
	.if \number == 8 || (\number >= 10 && \number <= 14) || \number == 17 || \number == 21 || \number == 29 || \number == 30
	.else
	pushq $0
	.endif
	pushq $\number
	jmp machine_exception_common
	.endm

	.altmacro
	.set number, 0
	.rept 32
	entry %number
	.set number, number + 1
	.endr

machine_exception_common:
	cld
	pushq %rax
	pushq %rbx
	pushq %rcx
	pushq %rdx
	pushq %rsi
	pushq %rdi
	pushq %rbp
	pushq %r8
	pushq %r9
	pushq %r10
	pushq %r11
	pushq %r12
	pushq %r13
	pushq %r14
	pushq %r15
	movq %rsp, %rdi
	movq %rsp, %rbp
	andq $-16, %rsp
	callq kernel_exception
	movq %rbp, %rsp
	popq %r15
	popq %r14
	popq %r13
	popq %r12
	popq %r11
	popq %r10
	popq %r9
	popq %r8
	popq %rbp
	popq %rdi
	popq %rsi
	popq %rdx
	popq %rcx
	popq %rbx
	popq %rax
	addq $16, %rsp
	iretq

	.section .data.rel.ro.machine_exception_entries, "aw", @progbits
	.globl machine_exception_entries
	.balign 8
	.macro address number
	.quad machine_exception_\number
	.endm
machine_exception_entries:
	.set number, 0
	.rept 32
	address %number
	.set number, number + 1
	.endr

#endif
	.section .note.GNU-stack, "", @progbits
