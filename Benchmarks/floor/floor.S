/*
 * The smallest PVH guest that prints: what QEMU and its firmware cost before
 * any program of ours runs.
 */
	.section .note.pvh, "a", @note
	.long 4, 4, 18
	.asciz "Xen"
	.long _start
	.section .text
	.code32
	.globl _start
_start:	movl $text, %esi
1:	movw $0x3fd, %dx
2:	inb %dx, %al
	testb $0x20, %al
	jz 2b
	lodsb
	testb %al, %al
	jz 3f
	movw $0x3f8, %dx
	outb %al, %dx
	jmp 1b
3:	movw $0xf4, %dx
	outl %eax, %dx
	hlt
text:	.asciz "Hello from the floor!\n"
