/* Sets of signals. */
#define _GNU_SOURCE

#include "signals.h"

int sigemptyset(sigset_t *set)
{
	*set = 0;
	return 0;
}

int sigfillset(sigset_t *set)
{
	*set = ~RESERVED;
	return 0;
}

int sigaddset(sigset_t *set, int number)
{
	if (!isSignal(number))
		return failed(_REENT, EINVAL);
	*set |= bit(number);
	return 0;
}

int sigdelset(sigset_t *set, int number)
{
	if (!isSignal(number))
		return failed(_REENT, EINVAL);
	*set &= ~bit(number);
	return 0;
}

int sigismember(const sigset_t *set, int number)
{
	if (!isSignal(number))
		return failed(_REENT, EINVAL);
	return (*set & bit(number)) != 0;
}

WEAK int sigisemptyset(const sigset_t *set)
{
	return *set == 0;
}

WEAK int sigorset(sigset_t *to, const sigset_t *one, const sigset_t *other)
{
	*to = *one | *other;
	return 0;
}

WEAK int sigandset(sigset_t *to, const sigset_t *one, const sigset_t *other)
{
	*to = *one & *other;
	return 0;
}
