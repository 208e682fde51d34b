/* Echoes its input line by line and tells at its end what it was. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>

int main(void)
{
	char *line = NULL;
	size_t size = 0, lines = 0, bytes = 0;
	ssize_t length;

	while ((length = getline(&line, &size, stdin)) >= 0) {
		fwrite(line, 1, (size_t)length, stdout);
		lines++;
		bytes += (size_t)length;
	}
	if (ferror(stdin)) {
		perror("stdin");
		return 1;
	}
	free(line);
	fprintf(stderr, "%zu lines, %zu bytes\n", lines, bytes);
	return 0;
}
