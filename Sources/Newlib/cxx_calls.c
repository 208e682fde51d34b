/* What calls of C++ land in when there is nothing to call. */
#include <stdlib.h>
#include <string.h>

#include "cxx_message.h"
#include "shim.h"

void __hermit_cxx_fail(const char *why)
{
	sys_write(HERMIT_STDERR_FILENO, why, strlen(why));
	sys_write(HERMIT_STDERR_FILENO, "\n", 1);
	abort();
}

void __cxa_pure_virtual(void);
void __cxa_deleted_virtual(void);

void __cxa_pure_virtual(void)
{
	__hermit_cxx_fail("a pure virtual function was called");
}

void __cxa_deleted_virtual(void)
{
	__hermit_cxx_fail("a deleted virtual function was called");
}
