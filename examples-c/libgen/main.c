/* The two halves of a path. */
#include <libgen.h>
#include <stdio.h>
#include <string.h>

int main(void)
{
	static const char *const paths[] = {"/usr/lib/libc.a", "/usr/", "usr", "/", ".", "..", "", "a//b"};

	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
		char first[32], second[32];

		/* Both may write to what they are given. */
		strcpy(first, paths[i]);
		strcpy(second, paths[i]);
		printf("\"%s\": \"%s\" in \"%s\"\n", paths[i], basename(first), dirname(second));
	}
	return 0;
}
