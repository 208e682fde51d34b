/*
 * What functions that wait have to do with signals. In a program without any
 * there is nothing behind these: they refer weakly to signal_state.c.
 */
#ifndef HERMIT_INTERRUPTION_H
#define HERMIT_INTERRUPTION_H

#include <stdbool.h>

#include "shim.h"

/* How many handlers the thread has run; isRestarting: those without SA_RESTART alone. */
WEAK HIDDEN unsigned __hermit_handlers_run(bool isRestarting);
/* For what a handler may call: it runs after the second one. */
WEAK HIDDEN void __hermit_hold_signals(void);
WEAK HIDDEN void __hermit_release_signals(void);

static inline unsigned handlersRun(bool isRestarting)
{
	return __hermit_handlers_run ? __hermit_handlers_run(isRestarting) : 0;
}

#endif
