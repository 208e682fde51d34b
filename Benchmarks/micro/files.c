/* A file of 4 KiB in memory. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "micro.h"
#include "system.h"

static const char path[] = "/tmp/micro";
static char page[4096];

/* A new file with a page in it, open; -1 and errno. */
static int create(void)
{
	int file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);

	if (file >= 0 && write(file, page, sizeof page) != (ssize_t)sizeof page) {
		close(file);
		return -1;
	}
	return file;
}

/* Created, written, closed, opened, read, closed. */
uint64_t write_and_read_file(uint64_t count)
{
	uint64_t start = now();

	for (uint64_t i = 0; i < count; i++) {
		int file = create();
		ssize_t length;

		if (file < 0)
			return FAILED;
		close(file);
		file = open(path, O_RDONLY);
		if (file < 0)
			return FAILED;
		length = read(file, page, sizeof page);
		close(file);
		if (length != (ssize_t)sizeof page)
			return FAILED;
	}
	return now() - start;
}

uint64_t open_file(uint64_t count)
{
	int file = create();
	uint64_t start;

	if (file < 0)
		return FAILED;
	close(file);
	start = now();
	for (uint64_t i = 0; i < count; i++) {
		file = open(path, O_RDONLY);
		if (file < 0)
			return FAILED;
		close(file);
	}
	return now() - start;
}

static uint64_t at_start(uint64_t count, ssize_t size, ssize_t (*once)(int file, size_t size))
{
	int file = create();
	uint64_t start, time = FAILED, i;

	if (file < 0)
		return FAILED;
	start = now();
	for (i = 0; i < count; i++)
		if (once(file, (size_t)size) != size)
			break;
	if (i == count)
		time = now() - start;
	close(file);
	return time;
}

static ssize_t read_once(int file, size_t size)
{
	return pread(file, page, size, 0);
}

static ssize_t write_once(int file, size_t size)
{
	return pwrite(file, page, size, 0);
}

uint64_t read_byte(uint64_t count)
{
	return at_start(count, 1, read_once);
}

uint64_t read_page(uint64_t count)
{
	return at_start(count, sizeof page, read_once);
}

uint64_t write_page(uint64_t count)
{
	return at_start(count, sizeof page, write_once);
}

/* What is known of a file that exists, by its path. */
uint64_t look_at_path(uint64_t count)
{
	int file = create();
	struct stat status;
	uint64_t start;

	if (file < 0)
		return FAILED;
	close(file);
	start = now();
	for (uint64_t i = 0; i < count; i++)
		if (stat(path, &status))
			return FAILED;
	return now() - start;
}
