/*
 * SIGINT and SIGWINCH of the host's terminal, and SIGTERM, SIGHUP and SIGINT of who
 * ends the run on the host, for a program that takes one of them.
 */
#include "signals.h"

void __hermit_await_terminal(void)
{
	__hermit_start_signals();
	sys_terminal_events();
}
