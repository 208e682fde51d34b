/*
 * Mappings: memory by the page, address space that is reserved and used piece
 * by piece, protections, and code that is made at run time.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PAGE = 4096, MIB = 1 << 20 };

static const char *name(int error)
{
	return error == EINVAL ? "EINVAL" : error == ENOMEM ? "ENOMEM" : error == EEXIST ? "EEXIST" :
	       error == ENOTSUP ? "ENOTSUP" : error == ENODEV ? "ENODEV" : "another error";
}

static void *map(void *address, size_t size, int protection, int flags)
{
	return mmap(address, size, protection, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
}

/* How a call went that returns 0 or -1. */
static const char *outcome(int result)
{
	return result ? name(errno) : "done";
}

/* How many of so many pages have memory. */
static int resident(void *start, size_t pages)
{
	unsigned char states[256];
	int count = 0;

	if (pages > sizeof states || mincore(start, pages * PAGE, states))
		return -1;
	for (size_t i = 0; i < pages; i++)
		count += states[i];
	return count;
}

static void lazy_pages(void)
{
	unsigned char *memory = map(NULL, MIB, PROT_READ | PROT_WRITE, 0);
	int zeros = 0;

	printf("1 MiB: %d pages have memory", resident(memory, 256));
	for (int i = 0; i < MIB; i += PAGE)
		zeros += memory[i] == 0;
	printf(", all zero %s, then %d\n", zeros == 256 ? "yes" : "no", resident(memory, 256));
	memset(memory, 7, MIB);
	printf("given back: %s, ", outcome(madvise(memory, MIB / 2, MADV_DONTNEED)));
	printf("%d left, reads %d and %d\n", resident(memory, 256), memory[0], memory[MIB - 1]);
	munmap(memory, MIB);
}

static void cut_out(void)
{
	unsigned char *memory = map(NULL, 16 * PAGE, PROT_READ | PROT_WRITE, 0), *there;

	memset(memory, 1, 16 * PAGE);
	printf("cut out of the middle: %s\n", outcome(munmap(memory + 4 * PAGE, 8 * PAGE)));
	there = map(memory, PAGE, PROT_READ, MAP_FIXED_NOREPLACE);
	printf("where something is: %s\n", there == MAP_FAILED ? name(errno) : "done");
	there = map(memory + 4 * PAGE, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_FIXED_NOREPLACE);
	printf("into the hole: %s, reads %d %d %d\n", there == memory + 4 * PAGE ? "there" : "elsewhere",
	       memory[0], memory[5 * PAGE], memory[15 * PAGE]);
	munmap(memory, 16 * PAGE);
}

static void reserve(void)
{
	const size_t size = (size_t)1 << 40;
	char *space = map(NULL, size, PROT_NONE, 0);

	printf("1 TiB reserved: %s\n", space == MAP_FAILED ? name(errno) : "yes");
	printf("used at its end: %s\n",
	       outcome(mprotect(space + size - MIB, MIB, PROT_READ | PROT_WRITE)));
	strcpy(space + size - PAGE, "far out");
	printf("it says: %s\n", space + size - PAGE);
	printf("all of it: %s\n", outcome(mprotect(space, size, PROT_READ | PROT_WRITE)));
	printf("still: %s\n", space + size - PAGE);
	printf("given back: %s\n", outcome(munmap(space, size)));
}

static void make_code(void)
{
	static const unsigned char code[] = { 0x8d, 0x04, 0x7f, 0xc3 }; /* lea (rdi, rdi*2), eax; ret */
	void *memory = map(NULL, PAGE, PROT_READ | PROT_WRITE, 0);
	void *both = map(NULL, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC, 0);

	printf("written and run at once: %s\n", both == MAP_FAILED ? name(errno) : "yes");
	memcpy(memory, code, sizeof code);
	printf("first written, then run: %s\n", outcome(mprotect(memory, PAGE, PROT_READ | PROT_EXEC)));
	printf("3 times 14 is %d\n", ((int (*)(int))memory)(14));
	munmap(memory, PAGE);
}

static void errors(void)
{
	char *memory = map(NULL, PAGE, PROT_READ, 0);

	printf("a file: %s\n", mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, 1, 0) == MAP_FAILED ?
	       name(errno) : "done");
	printf("nothing: %s\n", map(NULL, 0, PROT_READ, 0) == MAP_FAILED ? name(errno) : "done");
	printf("everything: %s\n", map(NULL, SIZE_MAX / 4, PROT_READ, 0) == MAP_FAILED ?
	       name(errno) : "done");
	printf("half a page: %s\n", outcome(munmap(memory + 1, PAGE)));
	printf("over its end: %s\n", outcome(mprotect(memory, 2 * PAGE, PROT_NONE)));
	printf("locked: %s, behind it: %s\n", outcome(mlock(memory, PAGE)),
	       outcome(mlock(memory + PAGE, 1)));
	printf("twice given back: %s, ", outcome(munmap(memory, PAGE)));
	printf("%s\n", outcome(munmap(memory, PAGE)));
}

int main(void)
{
	lazy_pages();
	cut_out();
	reserve();
	make_code();
	errors();
	return 0;
}
