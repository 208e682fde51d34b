/*
 * The C functions that Embedded Swift leaves to its platform (memcpy and its
 * kin are libhermit.a's). All are weak: an application, or a C library that
 * it is linked with, may have its own. On a host there is a C library, and
 * nothing of this.
 */
#include "random.h"

#if !__STDC_HOSTED__

#include "../../include/hermit.h"

#define WEAK __attribute__((weak))

int posix_memalign(void **block, size_t alignment, size_t size);
void free(void *block);
int putchar(int byte);
size_t strlen(const char *text);
void arc4random_buf(void *buffer, size_t size);

/* Returns an error number, and leaves errno. */
WEAK int posix_memalign(void **block, size_t alignment, size_t size)
{
	int kept = sys_errno();
	int error;
	void *fresh = sys_alloc(size, alignment);

	if (fresh) {
		*block = fresh;
		return 0;
	}
	error = sys_errno();
	*sys_errno_location() = kept;
	return error;
}

WEAK void free(void *block)
{
	sys_free(block, 0, 1);
}

WEAK int putchar(int byte)
{
	unsigned char c = (unsigned char)byte;

	return sys_write(HERMIT_STDOUT_FILENO, &c, 1) == 1 ? c : -1;
}

WEAK size_t strlen(const char *text)
{
	const char *end = text;

	while (*end)
		end++;
	return (size_t)(end - text);
}

/* A number that differs from one call to the next and from boot to boot. */
static uint64_t counter(void)
{
#if defined(__x86_64__)
	return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
	uint64_t value;

	__asm__ volatile("mrs %0, cntvct_el0" : "=r"(value));
	return value;
#endif
}

/*
 * Steele, Lea, Flood: "Fast Splittable Pseudorandom Number Generators"
 * (OOPSLA 2014), SplitMix64, over the processor's counter and the image's
 * random address.
 */
static uint64_t guessable(void)
{
	static uint64_t state;
	uint64_t z;

	state += 0x9e3779b97f4a7c15;
	z = state ^ counter() ^ (uint64_t)sys_image_start_addr();
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

__attribute__((no_stack_protector))
void hermit_start_random(void *buffer, size_t size)
{
	unsigned char *bytes = buffer;
	int kept = sys_errno();

	if (sys_read_entropy(bytes, size, 0) == (hermit_ssize_t)size)
		return;
	*sys_errno_location() = kept;
	for (size_t i = 0; i < size; i++)
		bytes[i] = (unsigned char)(guessable() >> 32);
}

/*
 * Secure where the machine has a source of randomness, as the BSDs promise
 * it always is; else good enough only for what Swift wants it for, the seeds
 * of its hash tables and SystemRandomNumberGenerator.
 */
WEAK void arc4random_buf(void *buffer, size_t size)
{
	hermit_start_random(buffer, size);
}

#endif
