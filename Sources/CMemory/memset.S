/* void *memset(void *to, int value, size_t count): by registers, as memmove.S says */
#if !__STDC_HOSTED__
	.section .text.memset, "ax", @progbits
	.globl memset
	.type memset, @function
memset:
	movzbl %sil, %eax
	movabsq $0x0101010101010101, %rcx
	imulq %rcx, %rax
	cmpq $16, %rdx
	jb 3f
	/* The last 16 bytes, then all before them. */
	movq %rax, -16(%rdi,%rdx)
	movq %rax, -8(%rdi,%rdx)
	movq %rdi, %rcx
	subq $16, %rdx
	jbe 2f
1:	movq %rax, (%rcx)
	movq %rax, 8(%rcx)
	addq $16, %rcx
	subq $16, %rdx
	ja 1b
2:	movq %rdi, %rax
	retq
3:	cmpq $4, %rdx
	jb 4f
	movl %eax, (%rdi)
	movl %eax, -4(%rdi,%rdx)
	cmpq $8, %rdx
	jb 2b
	movl %eax, 4(%rdi)
	movl %eax, -8(%rdi,%rdx)
	jmp 2b
4:	testq %rdx, %rdx
	jz 2b
	/* The first, the middle and the last. */
	movb %al, (%rdi)
	movb %al, -1(%rdi,%rdx)
	shrq %rdx
	movb %al, (%rdi,%rdx)
	jmp 2b
	.size memset, .-memset
#endif
	.section .note.GNU-stack, "", @progbits
