/*
 * A mebibyte of standard output, in time: `hermit bench files --part console` boots it with and
 * without a console device. What is measured is told on standard error:
 *
 *	metric console MEGABYTES MB/s
 */
#include <hermit.h>
#include <stdio.h>

/* A device is looked for when more than 4096 bytes have been written. */
enum { FIRST = 8192, COUNT = 1 << 20 };

static char text[COUNT];

static double now(void)
{
	struct hermit_timespec time;

	sys_clock_gettime(HERMIT_CLOCK_MONOTONIC, &time);
	return time.tv_sec + time.tv_nsec / 1e9;
}

static int put(int count)
{
	return sys_write(1, text, count) == count;
}

int main(void)
{
	int ends[2];
	double start;

	/* What has descriptors has the device's driver. */
	if (sys_pipe(ends))
		return 1;
	for (int i = 0; i < COUNT; i++)
		text[i] = i % 64 == 63 ? '\n' : 'x';
	if (!put(FIRST))
		return 2;
	start = now();
	if (!put(COUNT))
		return 2;
	fprintf(stderr, "metric console %.3f MB/s\nend console\n", COUNT / (now() - start) / 1e6);
	return 0;
}
