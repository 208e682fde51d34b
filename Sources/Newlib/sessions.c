/* The one process, 1, leads its group and its session. Nobody has made it. */
#define _GNU_SOURCE

#include <unistd.h>

#include "shim.h"

WEAK pid_t getppid(void)
{
	return 0;
}

WEAK pid_t gettid(void)
{
	return sys_getpid();
}

WEAK pid_t getsid(pid_t pid)
{
	if (pid < 0 || pid > 1)
		return failed(_REENT, ESRCH);
	return 1;
}

/* Who leads a group can't begin a session. */
WEAK pid_t setsid(void)
{
	return failed(_REENT, EPERM);
}

/* Who leads a session stays in its group. */
WEAK int setpgid(pid_t pid, pid_t group)
{
	if (group < 0)
		return failed(_REENT, EINVAL);
	return failed(_REENT, pid < 0 || pid > 1 ? ESRCH : EPERM);
}

WEAK int setpgrp(void)
{
	return setpgid(0, 0);
}
