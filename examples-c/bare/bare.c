/*
 * A program without any C library: hermit.h alone, and the entry function
 * that the kernel calls. README.md has the three commands that build and
 * boot it without the hermit tool.
 */
#include "hermit.h"

static size_t length(const char *text)
{
	size_t n = 0;

	while (text[n])
		n++;
	return n;
}

void runtime_entry(int argc, char **argv, char **envp)
{
	static const char greeting[] = "Hello without a C library\n";

	(void)envp;
	sys_write(1, greeting, sizeof greeting - 1);
	for (int i = 1; i < argc; i++) {
		sys_write(1, argv[i], length(argv[i]));
		sys_write(1, "\n", 1);
	}
	sys_exit(0);
}
