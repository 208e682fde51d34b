/*
 * What an image wants of the machine that it is booted in: notes HERMIT of type
 * 0x5a10, each four bytes of bits. Who boots it may give it a machine that has these
 * things (HermitTool/ImageWishes.swift). A note belongs to the function in front of
 * it, which is called where the thing is looked for: the linker drops both where
 * nothing leads there. The power button's is in power.S.
 */
#if !__STDC_HOSTED__

	.macro wish function, bit
	.section .text.\function, "ax", @progbits
	.globl \function
	.type \function, @function
\function:
	retq
	.size \function, .-\function

	.section .note.hermit.wants.\function, "ao", @note, .text.\function
	.balign 4
	.long 7, 4, 0x5a10
	.asciz "HERMIT"
	.balign 4
	.long \bit
	.endm

/* Devices of virtio's: of random bytes, a console, a network card. */
	wish machine_want_entropy_device, 2
	wish machine_want_console_device, 4
	wish machine_want_network_card, 8

#endif
	.section .note.GNU-stack, "", @progbits
