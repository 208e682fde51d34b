/* void *memset(void *to, int value, size_t count) */
#if !__STDC_HOSTED__
	.section .text.memset, "ax", @progbits
	.globl memset
	.type memset, @function
memset:
	movq %rdi, %r8
	movzbl %sil, %eax
	movabsq $0x0101010101010101, %rcx
	imulq %rcx, %rax
	movq %rdx, %rcx
	cmpq $32, %rdx
	jb 1f
	shrq $3, %rcx
	rep stosq
	movl %edx, %ecx
	andl $7, %ecx
1:	rep stosb
	movq %r8, %rax
	retq
	.size memset, .-memset
#endif
	.section .note.GNU-stack, "", @progbits
