/*
 * Goes wrong in the way that its argument names. `hermit run` tells what
 * happened, and in which function, file and line.
 */
#include <assert.h>
#include <hermit.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Volatile, so that the compiler does not see the mistakes. */
static volatile int zero;
static int *volatile null_pointer;
static void (*volatile null_function)(void);
static const int constant = 42;
static unsigned char data[16] = { 0xc3 /* a return instruction */ };

static int read_null(void)
{
	return *null_pointer;
}

static int jump_to_null(void)
{
	null_function();
	return zero;
}

static int divide_by_zero(void)
{
	return 42 / zero;
}

static int write_constant(void)
{
	*(volatile int *)(uintptr_t)&constant = 43;
	return zero;
}

static int run_data(void)
{
	void (*volatile function)(void) = (void (*)(void))(uintptr_t)data;

	function();
	return zero;
}

/* Every call takes a little more of the stack, until there is no more. */
__attribute__((noinline)) static int recurse(int depth)
{
	volatile int here = depth;

	return recurse(here + 1) + here;
}

static int use_up_stack(void)
{
	return recurse(0);
}

/* A large block's memory goes when the block does. */
static int use_freed_block(void)
{
	char *volatile block = malloc(1 << 20);

	if (!block)
		return 1;
	block[0] = 1;
	free(block);
	return block[0];
}

/* With --kernel-args heap=check the second call is the program's last. */
static int free_twice(void)
{
	char *volatile block = malloc(40);

	free(block);
	free(block); /* again */
	return zero;
}

/* As above: no block starts there. */
static int free_wildly(void)
{
	char *volatile block = malloc(40);

	free(block + 16);
	return zero;
}

/* As above: noticed when the block is given to somebody again. */
static int write_freed_block(void)
{
	char *volatile block = malloc(40);

	free(block);
	block[24] = 1;
	for (int i = 0; i < 10000; i++) {
		char *volatile other = malloc(40);

		if (!other)
			return 1;
	}
	return zero;
}

static int fail_assertion(void)
{
	assert(zero == 1);
	return zero;
}

static int give_up(void)
{
	abort();
}

/* No function of hermit.h does that but this one, which is there for it. */
static int use_up_kernel_stack(void)
{
	int error = sys_debug_fault(HERMIT_DEBUG_KERNEL_STACK);

	return error + zero;
}

static const struct {
	const char *name;
	int (*function)(void);
} ways[] = {
	{ "null", read_null },
	{ "jump", jump_to_null },
	{ "divide", divide_by_zero },
	{ "rodata", write_constant },
	{ "nx", run_data },
	{ "stack", use_up_stack },
	{ "heap", use_freed_block },
	{ "doublefree", free_twice },
	{ "wildfree", free_wildly },
	{ "writefreed", write_freed_block },
	{ "assert", fail_assertion },
	{ "abort", give_up },
	{ "kernelstack", use_up_kernel_stack },
};

#define WAY_COUNT (sizeof ways / sizeof ways[0])

int main(int argc, char **argv)
{
	for (size_t i = 0; argc == 2 && i < WAY_COUNT; i++) {
		if (strcmp(argv[1], ways[i].name) == 0) {
			ways[i].function();
			fputs("nothing has gone wrong\n", stderr);
			return 1;
		}
	}
	fputs("usage: faults WAY\n", stderr);
	for (size_t i = 0; i < WAY_COUNT; i++)
		fprintf(stderr, "  %s\n", ways[i].name);
	return 2;
}
