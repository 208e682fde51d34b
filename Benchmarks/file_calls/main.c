/* Functions of files, descriptors and pipes, in the C library's names: the rows of
 * `hermit bench files`. */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../calls/measure.h"

enum { IDLE = 1000, ACTIVE = 10, ALL = IDLE + ACTIVE };

static const char path[] = "/tmp/calls";
static char page[4096];
static int file, set, there[2], back[2];
static struct pollfd many[ALL];
static struct epoll_event events[64];

static void look_at_path(void)
{
	struct stat status;

	stat(path, &status);
}

static void open_and_close(void)
{
	close(open(path, O_RDONLY));
}

static void read_byte(void)
{
	(void)pread(file, page, 1, 0);
}

static void read_page(void)
{
	(void)pread(file, page, sizeof page, 0);
}

static void write_page(void)
{
	(void)pwrite(file, page, sizeof page, 0);
}

static void write_and_read_file(void)
{
	int file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);

	(void)!write(file, page, sizeof page);
	close(file);
	file = open(path, O_RDONLY);
	(void)!read(file, page, sizeof page);
	close(file);
}

static void poll_many(void)
{
	poll(many, ALL, -1);
}

static void wait_for_many(void)
{
	epoll_wait(set, events, 64, -1);
}

static void pass_through_pipes(void)
{
	(void)!write(there[1], page, 1);
	(void)!read(back[0], page, 1);
}

/* Until the pipe's other end is closed. */
static void *send_back(void *argument)
{
	char byte;

	while (read(there[0], &byte, 1) == 1 && write(back[1], &byte, 1) == 1)
		continue;
	return argument;
}

/* Those with something to read lie evenly among the others. */
static int open_all(void)
{
	struct rlimit limit = { .rlim_cur = ALL + 50, .rlim_max = ALL + 50 };

	set = epoll_create1(0);
	if (set < 0 || setrlimit(RLIMIT_NOFILE, &limit))
		return -1;
	for (int i = 0; i < ALL; i++) {
		struct epoll_event event = { .events = EPOLLIN };

		many[i].fd = eventfd(i % (ALL / ACTIVE) == 0, 0);
		many[i].events = POLLIN;
		if (many[i].fd < 0 || epoll_ctl(set, EPOLL_CTL_ADD, many[i].fd, &event))
			return -1;
	}
	return 0;
}

int main(void)
{
	static const struct row rows[] = {
		{ "stat of a path", look_at_path, 1 },
		{ "open + close", open_and_close, 1 },
		{ "pread of a byte", read_byte, 1 },
		{ "pread of 4 KiB", read_page, 1 },
		{ "pwrite of 4 KiB", write_page, 1 },
		{ "open, write of 4 KiB, close, open, read, close", write_and_read_file, 1 },
		{ "poll of 1,010, ten ready", poll_many, 1 },
		{ "epoll_wait of 1,010, ten ready", wait_for_many, 1 },
		{ "a byte there and back through pipes", pass_through_pipes, 1 },
	};
	pthread_t other;

	write_and_read_file();
	file = open(path, O_RDWR);
	if (file < 0 || open_all() || pipe(there) || pipe(back) ||
	    pthread_create(&other, NULL, send_back, NULL))
		return EXIT_FAILURE;
	measure_rows(rows, sizeof rows / sizeof *rows);
	close(there[1]);
	pthread_join(other, NULL);
	return 0;
}
