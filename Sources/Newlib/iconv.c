/*
 * iconv: each character is taken from one code and given to the other. As in GNU's C library
 * what the other code has not is EILSEQ, a question mark with //TRANSLIT, and left out with
 * //IGNORE, which is told at the end.
 */
#define _GNU_SOURCE

#include <ctype.h>
#include <errno.h>
#include <iconv.h>
#include <langinfo.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "converter.h"

enum form { ASCII, LATIN1, TABLE, UTF8, UTF16, UTF32 };

struct code {
	/* In small letters and digits alone; several, with spaces between. */
	const char *names;
	enum form form;
	const uint16_t *table;
	bool isBigEndian;
	/* A mark at the beginning says which byte is first. */
	bool isMarked;
	/* UCS-2: no surrogates. */
	bool isShort;
};

static const struct code codes[] = {
	{.names = "utf8", .form = UTF8},
	{.names = "usascii ascii ansix341968 iso646us 646", .form = ASCII},
	{.names = "iso88591 latin1 l1 cp819 88591", .form = LATIN1},
	{.names = "utf16", .form = UTF16, .isMarked = true},
	{.names = "utf16le", .form = UTF16},
	{.names = "utf16be", .form = UTF16, .isBigEndian = true},
	{.names = "ucs2 ucs2le", .form = UTF16, .isShort = true},
	{.names = "ucs2be", .form = UTF16, .isBigEndian = true, .isShort = true},
	{.names = "utf32", .form = UTF32, .isMarked = true},
	{.names = "utf32le ucs4le wchart internal", .form = UTF32},
	{.names = "utf32be ucs4 ucs4be iso10646ucs4", .form = UTF32, .isBigEndian = true},
	{.names = "iso88592 latin2 l2", .form = TABLE, .table = __hermit_iso_8859_2},
	{.names = "iso88595 cyrillic", .form = TABLE, .table = __hermit_iso_8859_5},
	{.names = "iso88597 greek", .form = TABLE, .table = __hermit_iso_8859_7},
	{.names = "iso88599 latin5 l5", .form = TABLE, .table = __hermit_iso_8859_9},
	{.names = "iso885915 latin9", .form = TABLE, .table = __hermit_iso_8859_15},
	{.names = "koi8r", .form = TABLE, .table = __hermit_koi8_r},
	{.names = "cp1250 windows1250", .form = TABLE, .table = __hermit_windows_1250},
	{.names = "cp1251 windows1251", .form = TABLE, .table = __hermit_windows_1251},
	{.names = "cp1252 windows1252", .form = TABLE, .table = __hermit_windows_1252},
	{.names = "cp437 ibm437 437", .form = TABLE, .table = __hermit_ibm437},
	{.names = "cp850 ibm850 850", .form = TABLE, .table = __hermit_ibm850},
};

struct converter {
	const struct code *from, *to;
	bool replaces, ignores;
	/* The mark of the input was looked for, that of the output written. */
	bool isRead, isWritten;
	bool isBigEndian;
};

/* Of taking and giving a character, in place of its length. */
enum { WRONG = -1, CUT = -2 };

/* The code of a name; what is behind two slashes says how. */
static const struct code *find(const char *name, struct converter *how)
{
	char plain[32];
	size_t length = 0;

	const char *options = strstr(name, "//");

	if (how && options) {
		how->replaces = strcasestr(options, "TRANSLIT");
		how->ignores = strcasestr(options, "IGNORE");
	}
	/* Without a name the locale's is meant. */
	if (!*name || name == options) {
		options = NULL;
		name = nl_langinfo(CODESET);
	}
	for (; *name && name != options; name++) {
		if (!isalnum((unsigned char)*name))
			continue;
		if (length == sizeof plain - 1)
			return NULL;
		plain[length++] = (char)tolower((unsigned char)*name);
	}
	if (!length)
		return NULL;
	for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
		for (const char *at = codes[i].names; at; at = strchr(at, ' ')) {
			at += *at == ' ';
			if (!strncmp(at, plain, length) && (!at[length] || at[length] == ' '))
				return &codes[i];
		}
	return NULL;
}

WEAK iconv_t iconv_open(const char *to, const char *from)
{
	struct converter how = {0}, *converter;

	how.to = find(to, &how);
	how.from = find(from, NULL);
	if (!how.to || !how.from) {
		errno = EINVAL;
		return (iconv_t)-1;
	}
	converter = malloc(sizeof *converter);
	if (!converter)
		return (iconv_t)-1;
	*converter = how;
	return converter;
}

WEAK int iconv_close(iconv_t converter)
{
	free(converter);
	return 0;
}

/* A character of UTF-8 (RFC 3629 4): its length, WRONG or CUT. */
static int takeUTF8(const unsigned char *in, size_t left, uint32_t *character)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	int length = in[0] < 0x80 ? 1 : in[0] < 0xc2 ? 0 : in[0] < 0xe0 ? 2 : in[0] < 0xf0 ? 3
		     : in[0] < 0xf5 ? 4 : 0;
	uint32_t value = length == 1 ? in[0] : in[0] & (0x7fu >> length);

	if (!length)
		return WRONG;
	for (int i = 1; i < length; i++) {
		if ((size_t)i >= left)
			return CUT;
		if ((in[i] & 0xc0) != 0x80)
			return WRONG;
		value = value << 6 | (in[i] & 0x3fu);
		/* The second byte shows what is too long, too large or a surrogate. */
		if (i == 1 && ((in[0] == 0xe0 && in[1] < 0xa0) || (in[0] == 0xed && in[1] >= 0xa0) ||
			       (in[0] == 0xf0 && in[1] < 0x90) || (in[0] == 0xf4 && in[1] >= 0x90)))
			return WRONG;
	}
	*character = value;
	return value < least[length] ? WRONG : length;
}

static uint32_t number(const unsigned char *in, int size, bool isBigEndian)
{
	uint32_t value = 0;

	for (int i = 0; i < size; i++)
		value |= (uint32_t)in[i] << 8 * (isBigEndian ? size - 1 - i : i);
	return value;
}

static int takeUTF16(const unsigned char *in, size_t left, uint32_t *character, bool isBigEndian,
		     bool isShort)
{
	uint32_t first, second;

	if (left < 2)
		return CUT;
	*character = first = number(in, 2, isBigEndian);
	if (first < 0xd800 || first > 0xdfff)
		return 2;
	if (isShort || first > 0xdbff)
		return WRONG;
	if (left < 4)
		return CUT;
	second = number(in + 2, 2, isBigEndian);
	if (second < 0xdc00 || second > 0xdfff)
		return WRONG;
	*character = 0x10000 + ((first & 0x3ff) << 10 | (second & 0x3ff));
	return 4;
}

static int take(struct converter *converter, const unsigned char *in, size_t left,
		uint32_t *character)
{
	const struct code *code = converter->from;

	switch (code->form) {
	case UTF8:
		return takeUTF8(in, left, character);
	case UTF16:
		return takeUTF16(in, left, character, converter->isBigEndian, code->isShort);
	case UTF32:
		if (left < 4)
			return CUT;
		*character = number(in, 4, converter->isBigEndian);
		return *character > 0x10ffff || (*character >= 0xd800 && *character <= 0xdfff) ? WRONG
											       : 4;
	default:
		*character = in[0];
		if (in[0] < 0x80 || code->form == LATIN1)
			return 1;
		*character = code->form == TABLE ? code->table[in[0] - 0x80] : 0;
		return *character ? 1 : WRONG;
	}
}

/* The byte of a character in a code of one byte; WRONG: it has not got it. */
static int byteOf(const struct code *code, uint32_t character)
{
	if (character < 0x80 || (code->form == LATIN1 && character < 0x100))
		return (int)character;
	for (int i = 0; code->form == TABLE && i < 128; i++)
		if (code->table[i] == character)
			return 0x80 + i;
	return WRONG;
}

static int put(unsigned char *out, uint32_t value, int size, bool isBigEndian)
{
	for (int i = 0; i < size; i++)
		out[i] = (unsigned char)(value >> 8 * (isBigEndian ? size - 1 - i : i));
	return size;
}

/* Writes a character of four bytes at most: their number, or WRONG. */
static int give(const struct code *code, uint32_t character, unsigned char *out)
{
	int byte;

	switch (code->form) {
	case UTF8:
		if (character < 0x80) {
			out[0] = (unsigned char)character;
			return 1;
		}
		if (character < 0x800) {
			out[0] = (unsigned char)(0xc0 | character >> 6);
			out[1] = (unsigned char)(0x80 | (character & 0x3f));
			return 2;
		}
		if (character < 0x10000) {
			out[0] = (unsigned char)(0xe0 | character >> 12);
			out[1] = (unsigned char)(0x80 | (character >> 6 & 0x3f));
			out[2] = (unsigned char)(0x80 | (character & 0x3f));
			return 3;
		}
		out[0] = (unsigned char)(0xf0 | character >> 18);
		out[1] = (unsigned char)(0x80 | (character >> 12 & 0x3f));
		out[2] = (unsigned char)(0x80 | (character >> 6 & 0x3f));
		out[3] = (unsigned char)(0x80 | (character & 0x3f));
		return 4;
	case UTF16:
		if (character < 0x10000)
			return put(out, character, 2, code->isBigEndian);
		if (code->isShort)
			return WRONG;
		character -= 0x10000;
		(void)put(out, 0xd800 | character >> 10, 2, code->isBigEndian);
		return 2 + put(out + 2, 0xdc00 | (character & 0x3ff), 2, code->isBigEndian);
	case UTF32:
		return put(out, character, 4, code->isBigEndian);
	default:
		byte = byteOf(code, character);
		out[0] = (unsigned char)byte;
		return byte < 0 ? WRONG : 1;
	}
}

/* Looks for the mark of the input: its length, or CUT. Without one the lowest byte is first. */
static int takeMark(struct converter *converter, const unsigned char *in, size_t left)
{
	int size = converter->from->form == UTF32 ? 4 : 2;

	converter->isBigEndian = converter->from->isBigEndian;
	if (!converter->from->isMarked)
		return 0;
	if (left < (size_t)size)
		return CUT;
	if (number(in, size, false) == 0xfeff)
		return size;
	converter->isBigEndian = number(in, size, true) == 0xfeff;
	return converter->isBigEndian ? size : 0;
}

WEAK size_t iconv(iconv_t descriptor, char **restrict input, size_t *restrict left,
		  char **restrict output, size_t *restrict room)
{
	struct converter *converter = descriptor;
	size_t irreversible = 0;
	bool isIncomplete = false;

	/* Back to the beginning. No code here has a state to be left. */
	if (!input || !*input) {
		converter->isRead = converter->isWritten = false;
		return 0;
	}
	while (*left) {
		unsigned char bytes[8];
		uint32_t character = 0;
		int taken = 0, given, size;

		if (!converter->isRead) {
			taken = takeMark(converter, (unsigned char *)*input, *left);
			converter->isRead = taken >= 0;
			if (taken > 0) {
				*input += taken;
				*left -= (size_t)taken;
				continue;
			}
		}
		if (taken >= 0)
			taken = take(converter, (unsigned char *)*input, *left, &character);
		if (taken == CUT) {
			errno = EINVAL;
			return (size_t)-1;
		}
		if (taken == WRONG && converter->ignores) {
			isIncomplete = true;
			size = converter->from->form == UTF16 ? 2 : converter->from->form == UTF32 ? 4 : 1;
			*input += size;
			*left -= (size_t)size;
			continue;
		}
		given = 0;
		if (!converter->isWritten && converter->to->isMarked)
			given = put(bytes, 0xfeff, converter->to->form == UTF32 ? 4 : 2, false);
		size = taken == WRONG ? WRONG : give(converter->to, character, bytes + given);
		if (size == WRONG && taken != WRONG && converter->replaces) {
			size = give(converter->to, '?', bytes + given);
			irreversible++;
		} else if (size == WRONG && taken != WRONG && converter->ignores) {
			isIncomplete = true;
			size = given = 0;
		}
		if (size == WRONG) {
			errno = EILSEQ;
			return (size_t)-1;
		}
		given += size;
		if (*room < (size_t)given) {
			errno = E2BIG;
			return (size_t)-1;
		}
		memcpy(*output, bytes, (size_t)given);
		*output += given;
		*room -= (size_t)given;
		converter->isWritten |= given > 0;
		*input += taken;
		*left -= (size_t)taken;
	}
	if (isIncomplete) {
		errno = EILSEQ;
		return (size_t)-1;
	}
	return irreversible;
}
