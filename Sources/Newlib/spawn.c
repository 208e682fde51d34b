/* posix_spawn, which fails as fork does. What it would be told is checked and kept. */
#define _GNU_SOURCE

#include <limits.h>
#include <spawn.h>
#include <unistd.h>

#include "absent.h"

WEAK int posix_spawn(pid_t *restrict pid, const char *restrict path,
		     const posix_spawn_file_actions_t *actions,
		     const posix_spawnattr_t *restrict attributes, char *const arguments[],
		     char *const environment[])
{
	(void)pid, (void)path, (void)actions, (void)attributes, (void)arguments, (void)environment;
	ABSENT("posix_spawn: ENOSYS; a machine has one process");
	return ENOSYS;
}

WEAK int posix_spawnp(pid_t *restrict pid, const char *restrict file,
		      const posix_spawn_file_actions_t *actions,
		      const posix_spawnattr_t *restrict attributes, char *const arguments[],
		      char *const environment[])
{
	return posix_spawn(pid, file, actions, attributes, arguments, environment);
}

/* Files: how many actions there are. */

WEAK int posix_spawn_file_actions_init(posix_spawn_file_actions_t *actions)
{
	*actions = (posix_spawn_file_actions_t){0};
	return 0;
}

WEAK int posix_spawn_file_actions_destroy(posix_spawn_file_actions_t *actions)
{
	actions->__count = 0;
	return 0;
}

static int add(posix_spawn_file_actions_t *actions, int fd)
{
	if (fd < 0 || fd >= sysconf(_SC_OPEN_MAX))
		return EBADF;
	actions->__count++;
	return 0;
}

WEAK int posix_spawn_file_actions_addopen(posix_spawn_file_actions_t *restrict actions, int fd,
					  const char *restrict path, int flags, mode_t mode)
{
	(void)path, (void)flags, (void)mode;
	return add(actions, fd);
}

WEAK int posix_spawn_file_actions_addclose(posix_spawn_file_actions_t *actions, int fd)
{
	return add(actions, fd);
}

WEAK int posix_spawn_file_actions_adddup2(posix_spawn_file_actions_t *actions, int fd, int new)
{
	int error = add(actions, new);

	return error ? error : add(actions, fd);
}

WEAK int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *restrict actions,
					      const char *restrict path)
{
	(void)path;
	return add(actions, 0);
}

WEAK int posix_spawn_file_actions_addfchdir_np(posix_spawn_file_actions_t *actions, int fd)
{
	return add(actions, fd);
}

/* Attributes. */

WEAK int posix_spawnattr_init(posix_spawnattr_t *attributes)
{
	*attributes = (posix_spawnattr_t){0};
	return 0;
}

WEAK int posix_spawnattr_destroy(posix_spawnattr_t *attributes)
{
	(void)attributes;
	return 0;
}

WEAK int posix_spawnattr_getflags(const posix_spawnattr_t *restrict attributes,
				  short *restrict flags)
{
	*flags = attributes->__flags;
	return 0;
}

WEAK int posix_spawnattr_setflags(posix_spawnattr_t *attributes, short flags)
{
	const short all = POSIX_SPAWN_RESETIDS | POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF |
			  POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSCHEDPARAM |
			  POSIX_SPAWN_SETSCHEDULER | POSIX_SPAWN_USEVFORK | POSIX_SPAWN_SETSID;

	if (flags & ~all)
		return EINVAL;
	attributes->__flags = flags;
	return 0;
}

/* A getter and a setter of one attribute. */
#define ATTRIBUTE(name, type, field)                                                          \
	WEAK int posix_spawnattr_get##name(const posix_spawnattr_t *restrict attributes,      \
					   type *restrict value)                              \
	{                                                                                     \
		*value = attributes->field;                                                   \
		return 0;                                                                     \
	}

#define SETTER(name, type, field, value)                                                      \
	WEAK int posix_spawnattr_set##name(posix_spawnattr_t *restrict attributes, type new)  \
	{                                                                                     \
		attributes->field = value;                                                    \
		return 0;                                                                     \
	}

ATTRIBUTE(pgroup, pid_t, __group)
ATTRIBUTE(sigdefault, sigset_t, __default)
ATTRIBUTE(sigmask, sigset_t, __mask)
ATTRIBUTE(schedparam, struct sched_param, __parameters)
ATTRIBUTE(schedpolicy, int, __policy)

SETTER(pgroup, pid_t, __group, new)
SETTER(sigdefault, const sigset_t *restrict, __default, *new)
SETTER(sigmask, const sigset_t *restrict, __mask, *new)
SETTER(schedparam, const struct sched_param *restrict, __parameters, *new)
SETTER(schedpolicy, int, __policy, new)
