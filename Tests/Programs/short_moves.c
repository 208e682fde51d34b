/*
 * Reads and writes of few bytes at the places where they are more than a copy: at a page's
 * and a file's ends, in holes, behind the end, where memory ends, in pipes that wrap, and
 * in reads that wait. Says the same on Linux.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PAGE = 4096 };

static char bytes[2 * PAGE], again[2 * PAGE];
/* A page that is there, and behind it one that is not. */
static char *edge;

static const char *name(int error)
{
	switch (error) {
	case EAGAIN: return "EAGAIN";
	case EBADF: return "EBADF";
	case EFAULT: return "EFAULT";
	case EINVAL: return "EINVAL";
	case ESPIPE: return "ESPIPE";
	default: return "another error";
	}
}

static void say(const char *what, long result)
{
	if (result < 0)
		printf("%s: %s\n", what, name(errno));
	else
		printf("%s: %ld\n", what, result);
}

/* How many bytes are `value`, up to the first that is not. */
static long same(const char *from, size_t count, char value)
{
	size_t n = 0;

	while (n < count && from[n] == value)
		n++;
	return (long)n;
}

static long size_of(int file)
{
	struct stat status;

	return fstat(file, &status) ? -1 : (long)status.st_size;
}

static void in_pages(int file)
{
	memset(bytes, 'a', sizeof bytes);
	say("write of a page", write(file, bytes, PAGE));
	say("write over the page's end", pwrite(file, bytes, 100, PAGE - 50));
	say("size", size_of(file));
	say("read over the page's end", pread(file, again, 100, PAGE - 60));
	say("read up to the end", pread(file, again, PAGE, 50));
	say("read at the end", pread(file, again, 1, PAGE + 50));
	say("read behind the end", pread(file, again, 1, 100 * PAGE));
	say("read at a negative offset", pread(file, again, 1, -1));
	say("write at a negative offset", pwrite(file, bytes, 1, -1));
	say("where it is", lseek(file, 0, SEEK_CUR));
	say("read from there", read(file, again, PAGE));
	say("where it is", lseek(file, 0, SEEK_CUR));
	say("read at the end", read(file, again, PAGE));
}

static void in_holes(int file)
{
	say("cut", ftruncate(file, 10));
	say("write behind the end", pwrite(file, "z", 1, 1000));
	say("read of all", pread(file, again, PAGE, 0));
	printf("%ld, %ld\n", same(again, 10, 'a'), same(again + 10, 990, 0));
	say("a page in a hole", pwrite(file, bytes, PAGE, 5 * PAGE));
	say("half a page in a hole", pwrite(file, bytes, PAGE / 2, 7 * PAGE + 100));
	say("size", size_of(file));
	say("read in a hole", pread(file, again, PAGE, 3 * PAGE));
	say("zeros", same(again, PAGE, 0));
	say("read of a part of one", pread(file, again, PAGE, 7 * PAGE));
	printf("%ld, %ld\n", same(again, 100, 0), same(again + 100, PAGE / 2, 'a'));
}

static void at_the_edge(int file)
{
	memset(edge, 'e', PAGE);
	say("cut", ftruncate(file, 0));
	say("write from no memory", pwrite(file, edge + PAGE, 100, 0));
	say("size", size_of(file));
	say("write of what is there", pwrite(file, edge + PAGE - 60, 100, 0));
	say("size", size_of(file));
	say("write of a page that is there in part", pwrite(file, edge + 1000, PAGE, 0));
	say("size", size_of(file));
	say("longer", ftruncate(file, 2 * PAGE));
	say("read", pread(file, again, PAGE, 0));
	printf("%ld, %ld\n", same(again, PAGE - 1000, 'e'), same(again + PAGE - 1000, 1000, 0));
	say("read to no memory", pread(file, edge + PAGE, 1, 0));
	say("read to memory that ends", pread(file, edge + PAGE - 7, 10, 0) > 0);
	say("null", pread(file, NULL, 1, 0));
	say("null", pwrite(file, NULL, 1, 0));
	say("nothing to null", pread(file, NULL, 0, 0));
}

static void by_permission(const char *path)
{
	int reading = open(path, O_RDONLY), writing = open(path, O_WRONLY);
	int appending = open(path, O_RDWR | O_APPEND);

	say("write to what is read", write(reading, "x", 1));
	say("pwrite to what is read", pwrite(reading, "x", 1, 0));
	say("read of what is written", read(writing, again, 1));
	say("pread of what is written", pread(writing, again, 1, 0));
	say("append", write(appending, "xyz", 3));
	say("size", size_of(appending));
	say("read behind it", read(appending, again, 1));
	close(reading);
	close(writing);
	close(appending);
	say("read of what is closed", read(reading, again, 1));
	say("pread of what is closed", pread(reading, again, 1, 0));
	say("pread of -1", pread(-1, again, 1, 0));
	say("read of a large number", read(1 << 30, again, 1));
}

static void in_pipes(void)
{
	int ends[2];
	unsigned char next = 0, expected = 0;
	bool is_right = true;

	if (pipe(ends))
		return;
	say("pread of a pipe", pread(ends[0], again, 1, 0));
	say("pwrite to a pipe", pwrite(ends[1], again, 1, 0));
	say("write from no memory", write(ends[1], edge + PAGE, 1));
	/* Odd counts, so that the bytes wrap everywhere in what the pipe has. */
	for (int i = 0; i < 2000; i++) {
		ssize_t in = 1 + i * 37 % 3001, out = 0;

		for (ssize_t k = 0; k < in; k++)
			bytes[k] = (char)next++;
		if (write(ends[1], bytes, (size_t)in) != in)
			is_right = false;
		while (out < in) {
			ssize_t count = read(ends[0], again, (size_t)(1 + i % 2500));

			if (count <= 0)
				break;
			for (ssize_t k = 0; k < count; k++)
				if ((unsigned char)again[k] != expected++)
					is_right = false;
			out += count;
		}
	}
	printf("through a pipe: %s\n", is_right ? "all of it" : "something else");
	say("write", write(ends[1], "abc", 3));
	say("read to no memory", read(ends[0], edge + PAGE, 3));
	say("read what is still there", read(ends[0], again, 10));
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	say("read of nothing", read(ends[0], again, 1));
	close(ends[1]);
	say("read of the end", read(ends[0], again, 1));
	close(ends[0]);
}

struct waiting {
	int fd;
	char *to;
	size_t count;
	ssize_t result;
	int error;
	pthread_barrier_t *start;
};

static void *wait_in_read(void *argument)
{
	struct waiting *waiting = argument;

	pthread_barrier_wait(waiting->start);
	waiting->result = read(waiting->fd, waiting->to, waiting->count);
	waiting->error = errno;
	return NULL;
}

/* What ends a read that waits; where it has not come so far yet, the same in other order. */
static void in_waits(void)
{
	enum { BYTES, NO_MEMORY, END, WAYS };
	static const char *const names[] = { "bytes", "bytes to no memory", "the end" };

	for (int way = BYTES; way < WAYS; way++) {
		int ends[2];
		pthread_t thread;
		pthread_barrier_t start;
		struct waiting waiting = { .count = 4, .to = way == NO_MEMORY ? edge + PAGE : again };

		if (pipe(ends))
			return;
		pthread_barrier_init(&start, NULL, 2);
		waiting.fd = ends[0];
		waiting.start = &start;
		pthread_create(&thread, NULL, wait_in_read, &waiting);
		pthread_barrier_wait(&start);
		if (way == END)
			close(ends[1]);
		else if (write(ends[1], "1234", 4) != 4)
			return;
		pthread_join(thread, NULL);
		errno = waiting.error;
		say(names[way], waiting.result);
		if (way == NO_MEMORY)
			say("and then", read(ends[0], again, 4));
		pthread_barrier_destroy(&start);
		close(ends[0]);
		if (way != END)
			close(ends[1]);
	}
}

/* Bytes there and back between two threads. */
static int there[2], back[2];

static void *answer(void *argument)
{
	char byte;

	while (read(there[0], &byte, 1) == 1) {
		byte++;
		if (write(back[1], &byte, 1) != 1)
			break;
	}
	return argument;
}

static void in_turns(void)
{
	pthread_t thread;
	int rounds = 0;

	if (pipe(there) || pipe(back) || pthread_create(&thread, NULL, answer, NULL))
		return;
	for (; rounds < 3000; rounds++) {
		char byte = (char)rounds;

		if (write(there[1], &byte, 1) != 1 || read(back[0], &byte, 1) != 1 ||
		    byte != (char)(rounds + 1))
			break;
	}
	printf("answers: %d\n", rounds);
	close(there[1]);
	pthread_join(thread, NULL);
}

static void *one_byte(void *end)
{
	char byte;

	return read(*(int *)end, &byte, 1) == 1 ? end : NULL;
}

/* What a read that has waited takes is not there any more for whoever has looked meanwhile. */
static void in_looks(void)
{
	int ends[2], left = 0;

	for (int i = 0; i < 500; i++) {
		struct epoll_event event = {.events = EPOLLIN};
		int set = epoll_create1(0);
		pthread_t thread;

		if (pipe(ends) || epoll_ctl(set, EPOLL_CTL_ADD, ends[0], &event) ||
		    pthread_create(&thread, NULL, one_byte, &ends[0]))
			return;
		/* Mostly it waits by then. */
		sched_yield();
		if (write(ends[1], "x", 1) != 1)
			return;
		epoll_wait(set, &event, 1, 0);
		pthread_join(thread, NULL);
		left += epoll_wait(set, &event, 1, 0);
		close(set);
		close(ends[0]);
		close(ends[1]);
	}
	printf("looks that see what is gone: %d\n", left);
}

int main(void)
{
	const char *path = "/tmp/short_moves";
	int file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);

	edge = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (file < 0 || edge == MAP_FAILED || munmap(edge + PAGE, PAGE))
		return 1;
	in_pages(file);
	in_holes(file);
	at_the_edge(file);
	by_permission(path);
	in_pipes();
	in_waits();
	in_turns();
	in_looks();
	close(file);
	unlink(path);
	puts("done");
	return 0;
}
