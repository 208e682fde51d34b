/*
 * Both entries of the loader, in 32-bit protected mode without paging:
 * PVH (Xen's docs/misc/pvh: EBX has the start information) and Multiboot
 * 0.6.96 (EAX the magic number, EBX the information). The linker script
 * decides which header a file carries.
 */
#if !__STDC_HOSTED__

	.section .note.pvh, "a", @note
	.balign 4
	.long 4, 4, 18 /* XEN_ELFNOTE_PHYS32_ENTRY */
	.asciz "Xen"
	.long loader_pvh_entry

	.section .multiboot, "a", @progbits
	.balign 4
	.long 0x1badb002, 0x3, -(0x1badb002 + 0x3) /* aligned modules, memory map */

	.section .text.entry, "ax", @progbits
	.code32
	.globl loader_pvh_entry
loader_pvh_entry:
	movl $1, %esi
	jmp common
	.globl loader_multiboot_entry
loader_multiboot_entry:
	movl $2, %esi
common:
	cli
	cld
	movl $loader_stack_top, %esp
	rdtsc
	movl %eax, loader_entry_time
	movl %edx, loader_entry_time + 4
	/* identity map of 4 GiB: one top table, one of 1 GiB each, four of 2 MiB pages */
	movl $page_tables, %ebp /* zero, as all of .bss is */
	leal 0x1003(%ebp), %eax
	movl %eax, (%ebp)
	leal 0x2003(%ebp), %eax
	leal 0x1000(%ebp), %edi
	movl $4, %ecx
1:	movl %eax, (%edi)
	addl $0x1000, %eax
	addl $8, %edi
	loop 1b
	leal 0x2000(%ebp), %edi
	movl $0x83, %eax
	movl $2048, %ecx
2:	movl %eax, (%edi)
	movl $0, 4(%edi)
	addl $0x200000, %eax
	addl $8, %edi
	loop 2b

	movl %ebp, %cr3
	movl %cr4, %eax
	orl $0x20, %eax /* PAE */
	movl %eax, %cr4
	movl $0xc0000080, %ecx
	rdmsr
	orl $0x100, %eax /* long mode */
	wrmsr
	movl %cr0, %eax
	orl $0x80000001, %eax
	movl %eax, %cr0
	lgdt gdt_register
	ljmp $0x08, $long_mode

	.code64
long_mode:
	movl $0x10, %eax
	movl %eax, %ds
	movl %eax, %es
	movl %eax, %ss
	movl $loader_stack_top, %esp
	movl %esi, %edi /* protocol */
	movl %ebx, %esi /* its information */
	xorl %ebp, %ebp
	callq loader_main
	ud2

	.globl loader_jump
loader_jump:
	movq %rdi, %rax
	movq %rsi, %rdi
	xorl %esi, %esi
	movl $loader_stack_top - 16, %esp
	xorl %ebp, %ebp
	jmpq *%rax

	.globl loader_stop
loader_stop:
	cli
3:	hlt
	jmp 3b

	.section .rodata.gdt, "a", @progbits
	.balign 8
gdt:
	.quad 0, 0x00af9a000000ffff, 0x00cf92000000ffff
gdt_register:
	.word . - gdt - 1
	.long gdt

	.section .bss.loader, "aw", @nobits
	.balign 4096
page_tables:
	.skip 4096 * 6
	.skip 49152
loader_stack_top:
	.balign 4096
	.globl loader_tree
loader_tree:
	.skip 65536
	.globl loader_entry_time
loader_entry_time:
	.skip 8
	.globl loader_boot_info
loader_boot_info:
	.skip 256

#endif
	.section .note.GNU-stack, "", @progbits
