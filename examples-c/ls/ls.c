/*
 * Lists files as ls does, in the order of their bytes: one a line, with -l all that is
 * known of them, with -R the folders in folders, with -a hidden names, with -n numbers of
 * users. Ends with 0, or with 1 where something could not be listed.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* As Linux has them: not every C library has these. */
#define MAJOR(device) ((unsigned)((device) >> 8 & 0xFFF))
#define MINOR(device) ((unsigned)(((device) & 0xFF) | ((device) >> 12 & 0xFFF00)))

struct entry {
	char *name;
	struct stat status;
	char user[32], group[32], size[32];
};

static int isLong, isDeep, showsHidden, isNumeric;
static int result;
static int wasPrinted;
static time_t now;

static void complain(const char *path)
{
	fprintf(stderr, "ls: %s: %s\n", path, strerror(errno));
	result = 1;
}

static void *checked(void *memory)
{
	if (!memory) {
		fputs("ls: there is no memory\n", stderr);
		exit(1);
	}
	return memory;
}

static char *joined(const char *folder, const char *name)
{
	size_t length = strlen(folder);
	char *path = checked(malloc(length + strlen(name) + 2));

	strcpy(path, folder);
	if (length && folder[length - 1] != '/')
		path[length++] = '/';
	strcpy(path + length, name);
	return path;
}

static char kind(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFDIR: return 'd';
	case S_IFLNK: return 'l';
	case S_IFCHR: return 'c';
	case S_IFBLK: return 'b';
	case S_IFIFO: return 'p';
	case S_IFSOCK: return 's';
	default: return '-';
	}
}

static void permissions(mode_t mode, char *text)
{
	*text++ = kind(mode);
	for (int shift = 6; shift >= 0; shift -= 3) {
		int isSpecial = shift == 6 ? mode & S_ISUID : shift == 3 ? mode & S_ISGID : mode & S_ISVTX;
		int runs = mode >> shift & 1;
		char special = shift ? 's' : 't';

		*text++ = mode >> shift & 4 ? 'r' : '-';
		*text++ = mode >> shift & 2 ? 'w' : '-';
		if (isSpecial)
			*text++ = runs ? special : special - 'a' + 'A';
		else
			*text++ = runs ? 'x' : '-';
	}
	*text = 0;
}

/* There is no list of users: the one that is known is root. */
static void name(unsigned long number, char *text, size_t size)
{
	if (number || isNumeric)
		snprintf(text, size, "%lu", number);
	else
		snprintf(text, size, "root");
}

static void name_owner(struct entry *entry)
{
	name(entry->status.st_uid, entry->user, sizeof entry->user);
	name(entry->status.st_gid, entry->group, sizeof entry->group);
	if (S_ISCHR(entry->status.st_mode) || S_ISBLK(entry->status.st_mode))
		snprintf(entry->size, sizeof entry->size, "%3u, %3u", MAJOR(entry->status.st_rdev),
			 MINOR(entry->status.st_rdev));
	else
		snprintf(entry->size, sizeof entry->size, "%lld", (long long)entry->status.st_size);
}

static int compare(const void *left, const void *right)
{
	return strcmp(((const struct entry *)left)->name, ((const struct entry *)right)->name);
}

/* The year takes the time's place in what is old, or of the future. */
static void print_time(time_t time)
{
	char text[32];
	struct tm *fields = localtime(&time);
	int isRecent = time <= now && now - time < 31556952 / 2;

	if (!fields || !strftime(text, sizeof text, isRecent ? "%b %e %H:%M" : "%b %e  %Y", fields))
		strcpy(text, "?");
	printf("%s", text);
}

static int longer(int width, const char *text)
{
	int length = (int)strlen(text);

	return length > width ? length : width;
}

static void print(const char *folder, struct entry *entries, size_t count)
{
	int links = 0, user = 0, group = 0, size = 0;
	char text[32];

	for (size_t i = 0; isLong && i < count; i++) {
		snprintf(text, sizeof text, "%lu", (unsigned long)entries[i].status.st_nlink);
		links = longer(links, text);
		user = longer(user, entries[i].user);
		group = longer(group, entries[i].group);
		size = longer(size, entries[i].size);
	}
	for (size_t i = 0; i < count; i++) {
		struct entry *entry = &entries[i];

		if (isLong) {
			permissions(entry->status.st_mode, text);
			printf("%s %*lu %-*s %-*s %*s ", text, links, (unsigned long)entry->status.st_nlink, user,
			       entry->user, group, entry->group, size, entry->size);
			print_time(entry->status.st_mtime);
			putchar(' ');
		}
		printf("%s", entry->name);
		if (isLong && S_ISLNK(entry->status.st_mode)) {
			char target[PATH_MAX];
			char *path = joined(folder, entry->name);
			ssize_t length = readlink(path, target, sizeof target);

			if (length < 0)
				complain(path);
			else
				printf(" -> %.*s", (int)length, target);
			free(path);
		}
		putchar('\n');
	}
}

static void list(const char *path)
{
	DIR *folder = opendir(path);
	struct entry *entries = NULL;
	size_t count = 0, room = 0;
	long long blocks = 0;

	if (!folder)
		return complain(path);
	for (struct dirent *found; errno = 0, (found = readdir(folder));) {
		char *whole;

		if (found->d_name[0] == '.' && !showsHidden)
			continue;
		if (count == room) {
			room = room ? room * 2 : 64;
			entries = checked(realloc(entries, room * sizeof *entries));
		}
		whole = joined(path, found->d_name);
		if ((isLong || isDeep) && lstat(whole, &entries[count].status)) {
			complain(whole);
			free(whole);
			continue;
		}
		free(whole);
		entries[count].name = checked(strdup(found->d_name));
		if (isLong) {
			name_owner(&entries[count]);
			blocks += entries[count].status.st_blocks;
		}
		count++;
	}
	if (errno)
		complain(path);
	closedir(folder);
	if (count)
		qsort(entries, count, sizeof *entries, compare);
	if (isDeep)
		printf("%s%s:\n", wasPrinted ? "\n" : "", path);
	wasPrinted = 1;
	if (isLong)
		printf("total %lld\n", (blocks + 1) / 2);
	print(path, entries, count);
	for (size_t i = 0; i < count; i++) {
		const char *name = entries[i].name;

		if (isDeep && S_ISDIR(entries[i].status.st_mode) && strcmp(name, ".") && strcmp(name, "..")) {
			char *whole = joined(path, name);

			list(whole);
			free(whole);
		}
		free(entries[i].name);
	}
	free(entries);
}

int main(int count, char **words)
{
	int option;

	while ((option = getopt(count, words, "lRan1")) != -1)
		switch (option) {
		case 'l': isLong = 1; break;
		case 'R': isDeep = 1; break;
		case 'a': showsHidden = 1; break;
		case 'n': isLong = isNumeric = 1; break;
		case '1': break;
		default: return 2;
		}
	time(&now);
	if (optind == count)
		list(".");
	for (int i = optind; i < count; i++) {
		struct stat status;

		if (stat(words[i], &status)) {
			complain(words[i]);
		} else if (!S_ISDIR(status.st_mode)) {
			struct entry entry = { .name = words[i] };

			if (lstat(words[i], &entry.status)) {
				complain(words[i]);
				continue;
			}
			name_owner(&entry);
			print("", &entry, 1);
		} else {
			list(words[i]);
		}
	}
	return result;
}
