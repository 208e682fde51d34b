/*
 * The copies between the application's memory and the kernel's. An
 * exception at one of the copying instructions, on memory that is not
 * there, goes on behind it: machine_recovery says where (Kernel/Main/Faults).
 */
#if !__STDC_HOSTED__

/* size_t machine_copy(void *to, const void *from, size_t count): the bytes not copied */
	.section .text.machine_copy, "ax", @progbits
	.globl machine_copy
	.type machine_copy, @function
machine_copy:
	movq %rdx, %rcx
	cmpq $32, %rdx
	jb 2f
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
	movl %edx, %ecx
2:
machine_copy_bytes:
	rep movsb
3:	movq %rcx, %rax
	retq
machine_copy_head_failed:
	leaq (%rdx,%rcx), %rax
	retq
machine_copy_words_failed:
	leaq (%rdx,%rcx,8), %rax
	retq
	.size machine_copy, .-machine_copy

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
	leaq machine_copy_bytes(%rip), %rdx
	leaq 3b(%rip), %rax
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
