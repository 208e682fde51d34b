/*
 * SIGTERM when the host asks the machine to power down. A program that takes
 * SIGTERM has that looked for ten times a second.
 */
#include "timers.h"

enum { PERIOD = 100000000 };

static bool look(struct timer *timer)
{
	siginfo_t info = {.si_signo = SIGTERM, .si_code = SI_KERNEL};

	(void)timer;
	if (sys_power_request() == 1)
		__hermit_send(NULL, &info, NULL);
	return true;
}

void __hermit_await_power_request(void)
{
	static struct timer timer = {.clock = CLOCK_MONOTONIC, .notify = look};

	lockSignals();
	if (!timer.isSet && sys_power_request() >= 0)
		__hermit_set_timer(&timer, __hermit_clock(CLOCK_MONOTONIC) + PERIOD, PERIOD);
	unlockSignals();
}
