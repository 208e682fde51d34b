/*
 * The storage of the first core's descriptor tables: needed before there is
 * any memory to allocate from.
 */
#include "CMachine.h"

#if !__STDC_HOSTED__
static uint64_t gdt[5], idt[96], task_state[13];

uint64_t *machine_gdt_storage(void)
{
	return gdt;
}

uint64_t *machine_idt_storage(void)
{
	return idt;
}

uint64_t *machine_task_state_storage(void)
{
	return task_state;
}
#else
typedef int machine_tables_are_for_the_bare_target;
#endif
