/*
 * Has the kernel run functions as isolated code (KernelMain/Isolated), which
 * nothing of the ABI does: it takes the kernel's rights as a gate does, so that
 * only `--isolation on` runs it.
 */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#define KERNEL_HEAP 0xffffc00000000000
#define DIRECT_MAP  0xffff800000000000
#define TASKS       0xffffd00000060000
#define DEVICES     0xfffff00000000000

typedef uint64_t body(uint64_t first, uint64_t second);

/* kernel_call_isolated, by a gate. */
int as_kernel(uint64_t first, uint64_t second, body *function, uint64_t *result);
__asm__(".pushsection .text\n"
	"as_kernel:\n"
	"	pushq %rbp\n"
	"	movq %rsp, %rbp\n"
	"	pushq %rdx\n"
	"	movq %rcx, %r10\n"
	"	movq %gs:8, %rsp\n"
	"	xorl %eax, %eax\n"
	"	xorl %ecx, %ecx\n"
	"	xorl %edx, %edx\n"
	"	wrpkru\n"
	"	movq %r10, %rcx\n"
	"	movq -8(%rbp), %rdx\n"
	"	callq __hermit_kernel_kernel_call_isolated\n"
	"	movq %rax, %r10\n"
	"	movl $0xffffffbc, %eax\n"
	"	xorl %ecx, %ecx\n"
	"	xorl %edx, %edx\n"
	"	wrpkru\n"
	"	movq %r10, %rax\n"
	"	movq %rbp, %rsp\n"
	"	popq %rbp\n"
	"	retq\n"
	".popsection\n");

static const uint64_t constant = 42;
static volatile uint64_t variable = 7;

static uint64_t add(uint64_t first, uint64_t second)
{
	return first + second;
}

static uint64_t read_word(uint64_t address, uint64_t unused)
{
	(void)unused;
	return *(volatile uint64_t *)address;
}

static uint64_t write_word(uint64_t address, uint64_t value)
{
	*(volatile uint64_t *)address = value;
	return value;
}

/* Where its own stack is, which it writes. */
static uint64_t own_stack(uint64_t first, uint64_t second)
{
	volatile uint64_t word = first + second;
	uint64_t place = (uint64_t)&word;

	__asm__("" : "+r"(place));
	return word == 3 ? place : 0;
}

static uint64_t go_deep(uint64_t depth, uint64_t unused)
{
	volatile uint8_t room[256];

	room[depth % sizeof(room)] = 1;
	return depth == 0 ? 0 : go_deep(depth - 1, unused) + room[depth % sizeof(room)];
}

static uint64_t give_up(uint64_t first, uint64_t second)
{
	(void)first, (void)second;
	__builtin_trap();
}

static uint64_t divide(uint64_t first, uint64_t second)
{
	volatile uint64_t below = second;

	return first / below;
}

/* Whether it comes back, and no address but this one is told where it does not. */
static void say(const char *what, body *function, uint64_t first, uint64_t second, uint64_t address)
{
	uint64_t result = 0;
	int is_done = as_kernel(first, second, function, &result);

	if (is_done)
		printf("%s: done\n", what);
	else if (address != 0 && result != address)
		printf("%s: ended at 0x%llx\n", what, (unsigned long long)result);
	else
		printf("%s: ended\n", what);
}

static void *many(void *unused)
{
	uint64_t wrong = 0;

	(void)unused;
	for (uint64_t i = 0; i < 5000; i++) {
		uint64_t result = 0;

		if (i % 4 == 0)
			wrong += as_kernel(TASKS, i, write_word, &result) != 0 || result != TASKS;
		else
			wrong += as_kernel(i, 1, add, &result) != 1 || result != i + 1;
		if (i % 64 == 0)
			usleep(1);
	}
	return (void *)wrong;
}

int main(void)
{
	uint64_t core, stack, tables, result = 0;
	pthread_t threads[4];
	uint64_t wrong = 0;
	int ends[2];

	usleep(1);
	if (pipe(ends) != 0)
		return 1;
	__asm__ volatile("movq %%gs:0, %0" : "=r"(core));
	__asm__ volatile("movq %%gs:8, %0" : "=r"(stack));
	__asm__ volatile("movq %%cr3, %0" : "=r"(tables));
	tables = DIRECT_MAP + (tables & ~0xfffull);

	printf("%d %llu\n", as_kernel(40, 2, add, &result), (unsigned long long)result);
	printf("%d %llu\n", as_kernel((uint64_t)&constant, 0, read_word, &result), (unsigned long long)result);
	printf("%d %llu\n", as_kernel((uint64_t)&variable, 0, read_word, &result), (unsigned long long)result);
	printf("%d\n", as_kernel(1, 2, own_stack, &result) == 1 && result > DEVICES);
	say("to read the kernel's heap", read_word, KERNEL_HEAP, 0, KERNEL_HEAP);
	say("to write there", write_word, KERNEL_HEAP, 1, KERNEL_HEAP);
	say("to write the kernel's stack", write_word, stack - 8, 1, stack - 8);
	say("to read tables of pages", read_word, tables, 0, tables);
	say("to write the table of tasks", write_word, TASKS, 1, TASKS);
	say("to read the core's record", read_word, core, 0, 0);
	say("to write there", write_word, core + 8, 1, core + 8);
	say("to write the program's data", write_word, (uint64_t)&variable, 1, (uint64_t)&variable);
	say("to use little stack", go_deep, 8, 0, 0);
	say("to use it up", go_deep, 1000, 0, 0);
	say("to give up", give_up, 0, 0, 0);
	say("to divide by 0", divide, 1, 0, 0);
	for (int i = 0; i < 4; i++)
		if (pthread_create(&threads[i], NULL, many, NULL) != 0)
			return 1;
	for (int i = 0; i < 4; i++) {
		void *count;

		if (pthread_join(threads[i], &count) != 0)
			return 1;
		wrong += (uint64_t)count;
	}
	printf("20000 more: %llu wrong, variable %llu\n", (unsigned long long)wrong, (unsigned long long)variable);
	return 0;
}
