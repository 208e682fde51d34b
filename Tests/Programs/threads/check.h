/* What the programs of this folder check with: each failure is a line. */
#ifndef CHECK_H
#define CHECK_H

#include <errno.h>
#include <stdio.h>

static int checks, failures;

static void check(long found, long expected, const char *text, int line)
{
	__atomic_fetch_add(&checks, 1, __ATOMIC_RELAXED);
	if (found == expected)
		return;
	__atomic_fetch_add(&failures, 1, __ATOMIC_RELAXED);
	printf("line %d: %s: %ld in place of %ld\n", line, text, found, expected);
}

/* An expression's value. */
#define IS(EXPECTED, EXPRESSION) check((long)(EXPRESSION), (long)(EXPECTED), #EXPRESSION, __LINE__)
/* A call that returns -1 and sets errno. */
#define SETS(ERROR, CALL) \
	(errno = 0, check((CALL) == -1 ? errno : -1, (ERROR), #CALL, __LINE__))

static int report(void)
{
	printf("%s, %d failures\n", checks ? "checked" : "nothing was checked", failures);
	return failures != 0 || !checks;
}

#endif
