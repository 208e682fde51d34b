/*
 * Who writes the report of a fault. Plain words, which need no set-up: a
 * fault may come at any time.
 */
#include "CMachine.h"

#if !__STDC_HOSTED__
/* The reporting core's identifier plus one, and its faults since. */
static uint64_t reporter;
static int32_t faults;

int32_t machine_enter_report(uint64_t core)
{
	uint64_t found = 0;

	if (__atomic_compare_exchange_n(&reporter, &found, core + 1, 0, __ATOMIC_ACQ_REL,
					__ATOMIC_ACQUIRE))
		return 0;
	return found == core + 1 ? ++faults : -1;
}
#else
typedef int machine_report_is_for_the_bare_target;
#endif
