/* Users: /etc/passwd, or where it is not there root alone. Lines that are none are passed over. */
#define _GNU_SOURCE

#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "records.h"

static const char path[] = "/etc/passwd";
static const char root[] = "root:x:0:0:root:/:/bin/sh";

/* The parts of a line, which it is cut into. */
static bool parse(char *line, struct passwd *user)
{
	unsigned number, group;

	user->pw_name = __hermit_field(&line);
	user->pw_passwd = __hermit_field(&line);
	if (!*user->pw_name || *user->pw_name == '#' || *user->pw_name == '+' ||
	    *user->pw_name == '-' || !__hermit_identifier(__hermit_field(&line), &number) ||
	    !__hermit_identifier(__hermit_field(&line), &group))
		return false;
	user->pw_uid = number;
	user->pw_gid = group;
	user->pw_gecos = __hermit_field(&line);
	user->pw_dir = __hermit_field(&line);
	user->pw_shell = __hermit_field(&line);
	return user->pw_gecos && user->pw_dir && user->pw_shell && !line;
}

/* The next user in a buffer: 0, ENOENT or ERANGE. */
static int next(struct records *records, struct passwd *user, char *buffer, size_t size)
{
	int error;

	do
		error = __hermit_next_record(records, buffer, size);
	while (!error && !parse(buffer, user));
	return error;
}

/* The one of a name, or where that is NULL of a number. There is none: 0 and no result. */
static int find(const char *name, uid_t number, struct passwd *user, char *buffer, size_t size,
		struct passwd **result)
{
	struct records records;
	int error = __hermit_open_records(&records, path, root);

	*result = NULL;
	if (error)
		return error;
	while (!(error = next(&records, user, buffer, size)))
		if (name ? !strcmp(user->pw_name, name) : user->pw_uid == number) {
			*result = user;
			break;
		}
	__hermit_close_records(&records);
	return error == ENOENT ? 0 : error;
}

WEAK int getpwnam_r(const char *name, struct passwd *user, char *buffer, size_t size,
		    struct passwd **result)
{
	return find(name, 0, user, buffer, size, result);
}

WEAK int getpwuid_r(uid_t number, struct passwd *user, char *buffer, size_t size,
		    struct passwd **result)
{
	return find(NULL, number, user, buffer, size, result);
}

/* What the other functions return lies here. */
static struct passwd last;
static char *text;
static size_t room;

/* Makes the room larger; false: there is no memory. */
static bool grow(void)
{
	size_t size = room ? 2 * room : 256;
	char *larger = realloc(text, size);

	if (!larger)
		return false;
	text = larger;
	room = size;
	return true;
}

static struct passwd *found(const char *name, uid_t number)
{
	struct passwd *result = NULL;
	int error = ERANGE;

	while (error == ERANGE && (room || grow())) {
		error = find(name, number, &last, text, room, &result);
		if (error == ERANGE && !grow())
			error = ENOMEM;
	}
	if (error)
		errno = error;
	return result;
}

WEAK struct passwd *getpwnam(const char *name)
{
	return found(name, 0);
}

WEAK struct passwd *getpwuid(uid_t number)
{
	return found(NULL, number);
}

static struct records list;
static bool isOpen;

WEAK void setpwent(void)
{
	if (isOpen)
		__hermit_close_records(&list);
	isOpen = false;
}

WEAK void endpwent(void)
{
	setpwent();
}

WEAK int getpwent_r(struct passwd *user, char *buffer, size_t size, struct passwd **result)
{
	int error = isOpen ? 0 : __hermit_open_records(&list, path, root);

	*result = NULL;
	if (error)
		return error;
	isOpen = true;
	error = next(&list, user, buffer, size);
	if (!error)
		*result = user;
	return error;
}

WEAK struct passwd *getpwent(void)
{
	struct passwd *result = NULL;
	int error = ERANGE;

	while (error == ERANGE && (room || grow())) {
		error = getpwent_r(&last, text, room, &result);
		if (error == ERANGE && !grow())
			error = ENOMEM;
	}
	if (error && error != ENOENT)
		errno = error;
	return result;
}

WEAK struct passwd *fgetpwent(FILE *stream)
{
	struct records records = {stream, NULL};
	int error = ERANGE;

	while (error == ERANGE && (room || grow())) {
		error = next(&records, &last, text, room);
		if (error == ERANGE && !grow())
			error = ENOMEM;
	}
	if (error)
		errno = error;
	return error ? NULL : &last;
}
