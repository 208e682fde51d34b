/*
 * Goes wrong in the way that its argument names. `hermit run` tells what
 * happened, and in which function, file and line.
 */
#include <hermit.h>

#define assert(condition) ((condition) ? (void)0 : assertion_failed(#condition))

/* Volatile, so that the compiler does not see the mistakes. */
static volatile int zero;
static int *volatile null_pointer;
static void (*volatile null_function)(void);
static const int constant = 42;
static unsigned char data[16] = { 0xc3 /* a return instruction */ };

static void print(int fd, const char *text)
{
	size_t length = 0;

	while (text[length])
		length++;
	sys_write(fd, text, length);
}

static HERMIT_NORETURN void assertion_failed(const char *condition)
{
	print(HERMIT_STDERR_FILENO, "assertion failed: ");
	print(HERMIT_STDERR_FILENO, condition);
	print(HERMIT_STDERR_FILENO, "\n");
	sys_abort();
}

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
	size_t size = 1 << 20;
	char *block = sys_malloc(size, 16);

	if (!block)
		return 1;
	*(volatile char *)block = 1;
	sys_free(block, size, 16);
	return *(volatile char *)block;
}

static int fail_assertion(void)
{
	assert(zero == 1);
	return zero;
}

static int give_up(void)
{
	sys_abort();
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
	{ "assert", fail_assertion },
	{ "abort", give_up },
	{ "kernelstack", use_up_kernel_stack },
};

#define WAY_COUNT (sizeof ways / sizeof ways[0])

static int equal(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return *a == *b;
}

int main(int argc, char **argv)
{
	for (size_t i = 0; argc == 2 && i < WAY_COUNT; i++) {
		if (equal(argv[1], ways[i].name)) {
			ways[i].function();
			print(HERMIT_STDERR_FILENO, "nothing has gone wrong\n");
			return 1;
		}
	}
	print(HERMIT_STDERR_FILENO, "usage: faults WAY, one of");
	for (size_t i = 0; i < WAY_COUNT; i++) {
		print(HERMIT_STDERR_FILENO, " ");
		print(HERMIT_STDERR_FILENO, ways[i].name);
	}
	print(HERMIT_STDERR_FILENO, "\n");
	return 2;
}
