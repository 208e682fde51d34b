/*
 * The interrupt descriptor table, which all cores share: needed before there
 * is any memory to allocate from.
 */
#include "CMachine.h"

#if !__STDC_HOSTED__
static uint64_t idt[96] HERMIT_PUBLISHED;

uint64_t *machine_idt_storage(void)
{
	return idt;
}
#else
typedef int machine_tables_are_for_the_bare_target;
#endif
