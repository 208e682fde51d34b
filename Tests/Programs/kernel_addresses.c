/*
 * Reads and writes at 10,000 addresses that are the kernel's, chosen by a seed, and
 * prints how many could be read and written: none. Each is a signal, which the
 * program handles. Addresses of every domain are among them, with memory and
 * without; what the kernel publishes may be read, and is not.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#define TRIES 10000

/* The linker's: where the kernel's data in the image is. */
extern uint8_t __hermit_data_start[], __hermit_data_end[];

static sigjmp_buf before;
static uint64_t seed = 20261130;

static void fault(int number)
{
	siglongjmp(before, number);
}

static uint64_t random_number(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static const struct {
	const char *name;
	uint64_t start, size;
} ranges[] = {
	{ "map of memory", 0xffff800000000000, 128 << 20 },
	{ "kernel's heap", 0xffffc00000000000, 1 << 20 },
	{ "records of the kernel's heap", 0xffffc04000000000, 1 << 16 },
	{ "records of the heap", 0xffffc80000000000, 1 << 16 },
	{ "table of tasks", 0xffffd00000060000, 1 << 13 },
	{ "tables of descriptors", 0xffffda00000e0000, 1 << 13 },
	{ "first stack", 0xffffe00000010000, 1 << 15 },
	{ "devices", 0xfffff000fee00000, 1 << 12 },
	{ "all of it", 0xffff800000000000, 0x0000800000000000 },
	{ "data in the image", 0, 0 },
};
#define RANGES (sizeof(ranges) / sizeof(ranges[0]))

int main(void)
{
	static volatile int tries, readable, writable;
	static volatile uint64_t address;
	int ends[2];

	signal(SIGSEGV, fault);
	usleep(1);
	if (pipe(ends) != 0)
		return 1;
	for (; tries < TRIES; tries++) {
		uint64_t range = random_number() % RANGES, offset = random_number();

		if (ranges[range].size > 0)
			address = ranges[range].start + offset % ranges[range].size;
		else
			address = (uint64_t)__hermit_data_start +
				  offset % (uint64_t)(__hermit_data_end - __hermit_data_start);
		if (sigsetjmp(before, 1) == 0) {
			(void)*(volatile uint8_t *)address;
			readable++;
			printf("%#llx (%s) can be read\n", (unsigned long long)address, ranges[range].name);
		}
		if (sigsetjmp(before, 1) == 0) {
			/* What is there is not known: nothing is changed where it can be. */
			__asm__ volatile("lock orb $0, (%0)" : : "r"(address) : "memory");
			writable++;
			printf("%#llx (%s) can be written\n", (unsigned long long)address, ranges[range].name);
		}
	}
	printf("%d addresses: %d readable, %d writable\n", tries, readable, writable);
	return readable + writable > 0;
}
