/*
 * The machine as a whole: its log, and its memory.
 */
#ifndef HERMIT_SYSTEM_H
#define HERMIT_SYSTEM_H

#include "types.h"

/* How urgent a line of the log is. The kernel's word log=NAME says which are written. */
#define HERMIT_LOG_ERROR   0 /* log=error */
#define HERMIT_LOG_WARNING 1 /* log=warn, which holds where nothing is said */
#define HERMIT_LOG_INFO    2 /* log=info */
#define HERMIT_LOG_DEBUG   3 /* log=debug */
#define HERMIT_LOG_TRACE   4 /* log=trace */

/* Bytes of a line of the log; what is longer is cut off. */
#define HERMIT_LOG_MAX 256

HERMIT_BEGIN_DECLARATIONS

/*
 * sys_log: writes a line to the kernel's log.
 *
 * level   HERMIT_LOG_*.
 * text    the line, without its end. Bytes below 32 are written as ?, so that a
 *         line is one.
 * length  of it; what is above HERMIT_LOG_MAX is left out.
 *
 * Returns 0, also where lines of that level are not written; or
 *
 *   -HERMIT_EINVAL  there is no such level.
 */
int sys_log(int level, const void *text, size_t length);

/*
 * sys_get_memory: how much memory the machine has, as the loader found it.
 *
 * total  where that goes, in bytes.
 * free   where goes what of it nobody has now; promised to mappings it may be.
 *
 * Returns 0.
 */
int sys_get_memory(uint64_t *total, uint64_t *free);

HERMIT_END_DECLARATIONS

#endif
