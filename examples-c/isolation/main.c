/*
 * Reaches for the kernel's memory in the way that its argument names. With
 * `hermit run --isolation on` the program ends there, and is told where and of
 * what; the last two are calls, which return an error.
 */
#include <errno.h>
#include <hermit.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Where the kernel has its own: KernelMemory/Layout. */
#define KERNEL_HEAP       0xffffc00000000000
#define DIRECT_MAP        0xffff800000000000
#define TABLE_OF_TASKS    0xffffd00000060000
#define FIRST_STACK_TOP   (0xffffe00000000000 + 0x10000 + 0x8000)

/* Where the processor finds the tables of pages. */
static uint64_t page_tables(void)
{
	uint64_t root;

	__asm__ volatile("movq %%cr3, %0" : "=r"(root));
	return DIRECT_MAP + (root & ~0xfffull);
}

static int read_heap(void)
{
	return *(volatile uint8_t *)KERNEL_HEAP;
}

static int write_heap(void)
{
	*(volatile uint8_t *)KERNEL_HEAP = 1;
	return 0;
}

static int write_stack(void)
{
	*(volatile uint64_t *)(FIRST_STACK_TOP - 8) = 0;
	return 0;
}

static int write_page_table(void)
{
	*(volatile uint64_t *)page_tables() = 0;
	return 0;
}

static int write_task(void)
{
	*(volatile uint64_t *)TABLE_OF_TASKS = 0;
	return 0;
}

static int jump_into_kernel_data(void)
{
	void (*volatile function)(void) = (void (*)(void))KERNEL_HEAP;

	function();
	return 0;
}

/*
 * What the kernel publishes is read, and not written: the record of the core,
 * which has the address of the kernel's stack.
 */
static int write_core(void)
{
	__asm__ volatile("movq $0, %%gs:8" : : : "memory");
	return 0;
}

static int pass_kernel_pointer(void)
{
	if (write(1, (const void *)(FIRST_STACK_TOP - 64), 64) != -1 || errno != EFAULT)
		return 1;
	if (read(0, (void *)KERNEL_HEAP, 64) != -1 || errno != EFAULT)
		return 1;
	puts("EFAULT");
	return 0;
}

/* What calls say that are to change what is mapped there: the errors of docs/isolation.md. */
static int mprotect_kernel(void)
{
	void *place = (void *)KERNEL_HEAP;
	unsigned char resident;

	if (mprotect(place, 4096, PROT_READ | PROT_WRITE) != -1 || errno != ENOMEM)
		return 1;
	if (mmap(place, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
		 -1, 0) != MAP_FAILED || errno != ENOMEM)
		return 1;
	if (munmap(place, 4096) != -1 || errno != EINVAL)
		return 1;
	if (madvise(place, 4096, MADV_DONTNEED) != -1 || errno != ENOMEM)
		return 1;
	if (msync(place, 4096, MS_SYNC) != -1 || errno != ENOMEM)
		return 1;
	if (mincore(place, 4096, &resident) != -1 || errno != ENOMEM)
		return 1;
	if (mlock(place, 4096) != -1 || errno != ENOMEM)
		return 1;
	puts("ENOMEM, EINVAL");
	return 0;
}

/*
 * Jumps to the instruction by which a gate takes the kernel's rights away, with
 * all rights in the register that it takes them from.
 */
static int forge_rights(void)
{
	const uint8_t *code = (const uint8_t *)(uintptr_t)sys_yield;

	/* The gate has become a jump to another one. */
	if (code[0] != 0xe9)
		return 1;
	code += 5 + *(const int32_t *)(code + 1);
	for (int found = 0; found < 2; code++)
		found += code[0] == 0x0f && code[1] == 0x01 && code[2] == 0xef;
	__asm__ volatile("jmpq *%0" : : "r"(code - 1), "a"(0), "c"(0), "d"(0) : "memory");
	return 0;
}

static const struct {
	const char *name;
	int (*function)(void);
} ways[] = {
	{ "read-heap", read_heap },
	{ "write-heap", write_heap },
	{ "write-stack", write_stack },
	{ "write-pagetable", write_page_table },
	{ "write-task", write_task },
	{ "write-core", write_core },
	{ "jump-into-kernel-data", jump_into_kernel_data },
	{ "pass-kernel-pointer", pass_kernel_pointer },
	{ "mprotect-kernel", mprotect_kernel },
	{ "forge-rights", forge_rights },
};

int main(int argc, char **argv)
{
	int ends[2];

	/* So that the kernel has a table of tasks, and something in its heap. */
	usleep(1);
	if (pipe(ends) != 0)
		return 1;
	for (size_t i = 0; argc == 2 && i < sizeof(ways) / sizeof(ways[0]); i++) {
		if (strcmp(argv[1], ways[i].name) == 0) {
			int status = ways[i].function();

			printf("%s\n", status == 0 ? "done" : "not refused");
			return status;
		}
	}
	fprintf(stderr, "usage: isolation KIND\n");
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		fprintf(stderr, "  %s\n", ways[i].name);
	return 2;
}
