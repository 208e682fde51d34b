/* GNU's messages of errors: standard output first, then one line. */
#include <error.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "program_name.h"
#include "shim.h"

unsigned error_message_count;
int error_one_per_line;
void (*error_print_progname)(void);

static void tell(int status, int error, const char *file, unsigned line, const char *format,
		 va_list arguments)
{
	fflush(stdout);
	flockfile(stderr);
	if (error_print_progname)
		error_print_progname();
	else
		fprintf(stderr, file ? "%s:" : "%s: ", program_invocation_name);
	if (file)
		fprintf(stderr, "%s:%u: ", file, line);
	vfprintf(stderr, format, arguments);
	error_message_count++;
	if (error)
		fprintf(stderr, ": %s", strerror(error));
	putc('\n', stderr);
	funlockfile(stderr);
	if (status)
		exit(status);
}

WEAK void error(int status, int number, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	tell(status, number, NULL, 0, format, arguments);
	va_end(arguments);
}

WEAK void error_at_line(int status, int number, const char *file, unsigned line,
			const char *format, ...)
{
	static const char *lastFile;
	static unsigned lastLine;
	va_list arguments;

	if (error_one_per_line) {
		if (lastLine == line && (file == lastFile ||
					 (file && lastFile && !strcmp(file, lastFile))))
			return;
		lastFile = file;
		lastLine = line;
	}
	va_start(arguments, format);
	tell(status, number, file, line, format, arguments);
	va_end(arguments);
}
