/* BSD's messages of errors. */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "program_name.h"
#include "shim.h"

static void tell(const int *error, const char *format, va_list arguments)
{
	flockfile(stderr);
	fprintf(stderr, "%s: ", program_name());
	if (format)
		vfprintf(stderr, format, arguments);
	if (error)
		fprintf(stderr, format ? ": %s" : "%s", strerror(*error));
	putc('\n', stderr);
	funlockfile(stderr);
}

WEAK void vwarn(const char *format, va_list arguments)
{
	int error = errno;

	tell(&error, format, arguments);
}

WEAK void vwarnx(const char *format, va_list arguments)
{
	tell(NULL, format, arguments);
}

WEAK void verr(int status, const char *format, va_list arguments)
{
	vwarn(format, arguments);
	exit(status);
}

WEAK void verrx(int status, const char *format, va_list arguments)
{
	vwarnx(format, arguments);
	exit(status);
}

WEAK void warn(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vwarn(format, arguments);
	va_end(arguments);
}

WEAK void warnx(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vwarnx(format, arguments);
	va_end(arguments);
}

WEAK void err(int status, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	verr(status, format, arguments);
}

WEAK void errx(int status, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	verrx(status, format, arguments);
}
