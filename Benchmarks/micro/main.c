/*
 * Single calls and their like, in nanoseconds: `hermit bench micro` boots this
 * program on Hermit and on Linux and compares.
 *
 *   micro list                  the rows there are, one a line:
 *                                   row NAME UNIT AIM PROCESSORS
 *   micro [WORD]                measures, one line a row:
 *                                   metric NAME MEDIAN UNIT
 *                                   skip NAME REASON
 *                               and `end micro` last. WORD is
 *                               rounds=N,milliseconds=M,metrics=NAME,NAME...:
 *                               how often a row is measured; for how long at
 *                               least; which rows, all without it.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "micro.h"
#include "system.h"

volatile uint64_t sink;

/*
 * All there is. A row is added here, and its function in micro.h.
 */
static const struct row {
	const char *name;
	measurement *measure;
	/* Linux's time in ours, that we set out to reach; "-": none. */
	const char *aim;
	/* Processors that it needs. */
	int processors;
	/* Not 0: bytes that each time moves; megabytes a second are told. */
	uint64_t bytes;
	/* Not 0: always measured so many times; else until the time is long enough. */
	uint64_t count;
} rows[] = {
	{ "integer_work", integer_work, "-", 1, 0, 0 },
	{ "getpid", get_pid, "24", 1, 0, 0 },
	{ "clock_gettime", read_clock, "2", 1, 0, 0 },
	{ "oversleep_1ms", oversleep, "1", 1, 0, 50 },
	{ "yield_alone", yield_alone, "16", 1, 0, 0 },
	{ "yield_switch", switch_tasks, "7", 1, 0, 0 },
	{ "create_join", create_and_join, "16", 1, 0, 0 },
	{ "mutex", lock_mutex, "1.5", 1, 0, 0 },
	{ "thread_create_join", create_thread, "16", 1, 0, 0 },
	{ "condition_roundtrip", signal_one_core, "8", 1, 0, 0 },
	{ "condition_two_cores", signal_two_cores, "2", 2, 0, 0 },
	{ "futex_roundtrip", futex_one_core, "8", 1, 0, 0 },
	{ "futex_two_cores", futex_two_cores, "2", 2, 0, 0 },
	{ "pipe_roundtrip", pass_through_pipes, "8", 1, 0, 0 },
	{ "malloc_16B_1K", allocate_small, "6", 1, 0, 0 },
	{ "malloc_16B_64K", allocate_mixed, "115", 1, 0, 0 },
	{ "malloc_16B_1K_x2", allocate_small_2, "4", 2, 0, 0 },
	{ "malloc_16B_1K_x4", allocate_small_4, "4", 4, 0, 0 },
	{ "malloc_16B_64K_x2", allocate_mixed_2, "4", 2, 0, 0 },
	{ "malloc_16B_64K_x4", allocate_mixed_4, "4", 4, 0, 0 },
	{ "realloc_grow_1M", grow_block, "-", 1, 0, 0 },
	{ "touch_page", touch_pages, "20", 1, 0, 0 },
	{ "touch_mapped_page", touch_mapping, "20", 1, 0, 0 },
	{ "mmap_touch_munmap", map_page, "-", 1, 0, 0 },
	{ "memcpy_64B", copy_64, "1", 1, 0, 0 },
	{ "memcpy_4K", copy_4k, "1", 1, 4096, 0 },
	{ "memcpy_64K", copy_64k, "1", 1, 65536, 0 },
	{ "memcpy_4M", copy_4m, "1", 1, 4 << 20, 0 },
	{ "file_4K_cycle", write_and_read_file, "12", 1, 0, 0 },
	{ "file_open_close", open_file, "10", 1, 0, 0 },
	{ "file_read_1B", read_byte, "7", 1, 0, 0 },
	{ "file_read_4K", read_page, "8.5", 1, 0, 0 },
	{ "file_write_4K", write_page, "-", 1, 0, 0 },
	{ "file_stat", look_at_path, "8", 1, 0, 0 },
	{ "poll_10_of_1010", poll_many, "5", 1, 0, 0 },
	{ "epoll_10_of_1010", wait_for_many, "5", 1, 0, 0 },
};

enum { ROWS = sizeof rows / sizeof *rows, MOST_ROUNDS = 31 };

static struct {
	const char *names;
	unsigned long rounds, milliseconds;
} options = { NULL, 5, 50 };

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* A count that takes as long as wanted at least; 0: it can't be measured. */
static uint64_t find_count(const struct row *row)
{
	const uint64_t wanted = options.milliseconds * 1000000;
	uint64_t count = 1;

	if (row->count)
		return row->measure(row->count) == FAILED ? 0 : row->count;
	for (;;) {
		uint64_t time = row->measure(count);

		if (time == FAILED)
			return 0;
		if (time >= wanted || count >= (uint64_t)1 << 40)
			return count;
		if (time < wanted / 8)
			count *= 4;
		else
			count = count * (wanted + wanted / 8) / time + 1;
	}
}

/* In thousandths: a C library need not print floating-point numbers. */
static void print_metric(const struct row *row, double value)
{
	uint64_t thousandths = (uint64_t)(value * 1000 + 0.5);

	printf("metric %s %llu.%03u %s\n", row->name, (unsigned long long)(thousandths / 1000),
	       (unsigned)(thousandths % 1000), row->bytes ? "MB/s" : "ns");
}

static void measure(const struct row *row)
{
	double values[MOST_ROUNDS];
	unsigned long rounds = options.rounds;
	uint64_t count;

	if (row->processors > processor_count()) {
		printf("skip %s it needs %d processors\n", row->name, row->processors);
		return;
	}
	errno = 0;
	count = find_count(row);
	for (unsigned long i = 0; count && i < rounds; i++) {
		uint64_t time = row->measure(count);

		if (time == FAILED)
			count = 0;
		else if (row->bytes)
			values[i] = (double)(row->bytes * count) * 1000 / (double)(time + !time);
		else
			values[i] = (double)time / (double)count;
	}
	if (!count) {
		printf("skip %s %s\n", row->name, errno ? strerror(errno) : "it failed");
		return;
	}
	qsort(values, rounds, sizeof *values, ascending);
	print_metric(row, rounds % 2 ? values[rounds / 2]
				     : (values[rounds / 2 - 1] + values[rounds / 2]) / 2);
}

/* Whether a name is in the list of those that are wanted. */
static bool is_wanted(const char *name)
{
	const char *list = options.names;
	size_t length = strlen(name);

	if (!list)
		return true;
	for (;;) {
		size_t here = strcspn(list, ",");

		if (here == length && !memcmp(list, name, length))
			return true;
		if (!list[here])
			return false;
		list += here + 1;
	}
}

static unsigned long option(const char *word, const char *key, unsigned long otherwise,
			    unsigned long least, unsigned long most)
{
	const char *place = strstr(word, key);
	unsigned long value = place ? strtoul(place + strlen(key), NULL, 10) : otherwise;

	return value < least ? least : value > most ? most : value;
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
	if (argc > 1 && !strcmp(argv[1], "list")) {
		for (int i = 0; i < ROWS; i++)
			printf("row %s %s %s %d\n", rows[i].name, rows[i].bytes ? "MB/s" : "ns",
			       rows[i].aim, rows[i].processors);
		printf("end micro\n");
		return 0;
	}
	if (argc > 1) {
		const char *names = strstr(argv[1], "metrics=");

		options.names = names ? names + strlen("metrics=") : NULL;
		options.rounds = option(argv[1], "rounds=", options.rounds, 1, MOST_ROUNDS);
		options.milliseconds =
			option(argv[1], "milliseconds=", options.milliseconds, 1, 10000);
	}
	for (int i = 0; i < ROWS; i++)
		if (is_wanted(rows[i].name))
			measure(&rows[i]);
	printf("end micro\n");
	return 0;
}
