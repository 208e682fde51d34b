/*
 * Debugging aids. A program that does not call them has nothing of them in
 * its image.
 */
#ifndef HERMIT_DEBUG_H
#define HERMIT_DEBUG_H

#include "types.h"

/* What sys_debug_fault makes the kernel do: fail, */
#define HERMIT_DEBUG_KERNEL_STACK 1 /* recurse until its stack is used up */
#define HERMIT_DEBUG_KERNEL_NULL  2 /* read through a null pointer */
#define HERMIT_DEBUG_KERNEL_TRAP  3 /* fail a check of its own */
#define HERMIT_DEBUG_REPORT       4 /* fail while it reports a failure */
/* or hold a lock until another core has waited for it for a second. */
#define HERMIT_DEBUG_MEMORY_HELD  5 /* the memory's: sys_mmap */
#define HERMIT_DEBUG_CONSOLE_HELD 6 /* the console's: sys_write */
/* or take two locks in the wrong order. */
#define HERMIT_DEBUG_LOCK_ORDER   7

HERMIT_BEGIN_DECLARATIONS

/*
 * sys_debug_fault: makes the kernel fail, to see that the failure is caught
 * and what is told of it. The program ends as it does after any exception;
 * where a lock was held, it goes on.
 *
 * kind  HERMIT_DEBUG_*.
 *
 * Returns
 *
 *   0                  The lock was held, and another core has waited.
 *   -HERMIT_EINVAL     kind is none of those.
 *   -HERMIT_EOPNOTSUPP The kernel does not check the order of its locks; it has
 *                      not taken them.
 *   -HERMIT_ETIMEDOUT  No other core has waited for the lock within a minute.
 */
int sys_debug_fault(int kind);

HERMIT_END_DECLARATIONS

#endif
