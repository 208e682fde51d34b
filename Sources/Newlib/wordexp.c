/*
 * wordexp (POSIX XCU 2.6): a tilde, parameters, pathnames, and quotes. A command's substitution
 * and arithmetic would take a shell, of which there is none.
 *
 * A word is collected as bytes, each with a mark of whether it was quoted; glob gets a pattern
 * in which the quoted ones have a backslash in front.
 */
#define _GNU_SOURCE

#include <ctype.h>
#include <glob.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <wordexp.h>

#include "shim.h"

struct word {
	char *bytes;
	size_t count, room;
	/* Something was quoted: the word is one even where it is empty. */
	bool isThere;
	bool hasPattern;
};

struct expansion {
	const char *at;
	struct word word;
	wordexp_t *words;
	int flags;
	/* Where the value of a parameter is cut. */
	const char *separators;
};

static bool push(struct word *word, char byte)
{
	if (word->count + 2 > word->room) {
		size_t room = word->room ? 2 * word->room : 64;
		char *larger = realloc(word->bytes, room);

		if (!larger)
			return false;
		word->bytes = larger;
		word->room = room;
	}
	word->bytes[word->count++] = byte;
	word->bytes[word->count] = 0;
	return true;
}

/* Adds a byte that was quoted, so that it has no meaning, or one that may have. */
static int add(struct expansion *all, char byte, bool isQuoted)
{
	struct word *word = &all->word;

	word->isThere = true;
	if (isQuoted && strchr("*?[]\\~", byte) && !push(word, '\\'))
		return WRDE_NOSPACE;
	if (!isQuoted && strchr("*?[", byte))
		word->hasPattern = true;
	return push(word, byte) ? 0 : WRDE_NOSPACE;
}

/* Takes over a word that lies in the heap. */
static int append(wordexp_t *words, char *text)
{
	size_t count = words->we_offs + words->we_wordc;
	char **larger = text ? realloc(words->we_wordv, (count + 2) * sizeof *larger) : NULL;

	if (!larger) {
		free(text);
		return WRDE_NOSPACE;
	}
	words->we_wordv = larger;
	larger[count] = text;
	larger[count + 1] = NULL;
	words->we_wordc++;
	return 0;
}

/* Takes the backslashes away that push has put in front of quoted bytes. */
static void unquote(char *text)
{
	char *to = text;

	for (; *text; *to++ = *text++)
		if (*text == '\\' && text[1])
			text++;
	*to = 0;
}

/* Ends a word, and begins the next. */
static int finish(struct expansion *all)
{
	struct word word = all->word;
	int error = 0;
	glob_t found;

	all->word = (struct word){0};
	if (!word.isThere)
		return 0;
	if (!word.bytes)
		return append(all->words, strdup(""));
	if (word.hasPattern) {
		int result = glob(word.bytes, 0, NULL, &found);

		if (result == 0) {
			for (size_t i = 0; !error && i < found.gl_pathc; i++)
				error = append(all->words, strdup(found.gl_pathv[i]));
			globfree(&found);
			free(word.bytes);
			return error;
		}
		if (result == GLOB_NOSPACE) {
			free(word.bytes);
			return WRDE_NOSPACE;
		}
	}
	unquote(word.bytes);
	return append(all->words, word.bytes);
}

/* Adds a value: in quotes as it is, else cut where the separators are. */
static int addValue(struct expansion *all, const char *value, bool isQuoted)
{
	int error = 0;

	for (; !error && *value; value++)
		if (!isQuoted && strchr(all->separators, *value))
			error = finish(all);
		else
			error = add(all, *value, isQuoted);
	return error;
}

static int expand(struct expansion *all, bool isQuoted, char end);

/* The word in ${name-word}: expanded to a text of its own, which the caller frees. */
static int inner(struct expansion *all, char **text)
{
	struct expansion own = {.at = all->at, .words = NULL, .flags = all->flags, .separators = ""};
	int error = expand(&own, false, '}');

	all->at = own.at;
	*text = own.word.bytes ? own.word.bytes : strdup("");
	if (*text)
		unquote(*text);
	return !*text ? WRDE_NOSPACE : error;
}

/* What begins with a dollar sign. */
static int parameter(struct expansion *all, bool isQuoted)
{
	const char *start = ++all->at, *value;
	bool isBraced = *start == '{', wantsLength = false, isSet;
	char name[256], kind = 0, number[24], *text = NULL;
	size_t length = 0;
	bool countsEmpty = false;
	int error = 0;

	if (*start == '(')
		return all->flags & WRDE_NOCMD && start[1] != '(' ? WRDE_CMDSUB : WRDE_NOSYS;
	if (isBraced) {
		all->at++;
		wantsLength = *all->at == '#' && all->at[1] != '}';
		all->at += wantsLength;
	}
	if (isalpha((unsigned char)*all->at) || *all->at == '_')
		while (isalnum((unsigned char)*all->at) || *all->at == '_') {
			if (length == sizeof name - 1)
				return WRDE_NOSPACE;
			name[length++] = *all->at++;
		}
	name[length] = 0;
	if (!length)
		/* A dollar sign by itself. */
		return isBraced ? WRDE_SYNTAX : add(all, '$', isQuoted);
	value = getenv(name);
	isSet = value != NULL;
	if (isBraced && *all->at != '}' && !wantsLength) {
		countsEmpty = *all->at == ':';
		all->at += countsEmpty;
		kind = *all->at;
		if (!kind || !strchr("-=?+", kind))
			return WRDE_SYNTAX;
		all->at++;
		error = inner(all, &text);
	}
	if (!error && isBraced && *all->at++ != '}')
		error = WRDE_SYNTAX;
	if (countsEmpty && value && !*value)
		value = NULL;
	if (!error && kind == '+')
		error = addValue(all, value ? text : "", isQuoted);
	else if (!error && !value && (kind == '-' || kind == '=')) {
		if (kind == '=' && setenv(name, text, 1) < 0)
			error = WRDE_NOSPACE;
		else
			error = addValue(all, text, isQuoted);
	} else if (!error && !value && kind == '?') {
		error = WRDE_BADVAL;
	} else if (!error && wantsLength) {
		size_t count = value ? strlen(value) : 0, at = sizeof number - 1;

		number[at] = 0;
		do
			number[--at] = (char)('0' + count % 10);
		while (count /= 10);
		error = addValue(all, number + at, isQuoted);
	} else if (!error && !isSet && all->flags & WRDE_UNDEF) {
		error = WRDE_BADVAL;
	} else if (!error && value) {
		error = addValue(all, value, isQuoted);
	}
	free(text);
	return error;
}

/* A tilde at a word's beginning, and the name behind it. */
static int tilde(struct expansion *all)
{
	char name[256];
	size_t length = strcspn(all->at + 1, "/ \t\n\"'\\$`*?[");
	const struct passwd *user;
	const char *home = NULL;

	if (length < sizeof name && (!all->at[length + 1] || strchr("/ \t\n", all->at[length + 1]))) {
		memcpy(name, all->at + 1, length);
		name[length] = 0;
		if (!length)
			home = getenv("HOME");
		if (!home) {
			user = length ? getpwnam(name) : getpwuid(0);
			home = user ? user->pw_dir : NULL;
		}
	}
	if (!home)
		return add(all, *all->at++, false);
	all->at += length + 1;
	return addValue(all, home, true);
}

/* In double quotes: up to the closing one. */
static int quoted(struct expansion *all)
{
	int error;

	all->word.isThere = true;
	error = expand(all, true, '"');
	if (!error && *all->at++ != '"')
		error = WRDE_SYNTAX;
	return error;
}

/* Up to an end, which is not taken. */
static int expand(struct expansion *all, bool isQuoted, char end)
{
	int error = 0;

	while (!error && *all->at && *all->at != end) {
		char c = *all->at;

		if (c == '$') {
			error = parameter(all, isQuoted);
		} else if (c == '`') {
			error = all->flags & WRDE_NOCMD ? WRDE_CMDSUB : WRDE_NOSYS;
		} else if (c == '\\') {
			all->at++;
			if (!*all->at)
				error = WRDE_SYNTAX;
			/* In quotes it quotes only what has a meaning there. */
			else if (isQuoted && !strchr("$`\"\\\n", *all->at))
				error = add(all, '\\', true);
			else if (*all->at == '\n')
				all->at++;
			else
				error = add(all, *all->at++, true);
		} else if (isQuoted) {
			error = add(all, c, true);
			all->at++;
		} else if (c == '"') {
			all->at++;
			error = quoted(all);
		} else if (c == '\'') {
			all->word.isThere = true;
			for (all->at++; !error && *all->at && *all->at != '\''; all->at++)
				error = add(all, *all->at, true);
			if (!error && *all->at++ != '\'')
				error = WRDE_SYNTAX;
		} else if (end == '}') {
			error = add(all, c, false);
			all->at++;
		} else if (c == ' ' || c == '\t') {
			error = finish(all);
			all->at++;
		} else if (strchr("\n|&;<>(){}", c)) {
			error = WRDE_BADCHAR;
		} else if (c == '~' && !all->word.isThere) {
			error = tilde(all);
		} else {
			error = add(all, c, false);
			all->at++;
		}
	}
	return error;
}

WEAK int wordexp(const char *restrict text, wordexp_t *restrict words, int flags)
{
	const char *separators = getenv("IFS");
	struct expansion all = {.at = text, .words = words, .flags = flags,
				.separators = separators ? separators : " \t\n"};
	wordexp_t before;
	int error = 0;

	if (flags & WRDE_REUSE)
		wordfree(words);
	if (!(flags & WRDE_APPEND)) {
		if (!(flags & WRDE_DOOFFS))
			words->we_offs = 0;
		words->we_wordc = 0;
		words->we_wordv = calloc(words->we_offs + 1, sizeof *words->we_wordv);
		if (!words->we_wordv)
			return WRDE_NOSPACE;
	}
	before = *words;
	error = expand(&all, false, 0);
	if (!error)
		error = finish(&all);
	free(all.word.bytes);
	/* What goes wrong leaves what was there; words that were found stay for want of memory. */
	if (error && error != WRDE_NOSPACE) {
		for (size_t i = before.we_wordc; i < words->we_wordc; i++)
			free(words->we_wordv[words->we_offs + i]);
		words->we_wordc = before.we_wordc;
		words->we_wordv[words->we_offs + words->we_wordc] = NULL;
	}
	return error;
}

WEAK void wordfree(wordexp_t *words)
{
	for (size_t i = 0; words->we_wordv && i < words->we_wordc; i++)
		free(words->we_wordv[words->we_offs + i]);
	free(words->we_wordv);
	words->we_wordv = NULL;
	words->we_wordc = 0;
}
