/* What Linux lets a process say of itself. Most of it is noted and changes nothing here. */
#define _GNU_SOURCE

#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/prctl.h>

#include "shim.h"

enum { NAME = 16 };

static unsigned long keptDumpable = 1, keptCapabilities, slack = 50000, noPrivileges, noHugePages;
static int parentSignal;

static int setName(const char *name)
{
	char text[NAME];
	int error;

	strncpy(text, name, NAME - 1);
	text[NAME - 1] = 0;
	error = pthread_setname_np(pthread_self(), text);
	return error ? failed(_REENT, error) : 0;
}

static int getName(char *name)
{
	char text[64] = "";
	int error = pthread_getname_np(pthread_self(), text, sizeof text);

	if (error)
		return failed(_REENT, error);
	memset(name, 0, NAME);
	strncpy(name, text, NAME - 1);
	return 0;
}

/* Keeps a number that is most at most. */
static int keep(unsigned long *kept, unsigned long number, unsigned long most)
{
	if (number > most)
		return failed(_REENT, EINVAL);
	*kept = number;
	return 0;
}

WEAK int prctl(int option, ...)
{
	unsigned long value, second, third, fourth;
	va_list arguments;

	va_start(arguments, option);
	value = va_arg(arguments, unsigned long);
	second = va_arg(arguments, unsigned long);
	third = va_arg(arguments, unsigned long);
	fourth = va_arg(arguments, unsigned long);
	va_end(arguments);

	switch (option) {
	case PR_SET_NAME:
		return value ? setName((const char *)value) : failed(_REENT, EFAULT);
	case PR_GET_NAME:
		return value ? getName((char *)value) : failed(_REENT, EFAULT);
	case PR_SET_PDEATHSIG:
		if (value >= NSIG)
			return failed(_REENT, EINVAL);
		parentSignal = (int)value;
		return 0;
	case PR_GET_PDEATHSIG:
		if (!value)
			return failed(_REENT, EFAULT);
		*(int *)value = parentSignal;
		return 0;
	case PR_SET_DUMPABLE:
		return keep(&keptDumpable, value, 1);
	case PR_GET_DUMPABLE:
		return (int)keptDumpable;
	case PR_SET_KEEPCAPS:
		return keep(&keptCapabilities, value, 1);
	case PR_GET_KEEPCAPS:
		return (int)keptCapabilities;
	case PR_SET_TIMERSLACK:
		slack = value ? value : 50000;
		return 0;
	case PR_GET_TIMERSLACK:
		return (int)slack;
	/* It is set for good, and what is not used has to be 0. */
	case PR_SET_NO_NEW_PRIVS:
		if (value != 1 || second || third || fourth)
			return failed(_REENT, EINVAL);
		noPrivileges = 1;
		return 0;
	case PR_GET_NO_NEW_PRIVS:
		return value || second || third || fourth ? failed(_REENT, EINVAL)
							  : (int)noPrivileges;
	case PR_SET_THP_DISABLE:
		if (second || third || fourth)
			return failed(_REENT, EINVAL);
		noHugePages = value != 0;
		return 0;
	case PR_GET_THP_DISABLE:
		return value || second || third || fourth ? failed(_REENT, EINVAL)
							  : (int)noHugePages;
	default:
		return failed(_REENT, EINVAL);
	}
}
