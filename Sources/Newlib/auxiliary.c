/* What a kernel tells a program when it starts: what of it is known here. */
#define _GNU_SOURCE

#include <cpuid.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "shim.h"

WEAK unsigned long getauxval(unsigned long type)
{
	unsigned a, b, c, d = 0;

	switch (type) {
	case AT_PAGESZ:
		return (unsigned long)sys_getpagesize();
	case AT_CLKTCK:
		return (unsigned long)sysconf(_SC_CLK_TCK);
	case AT_HWCAP:
		(void)__get_cpuid(1, &a, &b, &c, &d);
		return d;
	case AT_UID:
	case AT_EUID:
	case AT_GID:
	case AT_EGID:
	case AT_SECURE:
		return 0;
	default:
		failed(_REENT, ENOENT);
		return 0;
	}
}
