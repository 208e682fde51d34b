/*
 * Names of hosts as they were before getaddrinfo (gethostbyname and others). What is returned
 * is each thread's own.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>

#include "shim.h"

enum { MOST = 32 };

struct host {
	struct hostent entry;
	char name[256];
	char *aliases[1];
	unsigned char bytes[MOST][16];
	char *addresses[MOST + 1];
};

static __thread struct host known;
static __thread int error;

WEAK int *__h_errno_location(void)
{
	return &error;
}

static int fromNameError(int number)
{
	switch (number) {
	case 0: return NETDB_SUCCESS;
	case EAI_AGAIN: return TRY_AGAIN;
	case EAI_NODATA: return NO_DATA;
	case EAI_NONAME: return HOST_NOT_FOUND;
	case EAI_MEMORY: failed(_REENT, ENOMEM); return NETDB_INTERNAL;
	case EAI_SYSTEM: return NETDB_INTERNAL;
	default: return NO_RECOVERY;
	}
}

static struct hostent *begin(int family)
{
	known.aliases[0] = NULL;
	known.addresses[0] = NULL;
	known.entry = (struct hostent){
		.h_name = known.name, .h_aliases = known.aliases, .h_addrtype = family,
		.h_length = family == AF_INET ? 4 : 16, .h_addr_list = known.addresses,
	};
	return &known.entry;
}

static void add(int count, const void *bytes, int length)
{
	memcpy(known.bytes[count], bytes, (size_t)length);
	known.addresses[count] = (char *)known.bytes[count];
	known.addresses[count + 1] = NULL;
}

WEAK struct hostent *gethostbyname2(const char *name, int family)
{
	struct addrinfo hints = {.ai_flags = AI_CANONNAME, .ai_family = family, .ai_socktype = SOCK_STREAM};
	struct addrinfo *list;
	struct hostent *host;
	int count = 0;

	if (family != AF_INET && family != AF_INET6) {
		failed(_REENT, EAFNOSUPPORT);
		error = NETDB_INTERNAL;
		return NULL;
	}
	error = fromNameError(getaddrinfo(name, NULL, &hints, &list));
	if (error)
		return NULL;
	host = begin(family);
	snprintf(known.name, sizeof known.name, "%s", list->ai_canonname ? list->ai_canonname : name);
	for (struct addrinfo *one = list; one && count < MOST; one = one->ai_next, count++)
		add(count,
		    family == AF_INET ? (const void *)&((struct sockaddr_in *)one->ai_addr)->sin_addr
				      : (const void *)&((struct sockaddr_in6 *)one->ai_addr)->sin6_addr,
		    host->h_length);
	freeaddrinfo(list);
	return host;
}

WEAK struct hostent *gethostbyname(const char *name)
{
	return gethostbyname2(name, AF_INET);
}

WEAK struct hostent *gethostbyaddr(const void *bytes, socklen_t length, int family)
{
	struct sockaddr_in four = {.sin_len = sizeof four, .sin_family = AF_INET};
	struct sockaddr_in6 six = {.sin6_len = sizeof six, .sin6_family = AF_INET6};
	char name[sizeof known.name];
	struct hostent *host;
	int result;

	if (family == AF_INET && length == 4) {
		memcpy(&four.sin_addr, bytes, 4);
		result = getnameinfo((struct sockaddr *)&four, sizeof four, name, sizeof name, NULL, 0, NI_NAMEREQD);
	} else if (family == AF_INET6 && length == 16) {
		memcpy(&six.sin6_addr, bytes, 16);
		result = getnameinfo((struct sockaddr *)&six, sizeof six, name, sizeof name, NULL, 0, NI_NAMEREQD);
	} else {
		failed(_REENT, family == AF_INET || family == AF_INET6 ? EINVAL : EAFNOSUPPORT);
		error = NETDB_INTERNAL;
		return NULL;
	}
	error = fromNameError(result);
	if (error)
		return NULL;
	host = begin(family);
	strcpy(known.name, name);
	add(0, bytes, host->h_length);
	return host;
}

WEAK const char *hstrerror(int number)
{
	switch (number) {
	case NETDB_INTERNAL: return "system error";
	case NETDB_SUCCESS: return "no error";
	case HOST_NOT_FOUND: return "no such host";
	case TRY_AGAIN: return "the name server does not answer; try again";
	case NO_RECOVERY: return "the name server failed";
	case NO_DATA: return "the host has no address";
	default: return "unknown error";
	}
}

WEAK void herror(const char *text)
{
	fprintf(stderr, "%s%s%s\n", text && *text ? text : "", text && *text ? ": " : "", hstrerror(error));
}

/* Copies what the thread's own holds to a buffer of the caller's. */
static int copy(struct hostent *host, char *buffer, size_t size, struct hostent **result,
		int *number)
{
	size_t count = 0, length = strlen(known.name) + 1, bytes = (size_t)known.entry.h_length;
	size_t padding = -(size_t)buffer % sizeof(char *);
	char **list = (char **)(void *)(buffer + padding), *text;

	*result = NULL;
	while (known.addresses[count])
		count++;
	/* The list of addresses, that of aliases, the bytes, the name. */
	if (padding + (count + 2) * sizeof(char *) + count * bytes + length > size) {
		*number = NETDB_INTERNAL;
		return ERANGE;
	}
	text = (char *)(list + count + 2);
	for (size_t i = 0; i < count; i++, text += bytes)
		list[i] = memcpy(text, known.addresses[i], bytes);
	list[count] = list[count + 1] = NULL;
	*host = known.entry;
	host->h_addr_list = list;
	host->h_aliases = list + count + 1;
	host->h_name = memcpy(text, known.name, length);
	*result = host;
	*number = NETDB_SUCCESS;
	return 0;
}

/* There is none: 0 and no result, but for what says more by errno. */
static int notFound(struct hostent **result, int *number)
{
	*result = NULL;
	*number = error;
	return error == NETDB_INTERNAL ? errno : error == TRY_AGAIN ? EAGAIN : 0;
}

WEAK int gethostbyname2_r(const char *restrict name, int family, struct hostent *restrict host,
			  char *restrict buffer, size_t size, struct hostent **restrict result,
			  int *restrict number)
{
	return gethostbyname2(name, family) ? copy(host, buffer, size, result, number)
					    : notFound(result, number);
}

WEAK int gethostbyname_r(const char *restrict name, struct hostent *restrict host,
			 char *restrict buffer, size_t size, struct hostent **restrict result,
			 int *restrict number)
{
	return gethostbyname2_r(name, AF_INET, host, buffer, size, result, number);
}

WEAK int gethostbyaddr_r(const void *restrict bytes, socklen_t length, int family,
			 struct hostent *restrict host, char *restrict buffer, size_t size,
			 struct hostent **restrict result, int *restrict number)
{
	return gethostbyaddr(bytes, length, family) ? copy(host, buffer, size, result, number)
						    : notFound(result, number);
}
