/*
 * Isolation, turned on.
 */
#include "CMachine.h"

#if !__STDC_HOSTED__
static int32_t is_on;

int32_t machine_isolation_is_on(void)
{
	return is_on;
}

void machine_isolate_entries(void)
{
	const struct hermit_isolation_site *entry = __start_hermit_isolation_sites;

	for (; entry < __stop_hermit_isolation_sites; entry++) {
		uint64_t site = (uint64_t)&entry->site + (uint64_t)(int64_t)entry->site;
		uint64_t way = (uint64_t)&entry->way + (uint64_t)(int64_t)entry->way;

		/* JMP with a distance from the instruction behind it. */
		*(volatile uint8_t *)site = 0xe9;
		*(volatile uint32_t *)(site + 1) = (uint32_t)(way - site - 5);
	}
	is_on = 1;
}
#else
typedef int machine_isolation_is_for_the_bare_target;
#endif
