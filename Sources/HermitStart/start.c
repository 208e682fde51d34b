/*
 * The start-up of a Swift application, and the few C functions that Embedded
 * Swift leaves to its platform. All are weak: an application may bring its
 * own. On a host there is a C library, and nothing of this.
 */
#include "CHermitStart.h"

static int32_t count;
static char **arguments, **environment;

int32_t hermit_start_argument_count(void)
{
	return count;
}

char **hermit_start_arguments(void)
{
	return arguments;
}

char **hermit_start_environment(void)
{
	return environment;
}

#if !__STDC_HOSTED__

#include "../../include/hermit.h"

#define WEAK __attribute__((weak))

typedef void (*constructor)(int, char **, char **);

extern const constructor __init_array_start[] __attribute__((weak, visibility("hidden")));
extern const constructor __init_array_end[] __attribute__((weak, visibility("hidden")));

int main(int argc, char **argv);

WEAK void runtime_entry(int argc, char **argv, char **envp)
{
	count = argc;
	arguments = argv;
	environment = envp;
	for (const constructor *f = __init_array_start; f < __init_array_end; f++)
		(*f)(argc, argv, envp);
	sys_exit(main(argc, argv));
}

WEAK int posix_memalign(void **block, size_t alignment, size_t size)
{
	*block = sys_alloc(size, alignment);
	return *block ? 0 : HERMIT_ENOMEM;
}

WEAK void free(void *block)
{
	sys_free(block, 0, 1);
}

WEAK size_t strlen(const char *text)
{
	size_t length = 0;

	while (text[length])
		length++;
	return length;
}

WEAK int putchar(int byte)
{
	unsigned char c = (unsigned char)byte;

	return sys_write(1, &c, 1) == 1 ? byte : -1;
}

/*
 * Seeds of hash tables. Where the processor has no generator the bytes are
 * those of a counter put through a mixing function: different each time, but
 * to be guessed.
 */
WEAK void arc4random_buf(void *buffer, size_t size)
{
	static uint64_t state;
	unsigned char *bytes = buffer;

	if (sys_read_entropy(buffer, size, 0) == (hermit_ssize_t)size)
		return;
	for (size_t i = 0; i < size; i++) {
		uint64_t mixed = (state += 0x9e3779b97f4a7c15);

		mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9;
		mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111eb;
		bytes[i] = (unsigned char)(mixed >> 32);
	}
}

WEAK double ceil(double value)
{
	double whole;

	/* Beyond 2^52 every number is whole; so are infinities, and NaN stays. */
	if (!(value > -4503599627370496.0 && value < 4503599627370496.0))
		return value;
	whole = (double)(int64_t)value;
	return whole < value ? whole + 1 : whole;
}

#endif
