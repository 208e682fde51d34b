/*
 * dynamic_cast, refused when the program is linked, as exceptions are
 * (cxx_exceptions.S); and the cast and typeid of a null pointer's object,
 * which would throw.
 */
	.section .text.cxx_cast, "ax", @progbits
	.globl __dynamic_cast
	.globl __cxa_bad_cast
	.globl __cxa_bad_typeid
	.type __dynamic_cast, @function
	.type __cxa_bad_cast, @function
	.type __cxa_bad_typeid, @function
__dynamic_cast:
__cxa_bad_cast:
__cxa_bad_typeid:
	callq "Hermit has no C++ runtime types; the program uses 'dynamic_cast' or 'typeid'"
	ud2
	.section .note.GNU-stack, "", @progbits
