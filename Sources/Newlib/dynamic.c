/* Dynamic linking: an image is linked as a whole, and nothing can be added. */
#define _GNU_SOURCE

#include <dlfcn.h>
#include <stdbool.h>

#include "absent.h"

/* The thread's last failure; NULL: it was told. */
static _Thread_local const char *failure;

WEAK void *dlopen(const char *path, int mode)
{
	(void)path, (void)mode;
	ABSENT("dlopen: an image is linked as a whole");
	failure = "dlopen: there is no dynamic linking";
	return NULL;
}

WEAK int dlclose(void *library)
{
	(void)library;
	failure = "dlclose: this is no library";
	return -1;
}

WEAK void *dlsym(void *restrict library, const char *restrict name)
{
	(void)library, (void)name;
	ABSENT("dlsym: an image has no table of symbols");
	failure = "dlsym: there is no dynamic linking";
	return NULL;
}

WEAK char *dlerror(void)
{
	char *last = (char *)failure;

	failure = NULL;
	return last;
}

/* 0: the address is no library's. */
WEAK int dladdr(const void *address, Dl_info *information)
{
	(void)address, (void)information;
	return 0;
}
