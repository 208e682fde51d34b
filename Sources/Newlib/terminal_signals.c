/*
 * SIGINT and SIGWINCH of the host's terminal, for a program that takes one of
 * them. Where standard input is no terminal nothing happens.
 */
#include "signals.h"

void __hermit_await_terminal(void)
{
	sys_terminal_events();
}
