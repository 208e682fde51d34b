/*
 * void *memcpy(void *to, const void *from, size_t count)
 * void *memmove(void *to, const void *from, size_t count): may overlap
 *
 * By registers: an emulated processor takes 20 ns for each step of a string
 * instruction, on hardware it needs no start-up, and what the kernel and the
 * loader copy is short as a rule. One function, as code that runs once costs by
 * its size.
 */
#if !__STDC_HOSTED__
	.section .text.memmove, "ax", @progbits
	.globl memcpy, memmove
	.type memcpy, @function
	.type memmove, @function
memcpy:
memmove:
	movq %rdi, %rax
	cmpq $16, %rdx
	jb 4f
	movq %rdi, %rcx
	subq %rsi, %rcx
	cmpq %rdx, %rcx
	jb 3f
	/* The last 16 bytes are read before anything is written. */
	movq -16(%rsi,%rdx), %r8
	movq -8(%rsi,%rdx), %r9
	leaq -16(%rdi,%rdx), %r10
	subq $16, %rdx
	jbe 2f
1:	movq (%rsi), %rcx
	movq 8(%rsi), %r11
	movq %rcx, (%rdi)
	movq %r11, 8(%rdi)
	addq $16, %rsi
	addq $16, %rdi
	subq $16, %rdx
	ja 1b
2:	movq %r8, (%r10)
	movq %r9, 8(%r10)
	retq

3:	/* The destination starts inside the source: from the end, the first 16 last. */
	movq (%rsi), %r8
	movq 8(%rsi), %r9
	movq %rdi, %r10
	subq $16, %rdx
	jbe 2b
1:	movq (%rsi,%rdx), %rcx
	movq 8(%rsi,%rdx), %r11
	movq %rcx, (%rdi,%rdx)
	movq %r11, 8(%rdi,%rdx)
	subq $16, %rdx
	ja 1b
	jmp 2b

	/* Less than 16: all is read first. */
4:	cmpq $8, %rdx
	jb 5f
	movq (%rsi), %rcx
	movq -8(%rsi,%rdx), %r8
	movq %rcx, (%rdi)
	movq %r8, -8(%rdi,%rdx)
	retq
5:	cmpq $4, %rdx
	jb 6f
	movl (%rsi), %ecx
	movl -4(%rsi,%rdx), %r8d
	movl %ecx, (%rdi)
	movl %r8d, -4(%rdi,%rdx)
	retq
6:	testq %rdx, %rdx
	jz 7f
	/* The first, the middle and the last. */
	movq %rdx, %r10
	shrq %r10
	movzbl (%rsi), %ecx
	movzbl (%rsi,%r10), %r8d
	movzbl -1(%rsi,%rdx), %r9d
	movb %cl, (%rdi)
	movb %r8b, (%rdi,%r10)
	movb %r9b, -1(%rdi,%rdx)
7:	retq
	.size memcpy, .-memcpy
	.size memmove, .-memmove
#endif
	.section .note.GNU-stack, "", @progbits
