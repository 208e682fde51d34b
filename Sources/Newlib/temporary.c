/* Files and names that nobody has: random ones, which are tried. */
#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "open_flags.h"
#include "shim.h"

/* Names that are tried before it is given up. */
enum { MOST_TRIES = 1000 };

enum maker { FILE_OF_NAME, DIRECTORY_OF_NAME, NAME_ALONE };

static void choose(char *letters, size_t count)
{
	static const char all[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	uint64_t random = 0;

	/* Without randomness the names are guessable, and still new ones. */
	if (sys_secure_rand64(&random) < 0)
		random = (uint64_t)sys_rand() << 32 | sys_rand();
	for (size_t i = 0; i < count; i++, random /= 62)
		letters[i] = all[random % 62];
}

/* What was made of a template with six X, suffix bytes before its end. */
static long make(char *template, int suffix, enum maker maker, int flags)
{
	size_t length = strlen(template);
	struct hermit_stat status;
	char *letters;
	long result = -HERMIT_EEXIST;

	if (suffix < 0 || length < 6 + (size_t)suffix)
		return -HERMIT_EINVAL;
	letters = template + length - suffix - 6;
	if (memcmp(letters, "XXXXXX", 6))
		return -HERMIT_EINVAL;
	for (int i = 0; i < MOST_TRIES && result == -HERMIT_EEXIST; i++) {
		choose(letters, 6);
		switch (maker) {
		case FILE_OF_NAME:
			result = sys_open(template,
					  (toHermit(flags) & ~HERMIT_O_ACCMODE) | HERMIT_O_RDWR |
						  HERMIT_O_CREAT | HERMIT_O_EXCL, 0600);
			break;
		case DIRECTORY_OF_NAME:
			result = sys_mkdir(template, 0700);
			break;
		case NAME_ALONE:
			result = sys_lstat(template, &status);
			result = result == -HERMIT_ENOENT ? 0 : result < 0 ? result : -HERMIT_EEXIST;
		}
	}
	if (result < 0)
		memcpy(letters, "XXXXXX", 6);
	return result;
}

WEAK int mkostemps(char *template, int suffix, int flags)
{
	return (int)checked(make(template, suffix, FILE_OF_NAME, flags));
}

WEAK int mkstemps(char *template, int suffix)
{
	return mkostemps(template, suffix, 0);
}

WEAK int mkostemp(char *template, int flags)
{
	return mkostemps(template, 0, flags);
}

WEAK int mkstemp(char *template)
{
	return mkostemps(template, 0, 0);
}

WEAK char *mkdtemp(char *template)
{
	return checked(make(template, 0, DIRECTORY_OF_NAME, 0)) < 0 ? NULL : template;
}

/* An empty name in place of an error, as everywhere. */
WEAK char *mktemp(char *template)
{
	if (checked(make(template, 0, NAME_ALONE, 0)) < 0)
		*template = 0;
	return template;
}

FILE *_tmpfile_r(struct _reent *reent)
{
	int fd = (int)returned(reent, sys_open(P_tmpdir, HERMIT_O_TMPFILE | HERMIT_O_RDWR, 0600));
	FILE *file;

	if (fd < 0)
		return NULL;
	file = _fdopen_r(reent, fd, "wb+");
	if (!file)
		sys_close(fd);
	return file;
}

WEAK FILE *tmpfile(void)
{
	return _tmpfile_r(_REENT);
}

WEAK char *tmpnam(char *space)
{
	static char own[L_tmpnam];
	char *name = space ? space : own;

	strcpy(name, P_tmpdir "/tXXXXXX");
	return checked(make(name, 0, NAME_ALONE, 0)) < 0 ? NULL : name;
}

WEAK char *tempnam(const char *directory, const char *prefix)
{
	struct hermit_stat status;
	const char *folder = getenv("TMPDIR");
	char *name;
	size_t length;

	/* POSIX: the first of these that can be used. */
	if (!folder || sys_stat(folder, &status) < 0)
		folder = directory;
	if (!folder || sys_stat(folder, &status) < 0)
		folder = P_tmpdir;
	length = strlen(folder);
	if (!(name = malloc(length + sizeof "/12345XXXXXX")))
		return NULL;
	memcpy(name, folder, length);
	name[length++] = '/';
	for (int i = 0; prefix && i < 5 && prefix[i]; i++)
		name[length++] = prefix[i];
	strcpy(name + length, "XXXXXX");
	if (checked(make(name, 0, NAME_ALONE, 0)) < 0) {
		free(name);
		return NULL;
	}
	return name;
}
