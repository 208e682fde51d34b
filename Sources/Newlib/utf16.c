/*
 * UTF-16 and UTF-32 from and to the locale's characters (C11 7.28.1); wchar_t is UTF-32 as well.
 * A state keeps the half of a pair in its count, which newlib's own functions leave below these.
 */
#include <uchar.h>

#include "shim.h"

enum { LOW = 0x10000, HIGH = 0x20000, HALF = 0xffff };

WEAK size_t mbrtoc32(char32_t *restrict character, const char *restrict text, size_t length,
		     mbstate_t *restrict state)
{
	static mbstate_t own;
	wchar_t wide = 0;
	size_t result;

	if (!text)
		return mbrtoc32(NULL, "", 1, state);
	result = mbrtowc(&wide, text, length, state ? state : &own);
	if (character && result < (size_t)-2)
		*character = (char32_t)wide;
	return result;
}

WEAK size_t c32rtomb(char *restrict text, char32_t character, mbstate_t *restrict state)
{
	static mbstate_t own;

	return wcrtomb(text, (wchar_t)character, state ? state : &own);
}

WEAK size_t mbrtoc16(char16_t *restrict character, const char *restrict text, size_t length,
		     mbstate_t *restrict state)
{
	static mbstate_t own;
	wchar_t wide = 0;
	size_t result;

	if (!state)
		state = &own;
	/* The second half takes nothing of the text. */
	if (state->__count & LOW) {
		if (character)
			*character = (char16_t)(state->__count & HALF);
		*state = (mbstate_t){0};
		return (size_t)-3;
	}
	if (!text)
		return mbrtoc16(NULL, "", 1, state);
	result = mbrtowc(&wide, text, length, state);
	if (result >= (size_t)-2)
		return result;
	if (wide > HALF) {
		wide -= 0x10000;
		state->__count = LOW | 0xdc00 | (wide & 0x3ff);
		wide = 0xd800 | wide >> 10;
	}
	if (character)
		*character = (char16_t)wide;
	return result;
}

WEAK size_t c16rtomb(char *restrict text, char16_t character, mbstate_t *restrict state)
{
	static mbstate_t own;
	uint32_t wide = character, high;

	if (!state)
		state = &own;
	if (!text) {
		*state = (mbstate_t){0};
		return wcrtomb(NULL, 0, state);
	}
	if (state->__count & HIGH) {
		high = (uint32_t)state->__count & 0x3ff;
		*state = (mbstate_t){0};
		if (character < 0xdc00 || character > 0xdfff) {
			errno = EILSEQ;
			return (size_t)-1;
		}
		wide = 0x10000 + (high << 10 | (character & 0x3ffu));
	} else if (character >= 0xd800 && character <= 0xdbff) {
		state->__count = HIGH | (character & 0x3ff);
		return 0;
	} else if (character >= 0xdc00 && character <= 0xdfff) {
		errno = EILSEQ;
		return (size_t)-1;
	}
	return wcrtomb(text, (wchar_t)wide, state);
}
