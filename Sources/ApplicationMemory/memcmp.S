/*
 * int memcmp(const void *a, const void *b, size_t count)
 *
 * Eight bytes at a time; the last eight overlap those before. Byte order is
 * reversed to tell which of two words that differ is the larger.
 */
	.section .text.memcmp, "ax", @progbits
	.globl memcmp
	.type memcmp, @function
	.balign 32
memcmp:
	cmpq $8, %rdx
	jb 3f
	leaq -8(%rdx), %r8
	xorl %ecx, %ecx
	cmpq %r8, %rcx
	jae 2f
1:	movq (%rdi,%rcx), %rax
	movq (%rsi,%rcx), %r9
	cmpq %r9, %rax
	jne 6f
	addq $8, %rcx
	cmpq %r8, %rcx
	jb 1b
2:	movq (%rdi,%r8), %rax
	movq (%rsi,%r8), %r9
	cmpq %r9, %rax
	jne 6f
	xorl %eax, %eax
	retq

3:	cmpl $4, %edx
	jb 4f
	/* The first four and the last four bytes, as one number each. */
	movl (%rdi), %eax
	movl (%rsi), %r9d
	movl -4(%rdi,%rdx), %ecx
	movl -4(%rsi,%rdx), %r8d
	shlq $32, %rcx
	shlq $32, %r8
	orq %rcx, %rax
	orq %r8, %r9
	jmp 5f
4:	xorl %eax, %eax
	testl %edx, %edx
	jz 7f
	/* First, middle and last byte, of which some may be the same. */
	movl %edx, %ecx
	shrl $1, %ecx
	movzbl (%rdi), %eax
	movzbl (%rdi,%rcx), %r8d
	shll $8, %r8d
	orl %r8d, %eax
	movzbl -1(%rdi,%rdx), %r8d
	shll $16, %r8d
	orl %r8d, %eax
	movzbl (%rsi), %r9d
	movzbl (%rsi,%rcx), %r8d
	shll $8, %r8d
	orl %r8d, %r9d
	movzbl -1(%rsi,%rdx), %r8d
	shll $16, %r8d
	orl %r8d, %r9d
5:	cmpq %r9, %rax
	je 8f
6:	bswapq %rax
	bswapq %r9
	cmpq %r9, %rax
	sbbl %eax, %eax
	orl $1, %eax
7:	retq
8:	xorl %eax, %eax
	retq
	.size memcmp, .-memcmp
	.section .note.GNU-stack, "", @progbits
