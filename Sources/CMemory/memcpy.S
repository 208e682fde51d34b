/* void *memcpy(void *to, const void *from, size_t count) */
#if !__STDC_HOSTED__
	.section .text.memcpy, "ax", @progbits
	.globl memcpy
	.type memcpy, @function
memcpy:
	movq %rdi, %rax
	movq %rdx, %rcx
	cmpq $32, %rdx
	jb 1f
	shrq $3, %rcx
	rep movsq
	movl %edx, %ecx
	andl $7, %ecx
1:	rep movsb
	retq
	.size memcpy, .-memcpy
#endif
	.section .note.GNU-stack, "", @progbits
