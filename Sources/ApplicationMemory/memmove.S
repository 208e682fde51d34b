/*
 * void *memmove(void *to, const void *from, size_t count)
 *
 * As memcpy, and the areas may overlap. The ends are read before the rest is
 * written.
 */
	.section .text.memmove, "ax", @progbits
	.globl memmove
	.type memmove, @function
	.balign 32
memmove:
#include "copy.h"

.Llarge:
	movups (%rsi), %xmm0
	movups -16(%rsi,%rdx), %xmm1
	movq %rdi, %rcx
	subq %rsi, %rcx
	cmpq %rdx, %rcx
	jb .Lbackward
	leaq 16(%rdi), %rcx
	andq $-16, %rcx
	subq %rdi, %rcx
	addq %rcx, %rsi
	addq %rcx, %rdi
	leaq -16(%rax,%rdx), %r8
	negq %rcx
	addq %rdx, %rcx
	shrq $3, %rcx
	rep movsq
	movups %xmm0, (%rax)
	movups %xmm1, (%r8)
	retq

	/*
	 * The destination starts inside of the source: 64 bytes at a time from
	 * the end, which the string instruction does badly in this direction.
	 * What is left of less than 64 bytes at the start overlaps what was
	 * copied, and so it is read before.
	 */
.Lbackward:
	movups 16(%rsi), %xmm2
	movups 32(%rsi), %xmm3
	movups 48(%rsi), %xmm4
1:	movups -16(%rsi,%rdx), %xmm5
	movups -32(%rsi,%rdx), %xmm6
	movups -48(%rsi,%rdx), %xmm7
	movups -64(%rsi,%rdx), %xmm8
	movups %xmm5, -16(%rdi,%rdx)
	movups %xmm6, -32(%rdi,%rdx)
	movups %xmm7, -48(%rdi,%rdx)
	movups %xmm8, -64(%rdi,%rdx)
	subq $64, %rdx
	cmpq $64, %rdx
	ja 1b
	movups %xmm0, (%rdi)
	movups %xmm2, 16(%rdi)
	movups %xmm3, 32(%rdi)
	movups %xmm4, 48(%rdi)
	retq
	.size memmove, .-memmove
	.section .note.GNU-stack, "", @progbits
