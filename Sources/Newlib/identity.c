/* What the machine is, for those who ask. */
#include <limits.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "shim.h"

static const char host[] = "hermit";

WEAK int uname(struct utsname *name)
{
	*name = (struct utsname){
		.sysname = "Hermit",
		.release = HERMIT_VERSION,
		.version = "Hermit for Swift " HERMIT_VERSION,
		.machine = "x86_64",
	};
	memcpy(name->nodename, host, sizeof host);
	return 0;
}

WEAK int gethostname(char *name, size_t size)
{
	if (size < sizeof host)
		return failed(_REENT, ENAMETOOLONG);
	memcpy(name, host, sizeof host);
	return 0;
}

WEAK int getpagesize(void)
{
	return sys_getpagesize();
}

/* -1 with errno as it was: there is no limit, or none is known. */
WEAK long sysconf(int name)
{
	switch (name) {
	case _SC_PAGESIZE:
		return sys_getpagesize();
	case _SC_NPROCESSORS_CONF:
		return (long)sys_get_processor_count();
	case _SC_NPROCESSORS_ONLN:
		return (long)sys_available_parallelism();
	case _SC_CLK_TCK:
		return CLOCKS_PER_SEC;
	case _SC_OPEN_MAX:
		return OPEN_MAX;
	case _SC_ARG_MAX:
		return ARG_MAX;
	case _SC_CHILD_MAX:
		return CHILD_MAX;
	case _SC_NGROUPS_MAX:
		return NGROUPS_MAX;
	case _SC_HOST_NAME_MAX:
		return 64;
	case _SC_LINE_MAX:
		return LINE_MAX;
	case _SC_IOV_MAX:
		return IOV_MAX;
	case _SC_VERSION:
		return 200809L;
	case _SC_TIMERS:
		return _POSIX_TIMERS;
	case _SC_MONOTONIC_CLOCK:
		return _POSIX_MONOTONIC_CLOCK;
	case _SC_MEMLOCK:
		return _POSIX_MEMLOCK;
	case _SC_MEMLOCK_RANGE:
		return _POSIX_MEMLOCK_RANGE;
	case _SC_MEMORY_PROTECTION:
		return _POSIX_MEMORY_PROTECTION;
	case _SC_PHYS_PAGES:
	case _SC_AVPHYS_PAGES:
		return -1;
	default:
		return failed(_REENT, EINVAL);
	}
}
