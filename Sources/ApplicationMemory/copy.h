/*
 * The beginning of memcpy and memmove: up to 32 bytes are copied without a
 * loop. Everything is read before anything is written, so that the areas may
 * overlap; the parts overlap each other where the size is between two powers
 * of two. Larger sizes go on at the label .Labove32.
 *
 * In:   rdi to, rsi from, rdx count. rax is set to rdi.
 * Uses: rcx, r8, xmm0, xmm1.
 */
	movq %rdi, %rax
	cmpq $16, %rdx
	jb .Lsmall
	cmpq $32, %rdx
	ja .Labove32
	movups (%rsi), %xmm0
	movups -16(%rsi,%rdx), %xmm1
	movups %xmm0, (%rdi)
	movups %xmm1, -16(%rdi,%rdx)
	retq

.Lsmall:
	cmpl $8, %edx
	jb .Lbelow8
	movq (%rsi), %rcx
	movq -8(%rsi,%rdx), %r8
	movq %rcx, (%rdi)
	movq %r8, -8(%rdi,%rdx)
	retq
.Lbelow8:
	cmpl $4, %edx
	jb .Lbelow4
	movl (%rsi), %ecx
	movl -4(%rsi,%rdx), %r8d
	movl %ecx, (%rdi)
	movl %r8d, -4(%rdi,%rdx)
	retq
.Lbelow4:
	cmpl $1, %edx
	jb .Lnone
	movzbl (%rsi), %ecx
	je .Lone
	movzwl -2(%rsi,%rdx), %r8d
	movw %r8w, -2(%rdi,%rdx)
.Lone:
	movb %cl, (%rdi)
.Lnone:
	retq
