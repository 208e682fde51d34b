/*
 * syslog. A message goes to the kernel's log, behind the program's name, as a line of the level
 * that its priority has there; with LOG_PERROR to standard error, too. So it is on Linux, but
 * that there a daemon writes the time and the host in front.
 */
#define _GNU_SOURCE

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/lock.h>
#include <sys/uio.h>
#include <syslog.h>
#include <unistd.h>

#include "program_name.h"
#include "shim.h"

__LOCK_INIT(static, __hermit_syslog);
static const char *name;
static int options;
static int facility = LOG_USER;
static int mask = 0xff;

/* glibc's limit is the memory; a line of the log has HERMIT_LOG_MAX bytes. */
enum { MOST = 2048 };

WEAK void openlog(const char *identity, int newOptions, int newFacility)
{
	__lock_acquire(__hermit_syslog);
	if (identity)
		name = identity;
	options = newOptions;
	if (newFacility && !(newFacility & ~LOG_FACMASK))
		facility = newFacility;
	__lock_release(__hermit_syslog);
}

WEAK void closelog(void)
{
	__lock_acquire(__hermit_syslog);
	name = NULL;
	__lock_release(__hermit_syslog);
}

WEAK int setlogmask(int new)
{
	int old;

	__lock_acquire(__hermit_syslog);
	old = mask;
	if (new)
		mask = new;
	__lock_release(__hermit_syslog);
	return old;
}

static int level(int priority)
{
	switch (LOG_PRI(priority)) {
	case LOG_WARNING:
		return HERMIT_LOG_WARNING;
	case LOG_NOTICE:
	case LOG_INFO:
		return HERMIT_LOG_INFO;
	case LOG_DEBUG:
		return HERMIT_LOG_DEBUG;
	default:
		return HERMIT_LOG_ERROR;
	}
}

/* %m is the error's message: formats a copy that has it in its place. */
static void expand(char *to, size_t size, const char *format, const char *message)
{
	size_t length = 0;

	while (*format && length < size - 1) {
		if (format[0] == '%' && format[1] == 'm') {
			/* What is inserted is no format. */
			for (const char *c = message; *c && length < size - 2; c++) {
				if (*c == '%')
					to[length++] = '%';
				to[length++] = *c;
			}
			format += 2;
		} else {
			if (format[0] == '%' && format[1] == '%' && length < size - 2)
				to[length++] = *format++;
			to[length++] = *format++;
		}
	}
	to[length] = 0;
}

WEAK void vsyslog(int priority, const char *format, va_list arguments)
{
	char text[MOST], expanded[MOST];
	int error = errno, length, added;

	__lock_acquire(__hermit_syslog);
	if (priority & ~(LOG_PRIMASK | LOG_FACMASK) || !(LOG_MASK(LOG_PRI(priority)) & mask)) {
		__lock_release(__hermit_syslog);
		return;
	}
	length = snprintf(text, sizeof text, options & LOG_PID ? "%s[%d]: " : "%s: ",
			  name ? name : program_name(), (int)getpid());
	if (strstr(format, "%m")) {
		expand(expanded, sizeof expanded, format, strerror(error));
		format = expanded;
	}
	if (length > MOST / 2)
		length = MOST / 2;
	added = vsnprintf(text + length, sizeof text - (size_t)length, format, arguments);
	if (added > 0)
		length += added < MOST - length ? added : MOST - length - 1;
	while (length > 0 && text[length - 1] == '\n')
		length--;
	(void)sys_log(level(priority), text, (size_t)length);
	if (options & LOG_PERROR) {
		const struct iovec parts[] = {{text, (size_t)length}, {(void *)"\n", 1}};

		(void)writev(STDERR_FILENO, parts, 2);
	}
	__lock_release(__hermit_syslog);
	errno = error;
}

WEAK void syslog(int priority, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsyslog(priority, format, arguments);
	va_end(arguments);
}
