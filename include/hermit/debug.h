/*
 * Debugging aids. A program that does not call them has nothing of them in
 * its image.
 */
#ifndef HERMIT_DEBUG_H
#define HERMIT_DEBUG_H

#include "types.h"

/* What sys_debug_fault makes the kernel do. */
#define HERMIT_DEBUG_KERNEL_STACK 1 /* recurse until its stack is used up */
#define HERMIT_DEBUG_KERNEL_NULL  2 /* read through a null pointer */
#define HERMIT_DEBUG_KERNEL_TRAP  3 /* fail a check of its own */
#define HERMIT_DEBUG_REPORT       4 /* fail while it reports a failure */

HERMIT_BEGIN_DECLARATIONS

/*
 * sys_debug_fault: makes the kernel fail, to see that the failure is caught
 * and what is told of it. The program ends as it does after any exception.
 *
 * kind  HERMIT_DEBUG_*.
 *
 * Returns
 *
 *   -HERMIT_EINVAL  kind is none of those.
 */
int sys_debug_fault(int kind);

HERMIT_END_DECLARATIONS

#endif
