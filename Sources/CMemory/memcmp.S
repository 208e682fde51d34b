/* int memcmp(const void *a, const void *b, size_t count) */
#if !__STDC_HOSTED__
	.section .text.memcmp, "ax", @progbits
	.globl memcmp
	.type memcmp, @function
memcmp:
	xorl %eax, %eax
	testq %rdx, %rdx
	jz 2f
1:	movzbl (%rdi), %eax
	movzbl (%rsi), %ecx
	subl %ecx, %eax
	jnz 2f
	incq %rdi
	incq %rsi
	decq %rdx
	jnz 1b
2:	retq
	.size memcmp, .-memcmp
#endif
	.section .note.GNU-stack, "", @progbits
