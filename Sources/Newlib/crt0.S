/*
 * The start-up file, the first of every link. ld.lld takes the image's
 * OS/ABI byte from its first file, and this one's is Hermit's.
 *
 * What runs before main is not here but in libc.a (start.c), as the function
 * runtime_entry that the kernel calls: a program that defines one of its own
 * gets no other, and nothing of the C library that it does not use.
 */
	.section .note.GNU-stack, "", @progbits
