/*
 * Files of a folder in memory, one line for each thing that is tried. The same source is
 * compiled for the host's Linux and says the same there; what it leaves behind is compared,
 * too. Its argument is an empty folder.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE 4096
#define MEBIBYTE (1 << 20)

static sigjmp_buf place;

static void caught(int number)
{
	siglongjmp(place, number);
}

static const char *error(void)
{
	switch (errno) {
#define NAME(number) case number: return #number;
	NAME(EBADF) NAME(EACCES) NAME(ENODEV) NAME(EINVAL) NAME(ENOMEM) NAME(EPERM) NAME(EOVERFLOW) NAME(EFAULT)
	default: return "another";
	}
}

static void say(const char *what, long long result)
{
	if (result < 0)
		printf("%s: %s\n", what, error());
	else
		printf("%s: %lld\n", what, result);
}

#define SAY(call) say(#call, (long long)(call))

static unsigned long sum(const unsigned char *bytes, long count)
{
	unsigned long sum = 0;
	for (long i = 0; i < count; i++)
		sum = sum * 31 + bytes[i];
	return sum;
}

/* The signal of reading or writing a byte; 0: none. */
static int touch(volatile char *byte, int writes)
{
	struct sigaction action = {.sa_handler = caught}, old[2];
	int number = sigsetjmp(place, 1);

	if (!number) {
		sigaction(SIGBUS, &action, &old[0]);
		sigaction(SIGSEGV, &action, &old[1]);
		if (writes)
			*byte = *byte + 1;
		else
			(void)*byte;
	}
	signal(SIGBUS, SIG_DFL);
	signal(SIGSEGV, SIG_DFL);
	return number == SIGBUS ? 1 : number == SIGSEGV ? 2 : 0;
}

static int with(const char *name, long size)
{
	int file = open(name, O_RDWR | O_CREAT | O_TRUNC, 0644);
	char *bytes = malloc(size ? size : 1);

	for (long i = 0; i < size; i++)
		bytes[i] = (char)(i * 7 + i / 251);
	if (write(file, bytes, size) != size)
		perror("write");
	free(bytes);
	return file;
}

static void shared(void)
{
	int file = with("shared", 10000), other = open("shared", O_RDONLY);
	char text[64] = "";
	char *map = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);

	SAY(map != MAP_FAILED);
	printf("%lx\n", sum((unsigned char *)map, 10000));
	memcpy(map + 4090, "over a page's end", 17);
	SAY(pread(other, text, 17, 4090));
	puts(text);
	SAY(pwrite(file, "written", 7, 8190));
	printf("%.7s\n", map + 8190);
	/* Behind the end there is nothing, and what is stored there is not the file's. */
	printf("%d %d\n", map[10000], map[3 * PAGE - 1]);
	map[10001] = 'x';
	SAY(ftruncate(file, 10010));
	printf("%d\n", map[10001] == 0);
	printf("touched: %d\n", touch(map + 3 * PAGE, 0));
	SAY(ftruncate(file, 4 * PAGE));
	printf("touched: %d\n", touch(map + 3 * PAGE, 1));
	SAY(pwrite(file, "end", 3, 4 * PAGE - 3));
	printf("%.3s\n", map + 4 * PAGE - 3);
	SAY(msync(map, 4 * PAGE, MS_SYNC));
	SAY(msync(map, PAGE, MS_ASYNC));
	SAY(ftruncate(file, PAGE));
	printf("touched: %d %d\n", touch(map + PAGE - 1, 0), touch(map + PAGE, 0));
	SAY(ftruncate(file, 3 * PAGE));
	printf("%d\n", map[PAGE] | map[2 * PAGE]);
	memset(map + 2 * PAGE, 'm', 100);
	SAY(munmap(map, 4 * PAGE));
	SAY(pread(other, text, 10, 2 * PAGE));
	printf("%.10s\n", text);
	close(file);
	close(other);
}

static void private(void)
{
	int file = with("private", 3 * PAGE);
	char byte = 0;
	char *map = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);

	SAY(map != MAP_FAILED);
	memset(map, 'p', 2 * PAGE);
	SAY(pread(file, &byte, 1, 0));
	printf("%d %c\n", byte, map[0]);
	SAY(mprotect(map, PAGE, PROT_READ));
	printf("touched: %d %d\n", touch(map, 1), touch(map + PAGE, 1));
	SAY(close(file));
	printf("%lx\n", sum((unsigned char *)map, 3 * PAGE));
	SAY(munmap(map, 3 * PAGE));
}

static void refused(void)
{
	int reading, writing, folder = open(".", O_RDONLY);

	close(with("refused", PAGE));
	reading = open("refused", O_RDONLY);
	writing = open("refused", O_WRONLY);
	SAY((long)mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, reading, 0));
	SAY((long)mmap(NULL, PAGE, PROT_READ, MAP_SHARED, writing, 0));
	SAY((long)mmap(NULL, PAGE, PROT_READ, MAP_SHARED, folder, 0));
	SAY((long)mmap(NULL, PAGE, PROT_READ, MAP_SHARED, reading, 1));
	SAY((long)mmap(NULL, 0, PROT_READ, MAP_SHARED, reading, 0));
	SAY(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, reading, 0) != MAP_FAILED);
	char *map = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, reading, 0);
	SAY(mprotect(map, PAGE, PROT_READ | PROT_WRITE));
	SAY(munmap(map, PAGE));
	/* Nothing of the file is there. */
	map = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, reading, 16 * PAGE);
	printf("touched: %d\n", touch(map, 0));
	SAY(munmap(map, PAGE));
	close(reading);
	close(writing);
	close(folder);
}

/* What has no name any more, and what has another one. */
static void names(void)
{
	int file = with("old", 2 * PAGE);
	char *map = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);

	SAY(rename("old", "new"));
	memcpy(map, "renamed", 7);
	SAY(close(file));
	SAY(munmap(map, 2 * PAGE));

	file = with("gone", 2 * PAGE);
	map = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	SAY(unlink("gone"));
	SAY(close(file));
	map[PAGE] = 'x';
	printf("%lx\n", sum((unsigned char *)map, 2 * PAGE));
	SAY(munmap(map, 2 * PAGE));
}

/* Several mappings of one file are one, wherever they begin. */
static void several(void)
{
	int file = with("several", 8 * PAGE), reading = open("several", O_RDONLY);
	char *whole = mmap(NULL, 8 * PAGE, PROT_READ, MAP_SHARED, reading, 0);
	char *part = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 3 * PAGE);
	char *mine = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, reading, 4 * PAGE);

	memcpy(part + PAGE - 3, "across", 6);
	printf("%.6s %.3s\n", whole + 4 * PAGE - 3, mine);
	SAY(munmap(whole + PAGE, 6 * PAGE));
	memcpy(part, "again", 5);
	SAY(munmap(whole, 8 * PAGE));
	SAY(munmap(part, 2 * PAGE));
	printf("%.3s\n", mine);
	SAY(munmap(mine, PAGE));
	char text[8] = "";
	SAY(pread(reading, text, 5, 3 * PAGE));
	puts(text);
	close(file);
	close(reading);
}

static char *common;
static int commonFile;

/* Each of four writes bytes of its own, half of them through the descriptor. */
static void *worker(void *argument)
{
	long number = (long)argument;

	for (int i = 0; i < 500; i++) {
		long offset = (i * 4 + number) * 521 % (64 * PAGE);
		char byte = (char)('a' + number + i % 5);
		if (i & 1)
			common[offset] = byte;
		else if (pwrite(commonFile, &byte, 1, offset) != 1)
			puts("not written");
		if (i % 50 == 49)
			msync(common, 64 * PAGE, MS_SYNC);
		byte = 0;
		if (pread(commonFile, &byte, 1, offset) != 1 || byte != common[offset])
			puts("not the same");
	}
	return NULL;
}

static void threads(void)
{
	pthread_t thread[4];

	commonFile = with("threads", 64 * PAGE);
	common = mmap(NULL, 64 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, commonFile, 0);
	for (long i = 0; i < 4; i++)
		pthread_create(&thread[i], NULL, worker, (void *)i);
	for (int i = 0; i < 4; i++)
		pthread_join(thread[i], NULL);
	SAY(munmap(common, 64 * PAGE));
	close(commonFile);
}

/* From memory of one file to another, and to itself. */
static void copies(void)
{
	int from = with("from", 5 * PAGE), to = with("to", 0);
	char *map = mmap(NULL, 5 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, from, 0);

	SAY(write(to, map + 100, 4 * PAGE));
	SAY(lseek(to, 0, SEEK_SET));
	SAY(read(to, map + 50, 3 * PAGE));
	SAY(pwrite(from, map + 50, PAGE, 4 * PAGE));
	printf("%lx\n", sum((unsigned char *)map, 5 * PAGE));
	SAY(fsync(from));
	SAY(munmap(map, 5 * PAGE));
	close(from);
	close(to);
}

/* More than a request's worth, with the last page not whole. */
static void large(void)
{
	int file = with("large", 3 * MEBIBYTE + 77);
	char *map = mmap(NULL, 3 * MEBIBYTE + 77, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);

	printf("%lx\n", sum((unsigned char *)map, 3 * MEBIBYTE + 77));
	for (long i = 0; i < 3 * MEBIBYTE; i += 3 * PAGE)
		map[i] ^= 0x55;
	for (long i = MEBIBYTE; i < 2 * MEBIBYTE; i++)
		map[i] = (char)(i >> 3);
	/* Nobody unmaps it: the end of the program does. */
	SAY(fsync(file));
	close(file);
}

int main(int count, char **arguments)
{
	if (count < 2 || chdir(arguments[1]))
		return 2;
	shared();
	private();
	refused();
	names();
	several();
	threads();
	copies();
	large();
	return 0;
}
