/*
 * Exceptions that the program may handle itself (hermit/faults.h). These
 * entries take the place of those of exceptions.S once there is a handler.
 */
#if !__STDC_HOSTED__

#include "exception_frame.h"
#include "rights.h"
#include "vector_state.h"

#define MXCSR_DEFAULT 0x1f80

	.section .text.machine_faults, "ax", @progbits
	.macro entry number
	.balign 16
machine_fault_\number:
	push_vector \number
	jmp machine_fault_common
	.endm

	.altmacro
	.set number, 0
	.rept 32
	entry %number
	.set number, number + 1
	.endr

machine_fault_common:
	save_frame
	movq %rsp, %rdi
	movq %rsp, %rbp
	andq $-16, %rsp
	callq kernel_fault
	movq %rbp, %rsp
	restore_frame
	isolated_way machine_fault_common, machine_fault_isolated

/*
 * The task handles a fault of its own, on its stack for that, where all
 * registers go that it had. Until they are there the kernel's stack holds them,
 * and no interrupt may change to another task. An exception of this copy is
 * reported as the one that it is of.
 */
	.section .text.machine_fault_begin, "ax", @progbits
	.globl machine_fault_begin_isolated, machine_fault_begin, machine_fault_begun
	.type machine_fault_begin_isolated, @function
	.type machine_fault_begin, @function
machine_fault_begin_isolated:
	open_rights
	movl $192 / 8, %ecx
	rep movsq
	close_rights
	jmp machine_fault_begun
	.size machine_fault_begin_isolated, .-machine_fault_begin_isolated
machine_fault_begin:
	movl $192 / 8, %ecx
	rep movsq
machine_fault_begun:
	movq %rsp, %rbx
	/* Without a scheduler there are no interrupts. */
	testl $0x200, 168(%rbx)
	jz 1f
	sti
1:
	/* A frame as if the instruction had called. */
	pushq 152(%rbx)
	pushq 80(%rbx)
	movq %rsp, %rbp
	save_vector_state
	movq %rsp, %r12
	movq %rsp, 8(%rbx)
	/* A function finds them so (System V ABI for x86-64, 3.2.3 and 3.4.1). */
	fninit
	pushq $MXCSR_DEFAULT
	ldmxcsr (%rsp)
	movq %r12, %rsp
	movq %rbx, %rdi
	callq *machine_fault_handler(%rip)
	restore_vector_state
	leaq 16(%rbx), %rsp
	restore_frame
	.size machine_fault_begin, .-machine_fault_begin
	isolated_way machine_fault_begin, machine_fault_begin_isolated

	.section .data.rel.ro.machine_fault_entries, "aw", @progbits
	.globl machine_fault_entries
	.balign 8
	.macro address number
	.quad machine_fault_\number
	.endm
machine_fault_entries:
	.set number, 0
	.rept 32
	address %number
	.set number, number + 1
	.endr

#endif
	.section .note.GNU-stack, "", @progbits
