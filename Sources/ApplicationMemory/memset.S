/*
 * void *memset(void *to, int value, size_t count)
 *
 * For applications. Up to 4 KiB general registers fill, above the string
 * instruction, once the destination is aligned (memcpy.S says why).
 */
#define LARGEST_BY_REGISTERS 4096

	.section .text.memset, "ax", @progbits
	.globl memset
	.type memset, @function
	.balign 32
memset:
	movq %rdi, %rax
	movzbl %sil, %esi
	movabsq $0x0101010101010101, %rcx
	imulq %rcx, %rsi
	cmpq $8, %rdx
	jb 4f
	cmpq $LARGEST_BY_REGISTERS, %rdx
	ja 3f

	/* Where the last eight bytes are. */
	leaq -8(%rdi,%rdx), %rcx
	subq $64, %rdx
	jb 2f
	.balign 16
1:	movq %rsi, (%rdi)
	movq %rsi, 8(%rdi)
	movq %rsi, 16(%rdi)
	movq %rsi, 24(%rdi)
	movq %rsi, 32(%rdi)
	movq %rsi, 40(%rdi)
	movq %rsi, 48(%rdi)
	movq %rsi, 56(%rdi)
	addq $64, %rdi
	subq $64, %rdx
	jae 1b
	/* What is left is below 64; edx has its low bits. */
2:	testl $32, %edx
	jz 5f
	movq %rsi, (%rdi)
	movq %rsi, 8(%rdi)
	movq %rsi, 16(%rdi)
	movq %rsi, 24(%rdi)
	addq $32, %rdi
5:	testl $16, %edx
	jz 6f
	movq %rsi, (%rdi)
	movq %rsi, 8(%rdi)
	addq $16, %rdi
6:	testl $8, %edx
	jz 7f
	movq %rsi, (%rdi)
7:	movq %rsi, (%rcx)
	retq

	/* The first and the last 16 bytes; the rest from a multiple of 16 on. */
3:	movq %rsi, (%rdi)
	movq %rsi, 8(%rdi)
	movq %rsi, -16(%rdi,%rdx)
	movq %rsi, -8(%rdi,%rdx)
	movq %rax, %r8
	leaq (%rdi,%rdx), %rcx
	addq $16, %rdi
	andq $-16, %rdi
	subq %rdi, %rcx
	shrq $3, %rcx
	movq %rsi, %rax
	rep stosq
	movq %r8, %rax
	retq

4:	cmpl $4, %edx
	jb 8f
	movl %esi, (%rdi)
	movl %esi, -4(%rdi,%rdx)
	retq
8:	cmpl $1, %edx
	jb 9f
	movb %sil, (%rdi)
	je 9f
	movw %si, -2(%rdi,%rdx)
9:	retq
	.size memset, .-memset
	.section .note.GNU-stack, "", @progbits
