/*
 * The records of the cores, and the first core's own: needed before there is any
 * memory to allocate from.
 */
#include "CMachine.h"

#if !__STDC_HOSTED__
static struct hermit_core_stacks boot_stacks;
/* The application's, as far as rights go. */
static uint8_t boot_landing[3 * HERMIT_LANDING_SIZE]
	__attribute__((aligned(16), section(".bss.hermit_landing")));

struct hermit_per_core machine_boot_core HERMIT_PUBLISHED __attribute__((aligned(64))) = {
	.address = (uint64_t)&machine_boot_core,
	.start = HERMIT_CORE_ADMITTED,
	.stacks = &boot_stacks,
	.landing = boot_landing,
};

struct hermit_per_core *machine_cores[HERMIT_MAXIMUM_CORES] = { &machine_boot_core };
uint64_t machine_core_count = 1;

struct machine_shootdown machine_shootdown;

void machine_add_core(struct hermit_per_core *core)
{
	uint64_t count = machine_core_count;

	core->identifier = count;
	/* It has seen none of the mappings that were forgotten until now. */
	core->forgotten = machine_shootdown.number;
	machine_cores[count] = core;
	__atomic_store_n(&machine_core_count, count + 1, __ATOMIC_RELEASE);
}

void machine_write_trampoline(uint64_t page, struct machine_trampoline_words words)
{
	size_t size = (size_t)(machine_trampoline_end - machine_trampoline);
	volatile uint8_t *to = (volatile uint8_t *)page;

	for (size_t i = 0; i < size; i++)
		to[i] = machine_trampoline[i];
	*(volatile struct machine_trampoline_words *)(page + size - sizeof(words)) = words;
}
#else
typedef int machine_cores_are_for_the_bare_target;
#endif
