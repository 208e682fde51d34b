/* The flags of open and of fcntl's F_SETFL: newlib's are BSD's, hermit.h's Linux's. */
#ifndef HERMIT_SHIM_OPEN_FLAGS_H
#define HERMIT_SHIM_OPEN_FLAGS_H

#include <fcntl.h>

#include <hermit.h>

static const struct {
	int newlib, hermit;
} openFlags[] = {
	{O_APPEND, HERMIT_O_APPEND},       {O_CREAT, HERMIT_O_CREAT},
	{O_TRUNC, HERMIT_O_TRUNC},         {O_EXCL, HERMIT_O_EXCL},
	{O_NONBLOCK, HERMIT_O_NONBLOCK},   {O_NOCTTY, HERMIT_O_NOCTTY},
	{O_CLOEXEC, HERMIT_O_CLOEXEC},     {O_NOFOLLOW, HERMIT_O_NOFOLLOW},
	{O_SYNC, HERMIT_O_SYNC},
	{O_DIRECTORY, HERMIT_O_DIRECTORY}, {0x800000 /* O_TMPFILE */, HERMIT_O_TMPFILE},
};

/* Of the others there is none that would change what a program sees. */
static inline int toHermit(int flags)
{
	int result = flags & O_ACCMODE;

	if (flags == result)
		return result;
	for (unsigned i = 0; i < sizeof openFlags / sizeof *openFlags; i++)
		if (flags & openFlags[i].newlib)
			result |= openFlags[i].hermit;
	return result;
}

static inline int fromHermit(int flags)
{
	int result = flags & HERMIT_O_ACCMODE;

	for (unsigned i = 0; i < sizeof openFlags / sizeof *openFlags; i++)
		if ((flags & openFlags[i].hermit) == openFlags[i].hermit)
			result |= openFlags[i].newlib;
	return result;
}

#endif
