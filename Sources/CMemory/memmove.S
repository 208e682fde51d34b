/* void *memmove(void *to, const void *from, size_t count): may overlap */
#if !__STDC_HOSTED__
	.section .text.memmove, "ax", @progbits
	.globl memmove
	.type memmove, @function
memmove:
	movq %rdi, %rax
	movq %rdi, %r8
	subq %rsi, %r8
	cmpq %rdx, %r8
	jb 2f
	movq %rdx, %rcx
	cmpq $32, %rdx
	jb 1f
	shrq $3, %rcx
	rep movsq
	movl %edx, %ecx
	andl $7, %ecx
1:	rep movsb
	retq
2:	/* the destination starts inside the source: from the end, backwards */
	movq %rdx, %rcx
	leaq -1(%rdi,%rdx), %rdi
	leaq -1(%rsi,%rdx), %rsi
	std
	rep movsb
	cld
	retq
	.size memmove, .-memmove
#endif
	.section .note.GNU-stack, "", @progbits
