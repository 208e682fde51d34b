/*
 * void *memset(void *to, int value, size_t count)
 *
 * For applications, which have SSE2. Up to 128 bytes without a loop; above,
 * the string instruction, once the destination is aligned.
 */
	.section .text.memset, "ax", @progbits
	.globl memset
	.type memset, @function
	.balign 32
memset:
	movq %rdi, %rax
	movzbl %sil, %esi
	movabsq $0x0101010101010101, %rcx
	imulq %rcx, %rsi
	cmpq $16, %rdx
	jb 4f
	movq %rsi, %xmm0
	punpcklqdq %xmm0, %xmm0
	movups %xmm0, (%rdi)
	movups %xmm0, -16(%rdi,%rdx)
	cmpq $32, %rdx
	jbe 7f
	cmpq $128, %rdx
	ja 3f
	movups %xmm0, 16(%rdi)
	movups %xmm0, -32(%rdi,%rdx)
	cmpl $64, %edx
	jbe 7f
	movups %xmm0, 32(%rdi)
	movups %xmm0, 48(%rdi)
	movups %xmm0, -64(%rdi,%rdx)
	movups %xmm0, -48(%rdi,%rdx)
	retq

	/* Both ends are filled; the rest from the first multiple of 16 on. */
3:	movq %rax, %r8
	leaq (%rdi,%rdx), %rcx
	addq $16, %rdi
	andq $-16, %rdi
	subq %rdi, %rcx
	shrq $3, %rcx
	movq %rsi, %rax
	rep stosq
	movq %r8, %rax
	retq

4:	cmpl $8, %edx
	jb 5f
	movq %rsi, (%rdi)
	movq %rsi, -8(%rdi,%rdx)
	retq
5:	cmpl $4, %edx
	jb 6f
	movl %esi, (%rdi)
	movl %esi, -4(%rdi,%rdx)
	retq
6:	cmpl $1, %edx
	jb 7f
	movb %sil, (%rdi)
	je 7f
	movw %si, -2(%rdi,%rdx)
7:	retq
	.size memset, .-memset
	.section .note.GNU-stack, "", @progbits
