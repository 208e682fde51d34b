/*
 * The copies between the application's memory and the kernel's. An
 * exception at one of the copying instructions, on memory that is not
 * there, goes on behind it: machine_recovery says where (Kernel/Main/Faults).
 */
#if !__STDC_HOSTED__

/*
 * size_t machine_copy(void *to, const void *from, size_t count): the bytes not copied
 *
 * By registers; what is long by string instructions where the processor is one
 * (machine_choose_copy). The addresses and the count in the argument registers
 * always say what is left, so that after an exception the rest is copied byte by
 * byte, as far as it goes.
 */
#define LARGEST_BY_REGISTERS 1024

	.macro move_32 offset
	movq \offset(%rsi), %rax
	movq \offset+8(%rsi), %rcx
	movq \offset+16(%rsi), %r8
	movq \offset+24(%rsi), %r9
	movq %rax, \offset(%rdi)
	movq %rcx, \offset+8(%rdi)
	movq %r8, \offset+16(%rdi)
	movq %r9, \offset+24(%rdi)
	.endm

	.section .text.machine_copy, "ax", @progbits
	.globl machine_copy
	.type machine_copy, @function
machine_copy:
machine_copy_registers:
	cmpq $4, %rdx
	jb 6f
	cmpq $64, %rdx
	ja 14f
	cmpq $32, %rdx
	jb 3f
	move_32 0
	jmp 15f
14:	cmpq $LARGEST_BY_REGISTERS, %rdx
	ja 8f
0:	cmpq $128, %rdx
	jb 1f
10:	.irp offset, 0, 32, 64, 96
	move_32 \offset
	.endr
	subq $-128, %rsi
	subq $-128, %rdi
	addq $-128, %rdx
	cmpq $128, %rdx
	jae 10b
	cmpq $32, %rdx
	jb 11f
1:	move_32 0
	addq $32, %rsi
	addq $32, %rdi
	subq $32, %rdx
	cmpq $32, %rdx
	jae 1b
	/* The rest with the end of what is done. */
11:	testq %rdx, %rdx
	jz 2f
15:	movq -32(%rsi,%rdx), %rax
	movq -24(%rsi,%rdx), %rcx
	movq -16(%rsi,%rdx), %r8
	movq -8(%rsi,%rdx), %r9
	movq %rax, -32(%rdi,%rdx)
	movq %rcx, -24(%rdi,%rdx)
	movq %r8, -16(%rdi,%rdx)
	movq %r9, -8(%rdi,%rdx)
2:	xorl %eax, %eax
	retq
3:	cmpq $16, %rdx
	jb 4f
	movq (%rsi), %rax
	movq 8(%rsi), %rcx
	movq -16(%rsi,%rdx), %r8
	movq -8(%rsi,%rdx), %r9
	movq %rax, (%rdi)
	movq %rcx, 8(%rdi)
	movq %r8, -16(%rdi,%rdx)
	movq %r9, -8(%rdi,%rdx)
	xorl %eax, %eax
	retq
4:	cmpq $8, %rdx
	jb 5f
	movq (%rsi), %rax
	movq -8(%rsi,%rdx), %rcx
	movq %rax, (%rdi)
	movq %rcx, -8(%rdi,%rdx)
	xorl %eax, %eax
	retq
5:	movl (%rsi), %eax
	movl -4(%rsi,%rdx), %ecx
	movl %eax, (%rdi)
	movl %ecx, -4(%rdi,%rdx)
	xorl %eax, %eax
	retq
6:	testq %rdx, %rdx
	jz 7f
	/* The first, the middle and the last. */
	movq %rdx, %r10
	shrq %r10
	movzbl (%rsi), %eax
	movzbl (%rsi,%r10), %ecx
	movzbl -1(%rsi,%rdx), %r8d
	movb %al, (%rdi)
	movb %cl, (%rdi,%r10)
	movb %r8b, -1(%rdi,%rdx)
7:	xorl %eax, %eax
	retq
machine_copy_registers_end:
8:	cmpb $0, machine_copies_by_strings(%rip)
	je 0b
	movl %edi, %r8d /* single bytes until the destination is aligned */
	negl %r8d
	andl $7, %r8d
	subq %r8, %rdx
	movl %r8d, %ecx
machine_copy_head:
	rep movsb
	movq %rdx, %rcx
	shrq $3, %rcx
	andl $7, %edx
machine_copy_words:
	rep movsq
machine_copy_rest:
	movq %rdx, %rcx
machine_copy_bytes:
	rep movsb
9:	movq %rcx, %rax
	retq
machine_copy_head_failed:
	leaq (%rdx,%rcx), %rax
	retq
machine_copy_words_failed:
	leaq (%rdx,%rcx,8), %rax
	retq
	.size machine_copy, .-machine_copy

/*
 * void machine_choose_copy(void): long copies are string instructions from now on
 * where the processor executes them as such, and not QEMU's emulation, for which
 * each step is one of its loop: the hypervisor's leaf starts with "TCGT".
 */
	.section .text.machine_choose_copy, "ax", @progbits
	.globl machine_choose_copy
	.type machine_choose_copy, @function
machine_choose_copy:
	pushq %rbx
	movl $1, %eax
	cpuid
	testl %ecx, %ecx /* bit 31: there is a hypervisor */
	jns 1f
	movl $0x40000000, %eax
	cpuid
	cmpl $0x54474354, %ebx
	je 2f
1:	movb $1, machine_copies_by_strings(%rip)
2:	popq %rbx
	retq
	.size machine_choose_copy, .-machine_choose_copy

	.section .bss.machine_copies_by_strings, "aw", @nobits
	.type machine_copies_by_strings, @object
machine_copies_by_strings:
	.skip 1
	.size machine_copies_by_strings, 1

/*
 * int32_t machine_store_pair(void *to, uint64_t first, uint64_t second): 0, or
 * what kernel_bad_address returns
 */
	.section .text.machine_store_pair, "ax", @progbits
	.globl machine_store_pair
	.type machine_store_pair, @function
machine_store_pair:
machine_store_first:
	movq %rsi, (%rdi)
machine_store_second:
	movq %rdx, 8(%rdi)
	xorl %eax, %eax
	retq
machine_store_failed:
	jmp kernel_bad_address
	.size machine_store_pair, .-machine_store_pair

/* uint64_t machine_recovery(uint64_t address): where to go on, or 0 */
	.section .text.machine_recovery, "ax", @progbits
	.globl machine_recovery
	.type machine_recovery, @function
machine_recovery:
	leaq machine_copy_registers(%rip), %rdx
	leaq machine_copy_rest(%rip), %rax
	movq %rdi, %rcx
	subq %rdx, %rcx
	cmpq $machine_copy_registers_end - machine_copy_registers, %rcx
	jb 4f
	leaq machine_copy_bytes(%rip), %rdx
	leaq 9b(%rip), %rax
	cmpq %rdx, %rdi
	je 4f
	leaq machine_copy_words(%rip), %rdx
	leaq machine_copy_words_failed(%rip), %rax
	cmpq %rdx, %rdi
	je 4f
	leaq machine_copy_head(%rip), %rdx
	leaq machine_copy_head_failed(%rip), %rax
	cmpq %rdx, %rdi
	je 4f
	leaq machine_store_first(%rip), %rdx
	leaq machine_store_failed(%rip), %rax
	cmpq %rdx, %rdi
	je 4f
	leaq machine_store_second(%rip), %rdx
	cmpq %rdx, %rdi
	je 4f
	xorl %eax, %eax
4:	retq
	.size machine_recovery, .-machine_recovery
#endif
	.section .note.GNU-stack, "", @progbits
