/*
 * Four tasks that change files below a folder until the machine stops. Each appends lines to a file
 * of its own and tells those that fsync has returned for; in between it makes, renames and removes
 * others. First what is there is checked: all lines of each file, one after the other, of which
 * only the last may be cut off.
 *
 * appends FOLDER [check]
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TASKS 4

static const char *folder;
static int last[TASKS];

static void fail(const char *what)
{
	printf("failed: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int line(char *text, int task, int number)
{
	return sprintf(text, "line %d of task %d, %0*d\n", number, task, 1 + number * 37 % 900, number);
}

static void check(int task)
{
	char path[200], text[1100], expected[1100];
	FILE *file;

	snprintf(path, sizeof path, "%s/log%d", folder, task);
	file = fopen(path, "r");
	if (!file)
		return;
	while (fgets(text, sizeof text, file)) {
		line(expected, task, last[task] + 1);
		if (!strcmp(text, expected))
			last[task]++;
		else if (strncmp(text, expected, strlen(text)) || fgetc(file) != EOF)
			fail(path);
		else if (truncate(path, ftell(file) - (long)strlen(text)))
			fail("truncate");
	}
	fclose(file);
}

static void *run(void *argument)
{
	char path[200], other[200], text[1100], told[64];
	int task = (int)(long)argument, file, part;

	snprintf(path, sizeof path, "%s/log%d", folder, task);
	file = open(path, O_WRONLY | O_CREAT | O_APPEND, 0644);
	if (file < 0)
		fail(path);
	for (;;) {
		int number = ++last[task], count = line(text, task, number);

		if (write(file, text, count) != count || fsync(file))
			fail("append");
		count = sprintf(told, "task %d has line %d\n", task, number);
		if (write(1, told, count) != count)
			fail("tell");
		/* What is not synchronised, for the journal to sort out. */
		snprintf(path, sizeof path, "%s/new%d.%d", folder, task, number % 50);
		snprintf(other, sizeof other, "%s/old%d.%d", folder, task, number % 20);
		part = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
		if (part < 0 || write(part, text, count) != count || close(part) || rename(path, other))
			fail("replace");
		if (number % 7 == 0) {
			snprintf(path, sizeof path, "%s/folder%d.%d", folder, task, number % 30);
			if (mkdir(path, 0700) && errno != EEXIST)
				fail("mkdir");
		}
		if (number % 11 == 0 && unlink(other))
			fail("unlink");
	}
}

int main(int argc, char **argv)
{
	pthread_t threads[TASKS];

	if (argc < 2)
		return 2;
	folder = argv[1];
	for (int i = 0; i < TASKS; i++)
		check(i);
	printf("checked %d %d %d %d\n", last[0], last[1], last[2], last[3]);
	fflush(stdout);
	if (argc > 2)
		return 0;
	for (long i = 0; i < TASKS; i++)
		if (pthread_create(&threads[i], NULL, run, (void *)i))
			fail("pthread_create");
	for (int i = 0; i < TASKS; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
