/*
 * The line of the clocks, which programs read as well (hermit/clock.h, where
 * packaging's name for it is declared).
 */
#include "CMachine.h"

#if !__STDC_HOSTED__
uint64_t clock_line[MACHINE_CLOCK_WORDS] HERMIT_PUBLISHED = { 0, 0, 0, 0, 0, 1ULL << 63 };
#else
typedef int machine_clock_is_for_the_bare_target;
#endif
