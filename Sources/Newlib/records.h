/* Lines of /etc/passwd and /etc/group. */
#ifndef HERMIT_RECORDS_H
#define HERMIT_RECORDS_H

#include <stdbool.h>
#include <stdio.h>

#include "shim.h"

struct records {
	/* NULL: the one line that there is where there is no file. */
	FILE *file;
	const char *line;
};

/* Begins with a file, or where it is not there with that line. 0 or an error. */
HIDDEN int __hermit_open_records(struct records *records, const char *path, const char *line);
HIDDEN void __hermit_close_records(struct records *records);
/* The next line, without its end: 0; ENOENT: there is none; ERANGE: it does not fit, and stays. */
HIDDEN int __hermit_next_record(struct records *records, char *buffer, size_t size);
/* Cuts off the field in front of a colon or the end; NULL: there is none. */
HIDDEN char *__hermit_field(char **rest);
/* Whether a field is a number that an identifier has. */
HIDDEN bool __hermit_identifier(const char *field, unsigned *number);

#endif
