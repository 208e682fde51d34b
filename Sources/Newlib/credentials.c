/*
 * Who the program wants to be. There is one user and one group, 0: to be anybody else is EINVAL,
 * as on Linux in a user namespace that has no other (user_namespaces(7)).
 */
#define _GNU_SOURCE

#include <grp.h>
#include <limits.h>
#include <unistd.h>

#include "shim.h"

/* -1 leaves an identifier as it is. */
static int become(unsigned a, unsigned b, unsigned c)
{
	if (a + 1 > 1 || b + 1 > 1 || c + 1 > 1)
		return failed(_REENT, EINVAL);
	return 0;
}

static int becomeOne(unsigned number)
{
	return number == ~0u ? failed(_REENT, EINVAL) : become(number, 0, 0);
}

WEAK int setuid(uid_t user)
{
	return becomeOne(user);
}

WEAK int setgid(gid_t group)
{
	return becomeOne(group);
}

WEAK int seteuid(uid_t user)
{
	return becomeOne(user);
}

WEAK int setegid(gid_t group)
{
	return becomeOne(group);
}

WEAK int setreuid(uid_t real, uid_t effective)
{
	return become(real, effective, 0);
}

WEAK int setregid(gid_t real, gid_t effective)
{
	return become(real, effective, 0);
}

WEAK int setresuid(uid_t real, uid_t effective, uid_t saved)
{
	return become(real, effective, saved);
}

WEAK int setresgid(gid_t real, gid_t effective, gid_t saved)
{
	return become(real, effective, saved);
}

WEAK int getresuid(uid_t *real, uid_t *effective, uid_t *saved)
{
	*real = *effective = *saved = 0;
	return 0;
}

WEAK int getresgid(gid_t *real, gid_t *effective, gid_t *saved)
{
	*real = *effective = *saved = 0;
	return 0;
}

/* How many supplementary groups there are, all of which are 0. */
static int groupCount;

WEAK int getgroups(int room, gid_t *groups)
{
	int count = __atomic_load_n(&groupCount, __ATOMIC_RELAXED);

	if (room == 0)
		return count;
	if (room < count)
		return failed(_REENT, EINVAL);
	for (int i = 0; i < count; i++)
		groups[i] = 0;
	return count;
}

WEAK int setgroups(int count, const gid_t *groups)
{
	if (count < 0 || count > NGROUPS_MAX)
		return failed(_REENT, EINVAL);
	for (int i = 0; i < count; i++)
		if (groups[i])
			return failed(_REENT, EINVAL);
	__atomic_store_n(&groupCount, count, __ATOMIC_RELAXED);
	return 0;
}

/* Nothing was given to it that its caller has not. */
WEAK int issetugid(void)
{
	return 0;
}
