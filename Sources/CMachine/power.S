/*
 * The power button of a machine with ACPI's generic event device. An image
 * that asks for it has a note HERMIT of type 0x5a10 beside the entry note's:
 * four bytes, of which bit 0 says that it listens to the machine's button. Who
 * boots it may give it a machine that has one. The linker drops the note with
 * the function.
 */
#if !__STDC_HOSTED__

/* uint32_t machine_take_events(uint64_t address): reading ends what is read. */
	.section .text.machine_take_events, "ax", @progbits
	.globl machine_take_events
	.type machine_take_events, @function
machine_take_events:
	movl (%rdi), %eax
	retq
	.size machine_take_events, .-machine_take_events

	.section .note.hermit.wants, "ao", @note, .text.machine_take_events
	.balign 4
	.long 7, 4, 0x5a10
	.asciz "HERMIT"
	.balign 4
	.long 1

#endif
	.section .note.GNU-stack, "", @progbits
