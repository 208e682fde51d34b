/*
 * The 32 exception entries. All run on stacks of their own (IST), so that an
 * overflow of any other stack still has somewhere to be reported; the double
 * fault and the machine check have one more. While a fault is reported,
 * exceptions run on a third one: the report's own frames stay whole when what
 * it reads is not there.
 */
#if !__STDC_HOSTED__

#include "exception_frame.h"
#include "rights.h"

	.section .text.machine_exceptions, "ax", @progbits
	.macro entry number
	.balign 16
machine_exception_\number:
	push_vector \number
	jmp machine_exception_common
	.endm

	.altmacro
	.set number, 0
	.rept 32
	entry %number
	.set number, number + 1
	.endr

machine_exception_common:
	save_frame
	movq %rsp, %rdi
	movq %rsp, %rbp
	andq $-16, %rsp
	callq kernel_exception
	movq %rbp, %rsp
	restore_frame
	isolated_way machine_exception_common, machine_exception_isolated

	.section .data.rel.ro.machine_exception_entries, "aw", @progbits
	.globl machine_exception_entries
	.balign 8
	.macro address number
	.quad machine_exception_\number
	.endm
machine_exception_entries:
	.set number, 0
	.rept 32
	address %number
	.set number, number + 1
	.endr

#endif
	.section .note.GNU-stack, "", @progbits
