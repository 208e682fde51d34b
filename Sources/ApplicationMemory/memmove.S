/*
 * void *memmove(void *to, const void *from, size_t count)
 *
 * For applications, which have SSE2. Areas that do not overlap are memcpy's.
 * In the others 64 bytes at a time are read, then written, from the end that
 * the destination does not reach into; what is left at the other end, of 64
 * bytes or less, is read before everything.
 */
	.section .text.memmove, "ax", @progbits
	.globl memmove
	.type memmove, @function
	.balign 32
memmove:
#include "copy.h"

.Labove32:
	cmpq $64, %rdx
	ja 1f
	movups (%rsi), %xmm0
	movups 16(%rsi), %xmm1
	movups -32(%rsi,%rdx), %xmm2
	movups -16(%rsi,%rdx), %xmm3
	movups %xmm0, (%rdi)
	movups %xmm1, 16(%rdi)
	movups %xmm2, -32(%rdi,%rdx)
	movups %xmm3, -16(%rdi,%rdx)
	retq

1:	movq %rdi, %rcx
	subq %rsi, %rcx
	cmpq %rdx, %rcx
	jb .Lbackward
	negq %rcx
	cmpq %rdx, %rcx
	jae memcpy@PLT

	/* The destination starts before the source. */
	movups -64(%rsi,%rdx), %xmm0
	movups -48(%rsi,%rdx), %xmm1
	movups -32(%rsi,%rdx), %xmm2
	movups -16(%rsi,%rdx), %xmm3
	leaq -64(%rdi,%rdx), %rdx
2:	movups (%rsi), %xmm4
	movups 16(%rsi), %xmm5
	movups 32(%rsi), %xmm6
	movups 48(%rsi), %xmm7
	movups %xmm4, (%rdi)
	movups %xmm5, 16(%rdi)
	movups %xmm6, 32(%rdi)
	movups %xmm7, 48(%rdi)
	addq $64, %rsi
	addq $64, %rdi
	cmpq %rdx, %rdi
	jb 2b
	movups %xmm0, (%rdx)
	movups %xmm1, 16(%rdx)
	movups %xmm2, 32(%rdx)
	movups %xmm3, 48(%rdx)
	retq

	/* The destination starts inside of the source, or is the source. */
.Lbackward:
	movups (%rsi), %xmm0
	movups 16(%rsi), %xmm1
	movups 32(%rsi), %xmm2
	movups 48(%rsi), %xmm3
3:	movups -16(%rsi,%rdx), %xmm4
	movups -32(%rsi,%rdx), %xmm5
	movups -48(%rsi,%rdx), %xmm6
	movups -64(%rsi,%rdx), %xmm7
	movups %xmm4, -16(%rdi,%rdx)
	movups %xmm5, -32(%rdi,%rdx)
	movups %xmm6, -48(%rdi,%rdx)
	movups %xmm7, -64(%rdi,%rdx)
	subq $64, %rdx
	cmpq $64, %rdx
	ja 3b
	movups %xmm0, (%rdi)
	movups %xmm1, 16(%rdi)
	movups %xmm2, 32(%rdi)
	movups %xmm3, 48(%rdi)
	retq
	.size memmove, .-memmove
	.section .note.GNU-stack, "", @progbits
