/*
 * C++ exceptions, which are not here. A program that throws does not link:
 * what it calls refers to a symbol that nothing defines, and whose name is
 * what the linker prints.
 */
	.section .text.cxx_exceptions, "ax", @progbits
	.globl __cxa_allocate_exception
	.globl __cxa_throw
	.globl __cxa_rethrow
	.type __cxa_allocate_exception, @function
	.type __cxa_throw, @function
	.type __cxa_rethrow, @function
__cxa_allocate_exception:
__cxa_throw:
__cxa_rethrow:
	callq "Hermit has no C++ exceptions; the program uses 'throw'"
	ud2
	.section .note.GNU-stack, "", @progbits
