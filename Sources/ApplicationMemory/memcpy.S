/*
 * void *memcpy(void *to, const void *from, size_t count)
 *
 * For applications, which have SSE2. Up to 4 KiB general registers copy:
 * where the processor is emulated, that takes two thirds of the string
 * instruction's time; on hardware it needs no start-up. Above, the string
 * instruction copies, as fast as the processor can once the destination is
 * aligned.
 */
#define LARGEST_BY_REGISTERS 4096

/* 32 bytes at an offset of both addresses. */
	.macro copy32 offset, from, to
	movq \offset(\from), %rcx
	movq \offset+8(\from), %r8
	movq \offset+16(\from), %r9
	movq \offset+24(\from), %r10
	movq %rcx, \offset(\to)
	movq %r8, \offset+8(\to)
	movq %r9, \offset+16(\to)
	movq %r10, \offset+24(\to)
	.endm

	.section .text.memcpy, "ax", @progbits
	.globl memcpy
	.type memcpy, @function
	.balign 32
memcpy:
#include "copy.h"

.Labove32:
	cmpq $LARGEST_BY_REGISTERS, %rdx
	ja .Llarge
	/* Where the last 64 bytes are, in both areas; below the start for less. */
	leaq -64(%rdi,%rdx), %r11
	leaq -64(%rsi,%rdx), %rdx
	cmpq %r11, %rdi
	jae 2f
	.balign 16
1:	copy32 0, %rsi, %rdi
	copy32 32, %rsi, %rdi
	addq $64, %rsi
	addq $64, %rdi
	cmpq %r11, %rdi
	jb 1b
	copy32 0, %rdx, %r11
	copy32 32, %rdx, %r11
	retq
	/* 33 to 64 bytes: the first 32 and the last. */
2:	copy32 0, %rsi, %rdi
	copy32 32, %rdx, %r11
	retq

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
