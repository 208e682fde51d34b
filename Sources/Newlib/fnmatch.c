/* fnmatch (POSIX 2.13), in place of newlib's, which has no classes of characters. */
#define _GNU_SOURCE

#include <ctype.h>
#include <fnmatch.h>
#include <stdbool.h>
#include <string.h>
#include <wctype.h>

#include "shim.h"

enum { NO, YES, LITERAL };

static int folded(int c, int flags)
{
	return flags & FNM_CASEFOLD ? tolower(c) : c;
}

/* A period at a name's beginning, which only a period in the pattern matches. */
static bool isHidden(const char *at, const char *start, int flags)
{
	return *at == '.' && flags & FNM_PERIOD &&
	       (at == start || (flags & FNM_PATHNAME && at[-1] == '/'));
}

/* One character of a set, which may be in brackets of its own: 0: there is none. */
static int element(const char **pattern, int flags)
{
	const char *at = *pattern;

	if (at[0] == '[' && (at[1] == '.' || at[1] == '=') && at[2] && at[3] == at[1] && at[4] == ']') {
		*pattern = at + 5;
		return (unsigned char)at[2];
	}
	if (*at == '\\' && !(flags & FNM_NOESCAPE))
		at++;
	*pattern = at + (*at != 0);
	return (unsigned char)*at;
}

/* [:class:]: whether c is of it. The pattern moves behind it where it is one. */
static bool isOfClass(const char **pattern, int c, bool *isClass)
{
	char name[16];
	const char *end = strstr(*pattern + 2, ":]");
	size_t length = end ? (size_t)(end - *pattern) - 2 : sizeof name;
	wctype_t class = 0;

	if (length < sizeof name) {
		memcpy(name, *pattern + 2, length);
		name[length] = 0;
		class = wctype(name);
	}
	*isClass = class != 0;
	if (!class)
		return false;
	*pattern = end + 2;
	return iswctype((wint_t)c, class);
}

/* A set, behind its bracket. The pattern moves behind it; LITERAL: it is none, and stays. */
static int set(const char **pattern, int c, int flags)
{
	const char *at = *pattern;
	bool isNegative = *at == '!' || *at == '^', isFound = false, isFirst = true;

	if (isNegative)
		at++;
	for (; isFirst || *at != ']'; isFirst = false) {
		bool isClass = false;
		int first, last;

		if (at[0] == '[' && at[1] == ':') {
			isFound |= isOfClass(&at, c, &isClass);
			if (isClass)
				continue;
		}
		first = last = element(&at, flags);
		if (!first || (first == '/' && flags & FNM_PATHNAME))
			return LITERAL;
		if (at[0] == '-' && at[1] && at[1] != ']') {
			at++;
			last = element(&at, flags);
			if (!last)
				return LITERAL;
		}
		isFound |= (first <= c && c <= last) ||
			   (flags & FNM_CASEFOLD && ((first <= tolower(c) && tolower(c) <= last) ||
						     (first <= toupper(c) && toupper(c) <= last)));
	}
	*pattern = at + 1;
	return isFound != isNegative;
}

int fnmatch(const char *pattern, const char *string, int flags)
{
	/* What is behind the last star, and where it began to match. */
	const char *behind = NULL, *tried = NULL, *start = string;

	while (1) {
		const char *next = pattern;
		int kind = *next ? (unsigned char)*next++ : 0, c = (unsigned char)*string;
		bool isMatch = false;

		switch (kind) {
		case 0:
			isMatch = !c || (flags & FNM_LEADING_DIR && c == '/');
			if (isMatch)
				return 0;
			break;
		case '*':
			if (isHidden(string, start, flags))
				break;
			behind = pattern = next;
			tried = string;
			continue;
		case '?':
			isMatch = c && !(c == '/' && flags & FNM_PATHNAME) &&
				  !isHidden(string, start, flags);
			break;
		case '[': {
			int result = c ? set(&next, c, flags) : NO;

			if (result != LITERAL) {
				isMatch = result == YES && !(c == '/' && flags & FNM_PATHNAME) &&
					  !isHidden(string, start, flags);
				break;
			}
			isMatch = c == '[';
			break;
		}
		case '\\':
			if (!(flags & FNM_NOESCAPE)) {
				/* At the pattern's end it escapes nothing, and nothing matches. */
				kind = (unsigned char)*next;
				next += kind != 0;
			}
			[[fallthrough]];
		default:
			isMatch = c && folded(kind, flags) == folded(c, flags);
			break;
		}
		if (isMatch) {
			pattern = next;
			string++;
			continue;
		}
		/* The last star takes one more, which is no slash where those are special. */
		if (!behind || !*tried || (*tried == '/' && flags & FNM_PATHNAME))
			return FNM_NOMATCH;
		string = ++tried;
		pattern = behind;
	}
}
