/*
 * Where a core starts that is not the first (Intel SDM 3A, 9.4): in real mode,
 * at the page that the start-up message names. It goes to long mode on the
 * kernel's page tables and calls what the words at the end say.
 *
 * The code is copied to HERMIT_TRAMPOLINE and knows that it is there.
 */
#if !__STDC_HOSTED__

#define TRAMPOLINE 0x8000
#define PLACE(label) (TRAMPOLINE + (label) - machine_trampoline)

	.section .rodata.machine_trampoline, "a", @progbits
	.globl machine_trampoline, machine_trampoline_end
	.balign 8
	.code16
machine_trampoline:
	cli
	cld
	movw %cs, %ax
	movw %ax, %ds
	lgdtl gdt_register - machine_trampoline
	movl %cr0, %eax
	orl $1, %eax /* PE */
	movl %eax, %cr0
	ljmpl $0x08, $PLACE(protected)

	.code32
protected:
	movw $0x10, %ax
	movw %ax, %ds
	movw %ax, %es
	movw %ax, %ss
	movl $0xa0, %eax /* PAE, PGE */
	movl %eax, %cr4
	movl PLACE(page_tables), %eax
	movl %eax, %cr3
	movl $0xc0000080, %ecx /* EFER */
	rdmsr
	orl $0x900, %eax /* LME, NXE */
	wrmsr
	movl $0x80010033, %eax /* PG, WP, NE, ET, MP, PE */
	movl %eax, %cr0
	ljmpl $0x18, $PLACE(long)

	.code64
long:
	movq PLACE(stack), %rsp
	movq PLACE(core), %rdi
	xorl %ebp, %ebp
	callq *PLACE(entry)
	ud2

	.balign 8
gdt:
	.quad 0
	.quad 0x00cf9a000000ffff /* 0x08: code of 32 bits */
	.quad 0x00cf92000000ffff /* 0x10: data */
	.quad 0x00af9a000000ffff /* 0x18: code of 64 bits */
gdt_register:
	.word 31
	.long PLACE(gdt)

	.balign 8
page_tables:
	.quad 0
stack:
	.quad 0
core:
	.quad 0
entry:
	.quad 0
machine_trampoline_end:

#endif
	.section .note.GNU-stack, "", @progbits
