/*
 * void *memcpy(void *to, const void *from, size_t count)
 *
 * For applications, which have SSE2. Above 128 bytes the string instruction
 * copies: it is as fast as the processor can, once the destination is
 * aligned.
 */
	.section .text.memcpy, "ax", @progbits
	.globl memcpy
	.type memcpy, @function
	.balign 32
memcpy:
#include "copy.h"

.Llarge:
	movups (%rsi), %xmm0
	movups -16(%rsi,%rdx), %xmm1
	/* From the first multiple of 16 in the destination on. */
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
	.size memcpy, .-memcpy
	.section .note.GNU-stack, "", @progbits
