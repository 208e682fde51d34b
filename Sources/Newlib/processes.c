/*
 * Processes: there is one, the program. To make another, or to run another program in its
 * place, is ENOSYS (fork(2)), and the first time a line of the log. Nobody can be waited for.
 */
#define _GNU_SOURCE

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "absent.h"

WEAK pid_t fork(void)
{
	ABSENT("fork: ENOSYS; a machine has one process");
	return failed(_REENT, ENOSYS);
}

WEAK pid_t vfork(void)
{
	ABSENT("vfork: ENOSYS; a machine has one process");
	return failed(_REENT, ENOSYS);
}

static int execute(void)
{
	ABSENT("exec: ENOSYS; a machine has one program");
	return failed(_REENT, ENOSYS);
}

WEAK int execve(const char *path, char *const arguments[], char *const environment[])
{
	(void)path, (void)arguments, (void)environment;
	return execute();
}

WEAK int execv(const char *path, char *const arguments[])
{
	(void)path, (void)arguments;
	return execute();
}

WEAK int execvp(const char *file, char *const arguments[])
{
	(void)file, (void)arguments;
	return execute();
}

WEAK int execvpe(const char *file, char *const arguments[], char *const environment[])
{
	(void)file, (void)arguments, (void)environment;
	return execute();
}

WEAK int fexecve(int fd, char *const arguments[], char *const environment[])
{
	(void)fd, (void)arguments, (void)environment;
	return execute();
}

WEAK int execl(const char *path, const char *argument, ...)
{
	(void)path, (void)argument;
	return execute();
}

WEAK int execle(const char *path, const char *argument, ...)
{
	(void)path, (void)argument;
	return execute();
}

WEAK int execlp(const char *file, const char *argument, ...)
{
	(void)file, (void)argument;
	return execute();
}

/* In the background runs a child, which there can't be. */
WEAK int daemon(int stays, int keepsStreams)
{
	(void)stays, (void)keepsStreams;
	ABSENT("daemon: ENOSYS; a machine has one process");
	return failed(_REENT, ENOSYS);
}

/* NULL asks whether there is a shell. */
WEAK int system(const char *command)
{
	if (!command)
		return 0;
	ABSENT("system: ENOSYS; a machine has one program");
	return failed(_REENT, ENOSYS);
}

WEAK FILE *popen(const char *command, const char *mode)
{
	(void)command;
	if (!mode || (*mode != 'r' && *mode != 'w')) {
		failed(_REENT, EINVAL);
		return NULL;
	}
	ABSENT("popen: ENOSYS; a machine has one program");
	failed(_REENT, ENOSYS);
	return NULL;
}

WEAK int pclose(FILE *stream)
{
	(void)stream;
	return failed(_REENT, ECHILD);
}

WEAK pid_t wait4(pid_t pid, int *status, int options, struct rusage *usage)
{
	(void)pid, (void)status, (void)usage;
	return failed(_REENT, options & ~(WNOHANG | WUNTRACED | WCONTINUED) ? EINVAL : ECHILD);
}

WEAK pid_t wait3(int *status, int options, struct rusage *usage)
{
	return wait4(-1, status, options, usage);
}

WEAK pid_t waitpid(pid_t pid, int *status, int options)
{
	return wait4(pid, status, options, NULL);
}

WEAK pid_t wait(int *status)
{
	return wait4(-1, status, 0, NULL);
}

WEAK int waitid(idtype_t type, id_t number, siginfo_t *information, int options)
{
	const int states = WEXITED | WSTOPPED | WCONTINUED;

	(void)number, (void)information;
	if (options & ~(states | WNOHANG | WNOWAIT) || !(options & states) || type > P_PGID)
		return failed(_REENT, EINVAL);
	return failed(_REENT, ECHILD);
}
