/*
 * Memory and files that are mapped in each other's place: what every page shows and
 * may be used for afterwards, and what is refused, one line a call. Then random
 * changes against a model, and changes under the eyes of other threads. The same
 * source is compiled for the host's Linux, and says the same.
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
#include <unistd.h>

#define PAGE 4096ul
#define PAGES 16
#define R PROT_READ
#define RW (PROT_READ | PROT_WRITE)
#define ANONYMOUS (MAP_ANONYMOUS | MAP_PRIVATE)

static int ends[2];

/* Whether the kernel can read a byte there, which goes to `byte`. */
static int readable(const char *p, char *byte)
{
	return write(ends[1], p, 1) == 1 && read(ends[0], byte, 1) == 1;
}

/* Whether the kernel can write a byte there. */
static int writable(char *p, char byte)
{
	char left;

	if (write(ends[1], &byte, 1) != 1)
		return 0;
	if (read(ends[0], p, 1) == 1)
		return 1;
	return read(ends[0], &left, 1) == 1 && 0;
}

/* A page is `.` where nothing is mapped, `-` where it can't be read, else its byte, 0 as a digit. */
static void show(char *start, int pages)
{
	unsigned char resident;
	char byte;

	printf("  ");
	for (int i = 0; i < pages; i++) {
		char *page = start + i * PAGE;

		if (mincore(page, PAGE, &resident) && errno == ENOMEM)
			putchar('.');
		else
			putchar(readable(page, &byte) ? byte ? byte : '0' : '-');
	}
	putchar('\n');
}

/* Which pages can be written to. What is private becomes the mapping's own. */
static void showWritable(char *start, int pages)
{
	char byte;

	printf("  ");
	for (int i = 0; i < pages; i++) {
		char *page = start + i * PAGE;

		putchar(readable(page, &byte) && writable(page, byte) ? 'w' : '-');
	}
	putchar('\n');
}

/* C libraries differ in their numbers. */
static const char *errorName(int error)
{
	switch (error) {
	case EACCES: return "EACCES";
	case EBADF: return "EBADF";
	case EEXIST: return "EEXIST";
	case EINVAL: return "EINVAL";
	case ENODEV: return "ENODEV";
	case ENOMEM: return "ENOMEM";
	case EOVERFLOW: return "EOVERFLOW";
	default: return "another error";
	}
}

static void tell(const char *call, int failed)
{
	if (failed)
		printf("%s: %s\n", call, errorName(errno));
	else
		printf("%s\n", call);
}

#define T(CALL) tell(#CALL, (CALL) != 0)
#define M(...) tell("mmap " #__VA_ARGS__, mapped(__VA_ARGS__))

/* Addresses are told only where they are not those that were asked for. */
static int mapped(char *at, size_t size, int rights, int flags, int fd, off_t offset)
{
	char *p = mmap(at, size, rights, flags, fd, offset);

	if (p == MAP_FAILED)
		return 1;
	if (p != at)
		printf("elsewhere\n");
	return 0;
}

/* A file of so many pages, each full of one letter. */
static int make(const char *name, char first, int pages)
{
	static char page[PAGE];
	int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);

	for (int i = 0; i < pages; i++) {
		memset(page, first + i, PAGE);
		if (write(fd, page, PAGE) != (ssize_t)PAGE)
			exit(1);
	}
	return fd;
}

/* What a file's pages begin with. */
static void showFile(int fd, int pages)
{
	char byte;

	printf("  file ");
	for (int i = 0; i < pages; i++)
		putchar(pread(fd, &byte, 1, (off_t)(i * PAGE)) == 1 ? byte : '.');
	putchar('\n');
}

/* Pages of memory with capital letters. */
static char *letters(int pages)
{
	char *p = mmap(NULL, pages * PAGE, RW, ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		exit(1);
	for (int i = 0; i < pages; i++)
		memset(p + i * PAGE, 'A' + i, PAGE);
	return p;
}

static void overMemory(int kind, int f)
{
	char *p = letters(PAGES);

	printf("over memory, %s\n", kind == MAP_SHARED ? "shared" : "private");
	M(p + 4 * PAGE, 4 * PAGE, RW, kind | MAP_FIXED, f, 2 * PAGE);
	show(p, PAGES);
	p[5 * PAGE] = '!';
	p[3 * PAGE] = '#';
	p[8 * PAGE] = '%';
	show(p, PAGES);
	showFile(f, 8);
	T(munmap(p + 6 * PAGE, PAGE));
	show(p, PAGES);
	T(mprotect(p + 2 * PAGE, 4 * PAGE, R));
	showWritable(p, PAGES);
	T(mprotect(p + 4 * PAGE, PAGE, PROT_NONE));
	show(p, PAGES);
	T(mprotect(p + 3 * PAGE, 3 * PAGE, RW));
	show(p, PAGES);
	showWritable(p, PAGES);
	T(mprotect(p + 5 * PAGE, 4 * PAGE, R));
	T(msync(p, 6 * PAGE, MS_SYNC));
	T(msync(p, 7 * PAGE, MS_SYNC));
	T(madvise(p + 3 * PAGE, 3 * PAGE, MADV_DONTNEED));
	p[3 * PAGE] |= '0';
	show(p, PAGES);
	T(mlock(p + 2 * PAGE, 4 * PAGE));
	T(mlock(p + 2 * PAGE, 5 * PAGE));
	/* Over its own end, memory and nothing. */
	M(p + 5 * PAGE, 3 * PAGE, RW, kind | MAP_FIXED, f, 0);
	show(p, PAGES);
	/* Both ends of memory, and the page between two files. */
	M(p, PAGE, RW, kind | MAP_FIXED, f, 7 * PAGE);
	M(p + (PAGES - 1) * PAGE, PAGE, RW, kind | MAP_FIXED, f, 6 * PAGE);
	M(p + 4 * PAGE, PAGE, RW, kind | MAP_FIXED, f, 5 * PAGE);
	show(p, PAGES);
	/* Memory takes a file's place: within, at its start, at its end, all of it. */
	M(p + 6 * PAGE, PAGE, RW, ANONYMOUS | MAP_FIXED, -1, 0);
	M(p, PAGE, R, ANONYMOUS | MAP_FIXED, -1, 0);
	p[6 * PAGE] = '1';
	show(p, PAGES);
	M(p + 3 * PAGE, 2 * PAGE, RW, ANONYMOUS | MAP_FIXED, -1, 0);
	memset(p + 3 * PAGE, '2', 2 * PAGE);
	M(p + 7 * PAGE, 3 * PAGE, RW, ANONYMOUS | MAP_FIXED, -1, 0);
	memset(p + 7 * PAGE, '3', 3 * PAGE);
	show(p, PAGES);
	showFile(f, 8);
	T(munmap(p, PAGES * PAGE));
	show(p, PAGES);
}

static void overSeveral(int kind, int f, int g)
{
	char *p = letters(PAGES);

	printf("over several, %s\n", kind == MAP_SHARED ? "shared" : "private");
	T(mprotect(p + 2 * PAGE, PAGE, PROT_NONE));
	T(mprotect(p + 3 * PAGE, 2 * PAGE, R));
	T(munmap(p + 6 * PAGE, 2 * PAGE));
	M(p + 9 * PAGE, 2 * PAGE, RW, MAP_PRIVATE | MAP_FIXED, g, 0);
	M(p + 12 * PAGE, PAGE, PROT_NONE, MAP_SHARED | MAP_FIXED, g, PAGE);
	show(p, PAGES);
	M(p + PAGE, 12 * PAGE, R, kind | MAP_FIXED, f, PAGE);
	show(p, PAGES);
	showWritable(p, PAGES);
	/* Another file, and the same file elsewhere. */
	M(p + 3 * PAGE, 2 * PAGE, RW, kind | MAP_FIXED, g, PAGE);
	M(p + 5 * PAGE, 2 * PAGE, R, kind | MAP_FIXED, f, 0);
	M(p + PAGE, PAGE, R, kind | MAP_FIXED, f, PAGE);
	show(p, PAGES);
	p[4 * PAGE] = '?';
	showFile(f, 8);
	showFile(g, 4);
	/* Where nothing is, and with nothing around it. */
	T(munmap(p, PAGES * PAGE));
	M(p + 8 * PAGE, 2 * PAGE, RW, kind | MAP_FIXED, g, 0);
	M(p + 7 * PAGE, PAGE, RW, ANONYMOUS | MAP_FIXED, -1, 0);
	p[7 * PAGE] = '_';
	show(p, PAGES);
	T(munmap(p + PAGE, 3 * PAGE));
	T(munmap(p, PAGES * PAGE));
	T(munmap(p, PAGES * PAGE));
	show(p, PAGES);
}

/* A buffer whose end is followed by its start, as programs make it. */
static void ring(void)
{
	int f = make("ring", 'a', 2);
	char *p = letters(4);

	printf("a ring\n");
	M(p, 2 * PAGE, RW, MAP_SHARED | MAP_FIXED, f, 0);
	M(p + 2 * PAGE, 2 * PAGE, RW, MAP_SHARED | MAP_FIXED, f, 0);
	T(close(f));
	T(unlink("ring"));
	memcpy(p + 2 * PAGE - 3, "over the end", 12);
	printf("  %.9s\n", p);
	M(p, 2 * PAGE, RW, ANONYMOUS | MAP_FIXED, -1, 0);
	printf("  %.9s, %d\n", p + 2 * PAGE, p[0]);
	T(munmap(p, 4 * PAGE));
}

/* A file that gets shorter and longer between pages of memory. */
static void cutting(int kind)
{
	int f = make("cut", 'a', 4);
	char *p = letters(6);

	printf("cut, %s\n", kind == MAP_SHARED ? "shared" : "private");
	M(p + PAGE, 4 * PAGE, RW, kind | MAP_FIXED, f, 0);
	p[2 * PAGE] = '2';
	p[4 * PAGE] = '4';
	T(ftruncate(f, PAGE));
	show(p, 6);
	T(mlock(p, 6 * PAGE));
	M(p + 3 * PAGE, PAGE, RW, ANONYMOUS | MAP_FIXED, -1, 0);
	p[3 * PAGE] = '3';
	T(ftruncate(f, 4 * PAGE));
	p[4 * PAGE] |= '5';
	show(p, 6);
	T(close(f));
	T(munmap(p, 6 * PAGE));
}

static void refused(int f, int folder)
{
	char *p = letters(8);
	int readOnly = open("f", O_RDONLY), writeOnly = open("f", O_WRONLY);

	printf("refused\n");
	M(p + 2 * PAGE, 2 * PAGE, RW, MAP_SHARED | MAP_FIXED, f, 0);
	T(munmap(p + 6 * PAGE, PAGE));
	M(p + 1, PAGE, RW, MAP_SHARED | MAP_FIXED, f, 0);
	M(p + 1, PAGE, RW, MAP_SHARED | MAP_FIXED_NOREPLACE, f, 0);
	M(p + 1, PAGE, RW, ANONYMOUS | MAP_FIXED, -1, 0);
	M(p, PAGE, RW, MAP_SHARED | MAP_FIXED, f, 1);
	M(p, PAGE, RW, MAP_SHARED | MAP_FIXED, f, -(off_t)PAGE);
	M(p, 0, RW, MAP_SHARED | MAP_FIXED, f, 0);
	M(p, 0, RW, ANONYMOUS | MAP_FIXED, -1, 0);
	M(p, -1ul, RW, MAP_SHARED | MAP_FIXED, f, 0);
	M(p, -1ul - PAGE, RW, MAP_SHARED | MAP_FIXED, f, 0);
	M(p, 1ul << 47, RW, MAP_SHARED | MAP_FIXED, f, 0);
	M(p, 1ul << 47, RW, ANONYMOUS | MAP_FIXED, -1, 0);
	M(p, 2 * PAGE, RW, MAP_SHARED | MAP_FIXED, f, 0x7ffffffffffff000);
	M(p, PAGE, RW, MAP_FIXED, f, 0);
	M(p, PAGE, RW, MAP_SHARED | MAP_FIXED, -1, 0);
	M(p, PAGE, RW, MAP_SHARED | MAP_FIXED, 99, 0);
	M(p, PAGE, R, MAP_SHARED | MAP_FIXED, folder, 0);
	M(p, PAGE, R, MAP_PRIVATE | MAP_FIXED, ends[0], 0);
	M(p, PAGE, R, MAP_PRIVATE | MAP_FIXED, writeOnly, 0);
	M(p, PAGE, RW, MAP_SHARED | MAP_FIXED, writeOnly, 0);
	M(p, PAGE, RW, MAP_SHARED | MAP_FIXED, readOnly, 0);
	M((char *)(1ul << 47), PAGE, RW, MAP_SHARED | MAP_FIXED, f, 0);
	M((char *)(1ul << 47), PAGE, RW, ANONYMOUS | MAP_FIXED, -1, 0);
	M((char *)0x800000000000000, PAGE, RW, MAP_SHARED | MAP_FIXED, f, 0);
	M((char *)-PAGE, PAGE, RW, MAP_SHARED | MAP_FIXED, f, 0);
	M((char *)-PAGE, PAGE, RW, ANONYMOUS | MAP_FIXED, -1, 0);
	M((char *)-PAGE, 2 * PAGE, RW, MAP_SHARED | MAP_FIXED, f, 0);
	M(p, PAGE, RW, MAP_SHARED | MAP_FIXED_NOREPLACE, f, 0);
	M(p + 3 * PAGE, PAGE, RW, MAP_SHARED | MAP_FIXED_NOREPLACE, f, 0);
	M(p + 3 * PAGE, PAGE, RW, ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	M(p + 5 * PAGE, 2 * PAGE, RW, MAP_SHARED | MAP_FIXED_NOREPLACE, f, 0);
	M(p + 6 * PAGE, 2 * PAGE, RW, ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	show(p, 8);
	M(p + 6 * PAGE, PAGE, RW, MAP_SHARED | MAP_FIXED_NOREPLACE, f, 3 * PAGE);
	show(p, 8);
	/* What a shared mapping of a file that is open for reading may become. */
	M(p + PAGE, PAGE, R, MAP_SHARED | MAP_FIXED, readOnly, 0);
	T(mprotect(p + PAGE, PAGE, RW));
	M(p + PAGE, PAGE, RW, MAP_PRIVATE | MAP_FIXED, readOnly, 0);
	T(mprotect(p + PAGE, PAGE, R));
	T(mprotect(p + PAGE, PAGE, RW));
	T(madvise(p + 2 * PAGE, PAGE, MADV_FREE));
	T(madvise(p + 1, PAGE, MADV_DONTNEED));
	T(munmap(p + 1, PAGE));
	T(munmap(p, 0));
	T(munmap(p, -PAGE));
	show(p, 8);
	T(munmap(p, 8 * PAGE));
	T(munmap((char *)-PAGE, PAGE));
	close(readOnly);
	close(writeOnly);
}

/* A wish is no order: what is there stays. */
static void wished(int f)
{
	char *p = letters(4), *q;

	printf("wished\n");
	T(munmap(p + 2 * PAGE, PAGE));
	q = mmap(p + PAGE, 2 * PAGE, R, MAP_SHARED, f, 0);
	printf("  there: %d\n", q == p + PAGE);
	show(q, 2);
	T(munmap(q, 2 * PAGE));
	q = mmap(p + 2 * PAGE + 5, PAGE, R, MAP_SHARED, f, PAGE);
	printf("  there: %d\n", q == p + 2 * PAGE);
	show(p, 4);
	T(munmap(q, PAGE));
	T(munmap(p, 4 * PAGE));
}

static uint64_t seed = 20;

static unsigned any(unsigned limit)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)(seed >> 20) % limit;
}

#define ALL 64

static struct page {
	/* 0: nothing, 1: memory, 2: shared with a file, 3: private of a file. */
	int kind, file, number, rights, isOwn;
	char own;
} model[ALL];

static char contents[2][ALL];

static char expected(const struct page *page)
{
	if (page->kind == 1 || (page->kind == 3 && page->isOwn))
		return page->own;
	return contents[page->file][page->number];
}

static int compare(const char *p, int step)
{
	unsigned char resident;

	for (int i = 0; i < ALL; i++) {
		int isMapped = mincore((void *)(p + i * PAGE), PAGE, &resident) == 0;

		if (isMapped != (model[i].kind != 0)) {
			printf("step %d, page %d: mapped %d\n", step, i, isMapped);
			return 1;
		}
		if (model[i].rights & PROT_READ && p[i * PAGE + 9] != expected(&model[i])) {
			printf("step %d, page %d: %d, not %d\n", step, i, p[i * PAGE + 9], expected(&model[i]));
			return 1;
		}
	}
	return 0;
}

static int change(char *p, const int files[2])
{
	static const int rights[] = {PROT_NONE, PROT_READ, PROT_READ | PROT_WRITE, PROT_READ | PROT_WRITE};
	unsigned first = any(ALL), count = 1 + any(any(2) ? ALL - first : (ALL - first + 7) / 8);
	int prot = rights[any(4)], file = (int)any(2), number = (int)any(ALL - count + 1), isWhole = 1;
	char *at = p + first * PAGE, value = (char)(1 + any(120));

	switch (any(6)) {
	case 0:
		if (mmap(at, count * PAGE, prot, ANONYMOUS | MAP_FIXED, -1, 0) != at)
			return 1;
		for (unsigned i = first; i < first + count; i++)
			model[i] = (struct page){.kind = 1, .rights = prot};
		return 0;
	case 1:
	case 2: {
		int kind = any(2) ? MAP_SHARED : MAP_PRIVATE;

		if (mmap(at, count * PAGE, prot, kind | MAP_FIXED, files[file],
			 (off_t)number * (off_t)PAGE) != at)
			return 1;
		for (unsigned i = 0; i < count; i++)
			model[first + i] = (struct page){.kind = kind == MAP_SHARED ? 2 : 3, .file = file,
				.number = number + (int)i, .rights = prot};
		return 0;
	}
	case 3:
		if (any(3))
			break;
		if (munmap(at, count * PAGE))
			return 1;
		for (unsigned i = first; i < first + count; i++)
			model[i] = (struct page){0};
		return 0;
	case 4:
		/* Only where all is mapped: else parts may have been changed. */
		for (unsigned i = first; i < first + count; i++)
			isWhole = isWhole && model[i].kind != 0;
		if (!isWhole)
			break;
		if (any(3)) {
			if (mprotect(at, count * PAGE, prot))
				return 1;
			for (unsigned i = first; i < first + count; i++)
				model[i].rights = prot;
		} else {
			if (madvise(at, count * PAGE, MADV_DONTNEED))
				return 1;
			for (unsigned i = first; i < first + count; i++) {
				model[i].own = 0;
				model[i].isOwn = 0;
			}
		}
		return 0;
	}
	/* Pages are written to, those that may be. */
	for (unsigned i = first; i < first + count; i++) {
		if (!(model[i].rights & PROT_WRITE))
			continue;
		p[i * PAGE + 9] = value;
		if (model[i].kind == 2)
			contents[model[i].file][model[i].number] = value;
		else
			model[i].own = value, model[i].isOwn = 1;
	}
	return 0;
}

static int randomChanges(int steps)
{
	int files[2] = {make("one", 1, ALL), make("two", 31, ALL)};
	char *p = mmap(NULL, ALL * PAGE, PROT_NONE, ANONYMOUS, -1, 0);

	for (int i = 0; i < ALL; i++) {
		model[i] = (struct page){.kind = 1};
		contents[0][i] = (char)(1 + i);
		contents[1][i] = (char)(31 + i);
	}
	for (int step = 0; step < steps; step++) {
		if (change(p, files)) {
			printf("step %d: error %d\n", step, errno);
			return 1;
		}
		if (compare(p, step))
			return 1;
	}
	for (int i = 0; i < ALL; i++) {
		for (int k = 0; k < 2; k++) {
			char byte;

			if (pread(files[k], &byte, 1, (off_t)(i * PAGE + 9)) != 1 || byte != contents[k][i])
				return printf("file %d, page %d\n", k, i);
		}
	}
	close(files[0]);
	close(files[1]);
	return munmap(p, ALL * PAGE);
}

/* Pages that are memory and a file's in turn, while others look at them. */
static char *watched;
static atomic_int isOver, isWrong;

static void *watch(void *unused)
{
	char byte;

	while (!atomic_load(&isOver)) {
		for (int i = 0; i < 8; i++) {
			byte = *(volatile char *)(watched + i * PAGE);
			if (byte != 0 && byte != 'a' + i && byte != 'z')
				atomic_store(&isWrong, 1 + byte);
			*(volatile char *)(watched + (8 + i) * PAGE) = 'z';
		}
	}
	return unused;
}

static int changesUnderEyes(int rounds)
{
	pthread_t watchers[2];
	int f = make("watched", 'a', 16);

	watched = mmap(NULL, 16 * PAGE, RW, ANONYMOUS, -1, 0);
	for (int i = 0; i < 2; i++)
		if (pthread_create(&watchers[i], NULL, watch, NULL))
			return printf("no thread\n");
	for (int round = 0; round < rounds; round++) {
		int kind = round & 1 ? MAP_SHARED : MAP_PRIVATE;
		char *at = watched + any(4) * PAGE;

		if (mmap(at, 4 * PAGE, R, MAP_SHARED | MAP_FIXED, f, at - watched) != at ||
		    mmap(watched + 9 * PAGE, 5 * PAGE, RW, kind | MAP_FIXED, f, 9 * PAGE) == MAP_FAILED ||
		    mmap(at + PAGE, 2 * PAGE, R, ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED ||
		    mmap(watched + 10 * PAGE, 6 * PAGE, RW, ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
			return printf("round %d: error %d\n", round, errno);
	}
	atomic_store(&isOver, 1);
	for (int i = 0; i < 2; i++)
		pthread_join(watchers[i], NULL);
	if (atomic_load(&isWrong))
		return printf("wrong: %d\n", atomic_load(&isWrong));
	close(f);
	return munmap(watched, 16 * PAGE);
}

int main(void)
{
	static const char *const left[] = {"f", "g", "cut", "one", "two", "watched"};
	char folder[] = "/tmp/fixed.XXXXXX";
	int f, g, directory;

	if (!mkdtemp(folder) || chdir(folder) || pipe(ends))
		return 1;
	f = make("f", 'a', 8);
	g = make("g", 'p', 14);
	directory = open(".", O_RDONLY);
	overMemory(MAP_SHARED, f);
	overMemory(MAP_PRIVATE, g);
	overSeveral(MAP_SHARED, g, f);
	overSeveral(MAP_PRIVATE, g, f);
	ring();
	cutting(MAP_SHARED);
	cutting(MAP_PRIVATE);
	refused(f, directory);
	wished(f);
	if (randomChanges(3000) || changesUnderEyes(60))
		return 1;
	for (unsigned i = 0; i < sizeof left / sizeof *left; i++)
		unlink(left[i]);
	if (chdir("/") || rmdir(folder))
		return 1;
	printf("done\n");
	return 0;
}
