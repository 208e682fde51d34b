/*
 * Whether calls are traced. The tracer is in the image only where the traced
 * gates are, which refer to it; this file must not bring it in.
 */
#include "CMachine.h"

#if !__STDC_HOSTED__

extern void kernel_trace_start(void) __attribute__((weak));

/* The traced gates look at it at every call. */
uint32_t machine_trace_is_on HERMIT_PUBLISHED;

int machine_start_trace(void)
{
	if (!kernel_trace_start)
		return 0;
	kernel_trace_start();
	machine_trace_is_on = 1;
	return 1;
}
#else
typedef int machine_trace_is_for_the_bare_target;
#endif
