/*
 * What single calls cost, in ticks of the time stamp counter. Under QEMU's
 * `-icount shift=0` a tick is an instruction, and every round gives the same
 * number. The empty loop is measured too and taken off.
 */
#ifndef MEASURE_H
#define MEASURE_H

#include <hermit.h>

#define CALLS 1000
#define ROUNDS 9

static uint64_t now(void)
{
	uint32_t low, high;

	__asm__ volatile("lfence; rdtsc; lfence" : "=a"(low), "=d"(high) : : "memory");
	return (uint64_t)high << 32 | low;
}

static void print(const char *text)
{
	size_t length = 0;

	while (text[length])
		length++;
	sys_write(1, text, length);
}

/* In hundredths. */
static void print_figure(const char *name, uint64_t hundredths)
{
	char digits[24], *p = digits + sizeof digits;

	*--p = 0;
	*--p = '\n';
	for (int i = 0; i < 2; i++, hundredths /= 10)
		*--p = (char)('0' + hundredths % 10);
	*--p = '.';
	do
		*--p = (char)('0' + hundredths % 10);
	while (hundredths /= 10);
	print(name);
	print(" ");
	print(p);
}

static void nothing(void)
{
	__asm__ volatile("" : : : "memory");
}

/* The least of several rounds, which an interrupt of the host cannot raise. */
__attribute__((noinline)) static uint64_t measure(void (*call)(void))
{
	uint64_t least = ~(uint64_t)0;

	for (int round = 0; round < ROUNDS; round++) {
		uint64_t start = now();
		for (int i = 0; i < CALLS; i++)
			call();
		uint64_t ticks = now() - start;
		if (ticks < least)
			least = ticks;
	}
	return least;
}

/* A call, and how many of what the row tells it does. */
struct row {
	const char *name;
	void (*call)(void);
	uint64_t parts;
};

static void measure_rows(const struct row *rows, size_t count)
{
	uint64_t empty = measure(nothing);

	for (size_t i = 0; i < count; i++)
		print_figure(rows[i].name, (measure(rows[i].call) - empty) * 100 /
						   (CALLS * rows[i].parts));
}

#endif
