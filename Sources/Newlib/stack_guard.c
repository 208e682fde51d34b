/*
 * What code compiled with -fstack-protector refers to: the word between a
 * function's arrays and its return address, and what a change of it leads to.
 * A program without such code has none of this.
 */
#include "shim.h"

uintptr_t __stack_chk_guard;
HERMIT_NORETURN void __stack_chk_fail(void);

/* Nothing on the stack can be trusted: no function of the C library is called. */
void __stack_chk_fail(void)
{
	static const char message[] = "stack buffer overflow\n";

	sys_write(HERMIT_STDERR_FILENO, message, sizeof message - 1);
	sys_abort();
}

/*
 * Before any constructor of the program's. The lowest byte in memory stays
 * zero: no string's copy writes across it.
 */
__attribute__((no_stack_protector)) static void choose(void)
{
	uintptr_t guard;

	if (sys_secure_rand64(&guard) < 0)
		guard = __builtin_ia32_rdtsc() * 0x9e3779b97f4a7c15 ^ sys_image_start_addr() << 12;
	__stack_chk_guard = guard & ~(uintptr_t)0xff;
}

__attribute__((section(".preinit_array"), used)) static void (*const first)(void) = choose;
