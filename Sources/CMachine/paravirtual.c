/*
 * What a hypervisor writes to. The image's addresses are physical ones.
 */
#include "CMachine.h"

#if !__STDC_HOSTED__
static struct machine_paravirtual_clock clock __attribute__((aligned(32)));

struct machine_paravirtual_clock *machine_paravirtual_clock(void)
{
	return &clock;
}
#else
typedef int machine_paravirtual_is_for_the_bare_target;
#endif
