/*
 * Changes of the register of rights, and the table of the places where a way
 * without them becomes one with them (machine_isolation.h).
 */
#include "machine_isolation.h"

	/* Opens everything. Clobbers rax, rcx and rdx. */
	.macro open_rights
	xorl %eax, %eax
	xorl %ecx, %ecx
	xorl %edx, %edx
	wrpkru
	.endm

	/*
	 * Leaves the application's. Who jumps to the instruction itself with other
	 * rights in eax does not get far with them. Clobbers rax, rcx and rdx.
	 */
	.macro close_rights
	movl $HERMIT_APPLICATION_RIGHTS, %eax
	xorl %ecx, %ecx
	xorl %edx, %edx
	wrpkru
	cmpl $HERMIT_APPLICATION_RIGHTS, %eax
	jne machine_rights_forged
	.endm

	/* With isolation the instructions at `site`, five bytes or more, are a jump to `way`. */
	.macro isolated_way site, way
	.pushsection hermit_isolation_sites, "ao", @progbits, \site
	.long \site - ., \way - .
	.popsection
	.endm
