/* Reading lines of any length: newlib has them under reserved names only. */
#include <stdio.h>

#include "shim.h"

WEAK ssize_t getdelim(char **restrict line, size_t *restrict size, int end, FILE *restrict stream)
{
	return __getdelim(line, size, end, stream);
}

WEAK ssize_t getline(char **restrict line, size_t *restrict size, FILE *restrict stream)
{
	return __getline(line, size, stream);
}
