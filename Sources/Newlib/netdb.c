/* Names of hosts: getaddrinfo and getnameinfo. */
#include <netdb.h>

#include "shim.h"

_Static_assert(sizeof(struct addrinfo) == sizeof(struct hermit_addrinfo) &&
	       offsetof(struct addrinfo, ai_canonname) == offsetof(struct hermit_addrinfo, ai_canonname) &&
	       offsetof(struct addrinfo, ai_next) == offsetof(struct hermit_addrinfo, ai_next),
	       "addrinfo");
_Static_assert(AI_PASSIVE == HERMIT_AI_PASSIVE && AI_CANONNAME == HERMIT_AI_CANONNAME &&
	       AI_NUMERICHOST == HERMIT_AI_NUMERICHOST && AI_V4MAPPED == HERMIT_AI_V4MAPPED &&
	       AI_ALL == HERMIT_AI_ALL && AI_ADDRCONFIG == HERMIT_AI_ADDRCONFIG &&
	       AI_NUMERICSERV == HERMIT_AI_NUMERICSERV && NI_NUMERICHOST == HERMIT_NI_NUMERICHOST &&
	       NI_NUMERICSERV == HERMIT_NI_NUMERICSERV && NI_NOFQDN == HERMIT_NI_NOFQDN &&
	       NI_NAMEREQD == HERMIT_NI_NAMEREQD && NI_DGRAM == HERMIT_NI_DGRAM, "flags of names");
_Static_assert(EAI_AGAIN == HERMIT_EAI_AGAIN && EAI_BADFLAGS == HERMIT_EAI_BADFLAGS &&
	       EAI_FAIL == HERMIT_EAI_FAIL && EAI_FAMILY == HERMIT_EAI_FAMILY &&
	       EAI_MEMORY == HERMIT_EAI_MEMORY && EAI_NODATA == HERMIT_EAI_NODATA &&
	       EAI_NONAME == HERMIT_EAI_NONAME && EAI_SERVICE == HERMIT_EAI_SERVICE &&
	       EAI_SOCKTYPE == HERMIT_EAI_SOCKTYPE && EAI_SYSTEM == HERMIT_EAI_SYSTEM &&
	       EAI_OVERFLOW == HERMIT_EAI_OVERFLOW, "errors of names");

/* An error; errno is newlib's number. */
static int named(int error)
{
	if (error == HERMIT_EAI_SYSTEM)
		errno = __hermit_errno(sys_errno());
	return error;
}

/*
 * A signal's handler runs when the lookup has ended for it, and then it begins again; so that
 * a timer that is faster than servers does not keep it from its end, the second one goes on.
 */
WEAK int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
		     struct addrinfo **result)
{
	const struct hermit_addrinfo *wanted = (const struct hermit_addrinfo *)hints;
	struct hermit_addrinfo again = wanted ? *wanted : (struct hermit_addrinfo){0};
	int error = wanted && wanted->ai_flags & HERMIT_AI_NOINTR
			    ? HERMIT_EAI_BADFLAGS
			    : sys_getaddrinfo(name, service, wanted, (struct hermit_addrinfo **)result);

	if (error == HERMIT_EAI_SYSTEM && sys_errno() == HERMIT_EINTR) {
		again.ai_flags |= HERMIT_AI_NOINTR;
		error = sys_getaddrinfo(name, service, &again, (struct hermit_addrinfo **)result);
	}
	return named(error);
}

WEAK void freeaddrinfo(struct addrinfo *list)
{
	sys_freeaddrinfo((struct hermit_addrinfo *)list);
}

WEAK const char *gai_strerror(int error)
{
	return sys_gai_strerror(error);
}

WEAK int getnameinfo(const struct sockaddr *address, socklen_t length, char *host,
		     socklen_t host_length, char *service, socklen_t service_length, int flags)
{
	const struct hermit_sockaddr *known = (const struct hermit_sockaddr *)address;
	const struct hermit_namerooms rooms = {
		.host = host, .host_length = host_length, .service = service, .service_length = service_length,
	};
	int error = flags & HERMIT_NI_NOINTR ? HERMIT_EAI_BADFLAGS
					     : sys_getnameinfo(known, length, &rooms, flags);

	if (error == HERMIT_EAI_SYSTEM && sys_errno() == HERMIT_EINTR)
		error = sys_getnameinfo(known, length, &rooms, flags | HERMIT_NI_NOINTR);
	return named(error);
}
