/*
 * What /proc/self/maps says of memory and of files, where only what does not depend on
 * the system is told; and that its lines are whole, in order, and miss nothing that
 * stays, while other threads map and unmap. The same source is compiled for the host's
 * Linux, and says the same.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE 4096ul
#define PAGES 24
#define RW (PROT_READ | PROT_WRITE)
#define ANONYMOUS (MAP_ANONYMOUS | MAP_PRIVATE)

static char text[1 << 20];

/* Reads all of it, so many bytes at a time. */
static void load(int fd, size_t step)
{
	size_t done = 0;
	ssize_t count;

	if (lseek(fd, 0, SEEK_SET) != 0)
		exit(1);
	while ((count = read(fd, text + done, step)) > 0)
		done += (size_t)count;
	if (count < 0)
		exit(2);
	text[done] = 0;
}

struct line {
	uintptr_t start, end, offset;
	char rights[5];
	unsigned major, minor;
	unsigned long inode;
	const char *name;
};

/* The next line; NULL: there is none, or it is none. */
static char *next(char *at, struct line *line)
{
	char *end = strchr(at, '\n');
	int length = 0;

	if (!end || sscanf(at, "%lx-%lx %4s %lx %x:%x %lu%n", &line->start, &line->end, line->rights,
			   &line->offset, &line->major, &line->minor, &line->inode, &length) != 7)
		return NULL;
	*end = 0;
	line->name = at + length;
	while (*line->name == ' ')
		line->name++;
	/* Names begin in one column, with addresses of up to twelve digits. */
	if (*line->name && (size_t)(line->name - at) != 73 && line->end <= 1ul << 48)
		exit(3);
	return end + 1;
}

static const char *base(const char *name)
{
	const char *slash = strrchr(name, '/');

	return slash ? slash + 1 : name;
}

/* The lines about some pages, with these counted from the first. */
static void show(const char *what, char *pages, const char *folder)
{
	int fd = open("/proc/self/maps", O_RDONLY);
	struct line line;
	struct stat status;

	printf("%s\n", what);
	load(fd, 4096);
	for (char *at = text; *at && (at = next(at, &line));) {
		if (line.end <= (uintptr_t)pages || line.start >= (uintptr_t)pages + PAGES * PAGE)
			continue;
		printf("  %lu-%lu %s %lx %s", (line.start - (uintptr_t)pages) / PAGE,
		       (line.end - (uintptr_t)pages) / PAGE, line.rights, line.offset, base(line.name));
		if (*line.name == '/') {
			char path[400];

			snprintf(path, sizeof path, "%s/%s", folder, base(line.name));
			if (strncmp(path, line.name, sizeof path))
				printf(", not the path");
			if (stat(line.name, &status) == 0)
				printf(", inode %d", status.st_ino == line.inode);
		} else if (line.inode || line.major || line.minor) {
			printf(", an inode");
		}
		putchar('\n');
	}
	close(fd);
}

static int make(const char *name)
{
	int fd = open(name, O_RDWR | O_CREAT, 0600);

	if (fd < 0 || ftruncate(fd, PAGES * PAGE))
		exit(4);
	return fd;
}

static void map(char *at, size_t pages, int rights, int flags, int fd, size_t offset)
{
	if (mmap(at, pages * PAGE, rights, flags | MAP_FIXED, fd, (off_t)(offset * PAGE)) != at)
		exit(5);
}

/* Whether an address is in a range with that name. */
static int named(const void *address, const char *name)
{
	int fd = open("/proc/self/maps", O_RDONLY), found = 0;
	struct line line;

	load(fd, 1000);
	for (char *at = text; *at && (at = next(at, &line));)
		if (line.start <= (uintptr_t)address && (uintptr_t)address < line.end)
			found = !strcmp(line.name, name) && !strcmp(line.rights, "rw-p");
	close(fd);
	return found;
}

static atomic_int isOver;
static char *room;
static int file;

static void *change(void *argument)
{
	char *mine = room + (size_t)argument * 8 * PAGE;

	for (unsigned i = 0; !atomic_load(&isOver); i++) {
		map(mine + i % 4 * PAGE, 4, PROT_READ, MAP_SHARED, file, i % 7);
		map(mine + i % 5 * PAGE, 2, RW, ANONYMOUS, -1, 0);
		munmap(mine + i % 3 * PAGE, 3 * PAGE);
		free(malloc(100000 + i % 10 * 50000));
	}
	return NULL;
}

/* What stays: a file's page and one of memory before, between and behind what changes. */
static int watch(int rounds)
{
	static const size_t steps[] = {1, 7, 64, 511, 4096};
	int fd = open("/proc/self/maps", O_RDONLY);

	for (int round = 0; round < rounds; round++) {
		uintptr_t last = 0;
		struct line line;
		unsigned seen = 0;
		char *at = text;

		load(fd, steps[round % 5]);
		while (*at) {
			if (!(at = next(at, &line)))
				return printf("round %d: a line is none\n", round);
#ifdef __linux__
			/* What has grown meanwhile comes with its old start. */
			if (line.end <= last || line.end <= line.start)
#else
			if (line.start < last || line.end <= line.start)
#endif
				return printf("round %d: not in order\n", round);
			last = line.end;
			for (unsigned i = 0; i < 3; i++) {
				uintptr_t page = (uintptr_t)room + (i * 8 + 7) * PAGE;

				if (line.start == page && line.end == page + PAGE &&
				    !strcmp(line.rights, "rw-s") && line.offset == (10 + i) * PAGE &&
				    !strcmp(base(line.name), "changed"))
					seen |= 1u << i;
			}
		}
		if (seen != 7)
			return printf("round %d: seen %u\n", round, seen);
	}
	return close(fd);
}

int main(void)
{
	char folder[64] = "/tmp/maps.XXXXXX", *p, *small = malloc(100), *inDeep;
	int f, g, deep;
	pthread_t threads[2];

	if (!mkdtemp(folder) || chdir(folder) || mkdir("a b", 0700) || mkdir("a b/deep", 0700))
		return 1;
	f = make("f");
	g = make("g");
	p = mmap(NULL, PAGES * PAGE, PROT_NONE, ANONYMOUS, -1, 0);
	map(p, 2, RW, ANONYMOUS, -1, 0);
	map(p + 4 * PAGE, 4, PROT_READ, MAP_SHARED, f, 3);
	map(p + 10 * PAGE, 4, RW, MAP_PRIVATE, g, 0);
	map(p + 14 * PAGE, 1, PROT_READ | PROT_EXEC, MAP_PRIVATE, g, 10);
	show("mapped", p, folder);
	p[11 * PAGE] = 1;
	munmap(p + 5 * PAGE, PAGE);
	map(p + 12 * PAGE, 1, PROT_READ, ANONYMOUS, -1, 0);
	mprotect(p + 13 * PAGE, 5 * PAGE, PROT_NONE);
	munmap(p + 20 * PAGE, PAGE);
	show("changed", p, folder);
	if (rename("f", "f2") || unlink("g"))
		return 1;
	{
		/* What is deleted has a name on Linux, and a number here. */
		int fd = open("/proc/self/maps", O_RDONLY), deleted = 0;
		struct line line;

		load(fd, 4096);
		for (char *at = text; *at && (at = next(at, &line));) {
			size_t length = strlen(line.name);

			if (line.start == (uintptr_t)p + 10 * PAGE)
				deleted = line.name[0] == '/' && length > 10 &&
					  !strcmp(line.name + length - 10, " (deleted)");
			if (line.start == (uintptr_t)p + 4 * PAGE)
				printf("renamed: %s\n", base(line.name));
		}
		printf("deleted: %d\n", deleted);
		close(fd);
	}
	munmap(p, PAGES * PAGE);
	deep = make("a b/deep/x\ny");
	inDeep = mmap(NULL, PAGE, RW, MAP_SHARED, deep, 0);
	{
		int fd = open("/proc/self/maps", O_RDONLY);
		struct line line;

		load(fd, 4096);
		for (char *at = text; *at && (at = next(at, &line));)
			if (line.start == (uintptr_t)inDeep)
				printf("deep: %s\n", line.name + strlen(folder));
		close(fd);
	}
	munmap(inDeep, PAGE);
	printf("heap: %d, stack: %d\n", named(small, "[heap]"), named(folder, "[stack]"));

	file = make("changed");
	room = mmap(NULL, PAGES * PAGE, PROT_NONE, ANONYMOUS, -1, 0);
	for (size_t i = 0; i < 3; i++)
		map(room + (i * 8 + 7) * PAGE, 1, RW, MAP_SHARED, file, 10 + i);
	for (size_t i = 0; i < 2; i++)
		if (pthread_create(&threads[i], NULL, change, (void *)(i + 1)))
			return 1;
	if (watch(40))
		return 1;
	atomic_store(&isOver, 1);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	unlink("f2");
	unlink("changed");
	unlink("a b/deep/x\ny");
	if (rmdir("a b/deep") || rmdir("a b") || chdir("/") || rmdir(folder))
		return 1;
	printf("done\n");
	return 0;
}
