/*
 * The gates of leaf functions, which have none in front of them: for what a leaf
 * does beyond what it may on the application's stack. Each calls one function on the
 * running task's kernel stack, so that nothing is left to choose to who gets here. The
 * functions' arguments and results are two words and one.
 *
 * Whoever uses one of these has what it calls, which none of them brings into an image.
 */
#if !__STDC_HOSTED__

#include "rights.h"

#define KERNEL_STACK 8 /* hermit_per_core.kernel_stack */

	.macro gate_begins name
	.section .text.\name, "ax", @progbits
	.globl \name
	.type \name, @function
\name:
	.cfi_startproc
	pushq %rbp
	.cfi_def_cfa_offset 16
	.cfi_offset %rbp, -16
	movq %rsp, %rbp
	.cfi_def_cfa_register %rbp
	movq %gs:KERNEL_STACK, %rsp
	.endm

	.macro gate_ends name
	movq %rbp, %rsp
	popq %rbp
	.cfi_def_cfa %rsp, 8
	retq
	.cfi_endproc
	.size \name, .-\name
	.endm

	.macro leaf_gate name, function
	gate_begins \name
	callq \function
	gate_ends \name
	isolated_way \name, \name\()_isolated

	gate_begins \name\()_isolated
	open_rights
	callq \function
	movq %rax, %r11
	close_rights
	movq %r11, %rax
	gate_ends \name\()_isolated
	.endm

	.weak kernel_get_time, kernel_get_time_of_day
	.weak kernel_allocate, kernel_allocate_zeroed, kernel_deallocate
	.weak kernel_trace_enter, kernel_trace_leave

	/* hermit/time.h */
	leaf_gate machine_get_time, kernel_get_time
	leaf_gate machine_get_time_of_day, kernel_get_time_of_day
	/* hermit/memory.h */
	leaf_gate machine_allocate, kernel_allocate
	leaf_gate machine_allocate_zeroed, kernel_allocate_zeroed
	leaf_gate machine_deallocate, kernel_deallocate
	/* Gates of functions that are traced. */
	leaf_gate machine_trace_enter, kernel_trace_enter
	leaf_gate machine_trace_leave, kernel_trace_leave
	/* signals.S */
	leaf_gate machine_next_signal, *machine_signal_handlers(%rip)
	leaf_gate machine_signal_return_address, *machine_signal_handlers+8(%rip)
	/* Tasks of the kernel's own. */
	leaf_gate machine_serve, machine_service_turn

#endif
	.section .note.GNU-stack, "", @progbits
