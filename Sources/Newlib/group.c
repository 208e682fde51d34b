/* Groups: /etc/group, or where it is not there root alone. Lines that are none are passed over. */
#define _GNU_SOURCE

#include <grp.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "records.h"

static const char path[] = "/etc/group";
static const char root[] = "root:x:0:";

/* The parts of a line, which it is cut into. Members: 0: there are, EINVAL: it is none, ERANGE. */
static int parse(char *line, struct group *group, char *end)
{
	char *members, **list, *behind = line + strlen(line) + 1;
	unsigned number;
	size_t count = 0;

	group->gr_name = __hermit_field(&line);
	group->gr_passwd = __hermit_field(&line);
	if (!*group->gr_name || *group->gr_name == '#' || *group->gr_name == '+' ||
	    *group->gr_name == '-' || !__hermit_identifier(__hermit_field(&line), &number) || !line)
		return EINVAL;
	group->gr_gid = number;
	behind += -(uintptr_t)behind % sizeof(char *);
	group->gr_mem = list = (char **)(void *)behind;
	while (1) {
		if (behind > end || (size_t)(end - behind) / sizeof(char *) <= count)
			return ERANGE;
		members = strsep(&line, ",");
		if (!members)
			break;
		if (*members)
			list[count++] = members;
	}
	list[count] = NULL;
	return 0;
}

/* The next group in a buffer: 0, ENOENT or ERANGE; then it is the next one again. */
static int next(struct records *records, struct group *group, char *buffer, size_t size)
{
	int error, problem;

	do {
		struct records before = *records;
		long start = records->file ? ftell(records->file) : 0;

		error = __hermit_next_record(records, buffer, size);
		problem = error ? 0 : parse(buffer, group, buffer + size);
		if (problem == ERANGE) {
			if (before.file)
				(void)fseek(before.file, start, SEEK_SET);
			*records = before;
			return ERANGE;
		}
	} while (problem);
	return error;
}

static int find(const char *name, gid_t number, struct group *group, char *buffer, size_t size,
		struct group **result)
{
	struct records records;
	int error = __hermit_open_records(&records, path, root);

	*result = NULL;
	if (error)
		return error;
	while (!(error = next(&records, group, buffer, size)))
		if (name ? !strcmp(group->gr_name, name) : group->gr_gid == number) {
			*result = group;
			break;
		}
	__hermit_close_records(&records);
	return error == ENOENT ? 0 : error;
}

WEAK int getgrnam_r(const char *name, struct group *group, char *buffer, size_t size,
		    struct group **result)
{
	return find(name, 0, group, buffer, size, result);
}

WEAK int getgrgid_r(gid_t number, struct group *group, char *buffer, size_t size,
		    struct group **result)
{
	return find(NULL, number, group, buffer, size, result);
}

/* What the other functions return lies here. */
static struct group last;
static char *text;
static size_t room;

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

static struct group *found(const char *name, gid_t number)
{
	struct group *result = NULL;
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

WEAK struct group *getgrnam(const char *name)
{
	return found(name, 0);
}

WEAK struct group *getgrgid(gid_t number)
{
	return found(NULL, number);
}

static struct records list;
static bool isOpen;

WEAK void setgrent(void)
{
	if (isOpen)
		__hermit_close_records(&list);
	isOpen = false;
}

WEAK void endgrent(void)
{
	setgrent();
}

WEAK int getgrent_r(struct group *group, char *buffer, size_t size, struct group **result)
{
	int error = isOpen ? 0 : __hermit_open_records(&list, path, root);

	*result = NULL;
	if (error)
		return error;
	isOpen = true;
	error = next(&list, group, buffer, size);
	if (!error)
		*result = group;
	return error;
}

WEAK struct group *getgrent(void)
{
	struct group *result = NULL;
	int error = ERANGE;

	while (error == ERANGE && (room || grow())) {
		error = getgrent_r(&last, text, room, &result);
		if (error == ERANGE && !grow())
			error = ENOMEM;
	}
	if (error && error != ENOENT)
		errno = error;
	return result;
}

WEAK struct group *fgetgrent(FILE *stream)
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

/* The groups that a user is in, the given one first: their number, or -1 where there are more. */
WEAK int getgrouplist(const char *user, gid_t first, gid_t *groups, int *count)
{
	struct records records;
	struct group group;
	char *buffer = NULL;
	size_t size = 256;
	int most = *count, found = 0, error;

	if (found < most)
		groups[found] = first;
	found++;
	error = __hermit_open_records(&records, path, root);
	if (!error && !(buffer = malloc(size)))
		error = ENOMEM;
	while (!error) {
		error = next(&records, &group, buffer, size);
		if (error == ERANGE) {
			char *larger = realloc(buffer, 2 * size);

			error = larger ? 0 : ENOMEM;
			if (larger) {
				buffer = larger;
				size *= 2;
			}
			continue;
		}
		for (char **member = group.gr_mem; !error && *member; member++)
			if (!strcmp(*member, user) && group.gr_gid != first) {
				if (found < most)
					groups[found] = group.gr_gid;
				found++;
				break;
			}
	}
	free(buffer);
	__hermit_close_records(&records);
	*count = found;
	return found > most ? -1 : found;
}

WEAK int initgroups(const char *user, gid_t group)
{
	gid_t groups[NGROUPS_MAX];
	int count = NGROUPS_MAX;

	if (getgrouplist(user, group, groups, &count) < 0)
		count = NGROUPS_MAX;
	return setgroups(count, groups);
}
