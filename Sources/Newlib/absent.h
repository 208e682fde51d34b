/* What a machine of one program can't do, and is told once that it was asked for. */
#ifndef HERMIT_ABSENT_H
#define HERMIT_ABSENT_H

#include <string.h>

#include "shim.h"

/* Writes a line to the log, the first time that it is reached. */
static inline void tell_absent(char *told, const char *text)
{
	if (!__atomic_exchange_n(told, 1, __ATOMIC_RELAXED))
		(void)sys_log(HERMIT_LOG_WARNING, text, strlen(text));
}

#define ABSENT(text)                      \
	do {                              \
		static char told;         \
		tell_absent(&told, text); \
	} while (0)

#endif
