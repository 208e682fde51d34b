#include "records.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int __hermit_open_records(struct records *records, const char *path, const char *line)
{
	int before = errno, error;

	*records = (struct records){fopen(path, "re"), NULL};
	if (records->file)
		return 0;
	error = errno;
	errno = before;
	if (error != ENOENT)
		return error;
	records->line = line;
	return 0;
}

void __hermit_close_records(struct records *records)
{
	if (records->file)
		fclose(records->file);
	*records = (struct records){NULL, NULL};
}

int __hermit_next_record(struct records *records, char *buffer, size_t size)
{
	const char *line = records->line;
	size_t length = 0;
	long start;
	int c;

	if (!records->file) {
		if (!line)
			return ENOENT;
		if (strlen(line) >= size)
			return ERANGE;
		strcpy(buffer, line);
		records->line = NULL;
		return 0;
	}
	if (!size)
		return ERANGE;
	start = ftell(records->file);
	while ((c = getc(records->file)) != EOF && c != '\n') {
		if (length + 1 >= size) {
			(void)fseek(records->file, start, SEEK_SET);
			return ERANGE;
		}
		buffer[length++] = (char)c;
	}
	if (c == EOF && !length)
		return ferror(records->file) ? EIO : ENOENT;
	buffer[length] = 0;
	return 0;
}

char *__hermit_field(char **rest)
{
	return strsep(rest, ":");
}

bool __hermit_identifier(const char *field, unsigned *number)
{
	unsigned long value;
	char *end;

	if (!field || *field < '0' || *field > '9')
		return false;
	value = strtoul(field, &end, 10);
	*number = (unsigned)value;
	return !*end && value < ~0u;
}
