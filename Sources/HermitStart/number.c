/*
 * Numbers read from text, which Double(String) and Float(String) leave to
 * their platform: C's strtod and strtof in the C locale (C11 7.22.1.3),
 * rounded to nearest from the exact value. Weak, as in runtime.c.
 */
#include "floating.h"

#if !__STDC_HOSTED__ && (!defined(__x86_64__) || defined(__SSE2__))

#include <stddef.h>

#define WEAK __attribute__((weak))

const char *_swift_stdlib_strtod_clocale(const char *text, double *result);
const char *_swift_stdlib_strtof_clocale(const char *text, float *result);

/*
 * Digits that are kept; of those behind it only matters whether one is not
 * zero. The longest halfway case between two doubles has 767.
 */
#define MAXIMUM_DIGITS 800
/* 10 to the power 1140, the largest power used, has 3788 bits; room for 64 more. */
#define WORDS 124

/* A natural number, the lowest word first. */
struct natural {
	int count; /* words in use; the highest is not 0 */
	uint32_t words[WORDS];
};

static void multiply_add(struct natural *n, uint32_t factor, uint32_t carry)
{
	uint64_t sum = carry;

	for (int i = 0; i < n->count; i++) {
		sum += (uint64_t)n->words[i] * factor;
		n->words[i] = (uint32_t)sum;
		sum >>= 32;
	}
	if (sum)
		n->words[n->count++] = (uint32_t)sum;
}

static void multiply_by_power_of_ten(struct natural *n, int64_t power)
{
	for (; power >= 9; power -= 9)
		multiply_add(n, 1000000000, 0);
	for (; power > 0; power--)
		multiply_add(n, 10, 0);
}

static int bit_length(const struct natural *n)
{
	return n->count ? 32 * n->count - __builtin_clz(n->words[n->count - 1]) : 0;
}

static void shift_left(struct natural *n, int bits)
{
	int words = bits / 32;

	if (n->count == 0)
		return;
	for (int i = n->count - 1; i >= 0; i--)
		n->words[i + words] = n->words[i];
	for (int i = 0; i < words; i++)
		n->words[i] = 0;
	n->count += words;
	if (bits % 32)
		multiply_add(n, UINT32_C(1) << bits % 32, 0);
}

static int is_less(const struct natural *a, const struct natural *b)
{
	if (a->count != b->count)
		return a->count < b->count;
	for (int i = a->count - 1; i >= 0; i--)
		if (a->words[i] != b->words[i])
			return a->words[i] < b->words[i];
	return 0;
}

/* a -= b, where b is not larger */
static void subtract(struct natural *a, const struct natural *b)
{
	uint64_t borrow = 0;

	for (int i = 0; i < a->count; i++) {
		uint64_t taken = borrow + (i < b->count ? b->words[i] : 0);

		borrow = a->words[i] < taken;
		a->words[i] -= (uint32_t)taken;
	}
	while (a->count && a->words[a->count - 1] == 0)
		a->count--;
}

/* The bits of numerator / denominator, both above zero. */
static uint64_t quotient_bits(struct float_format format, struct natural *numerator,
			      struct natural *denominator, int sticky)
{
	uint64_t quotient = 0;
	int shift = bit_length(denominator) - bit_length(numerator);

	if (shift >= 0)
		shift_left(numerator, shift);
	else
		shift_left(denominator, -shift);
	if (is_less(numerator, denominator)) {
		shift_left(numerator, 1);
		shift++;
	}
	/* Now 1 <= numerator / denominator < 2: long division, a bit at a time. */
	for (int i = 0; i < 64; i++) {
		quotient <<= 1;
		if (!is_less(numerator, denominator)) {
			subtract(numerator, denominator);
			quotient |= 1;
		}
		shift_left(numerator, 1);
	}
	return float_bits(format, quotient, -63 - shift, sticky || numerator->count);
}

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 16;
}

/* Reads `e-12` behind a number; what is no exponent is not read. */
static const char *read_exponent(const char *text, char letter, int64_t *exponent)
{
	const char *p = text;
	int64_t value = 0;
	int negative;

	*exponent = 0;
	if ((*p | 0x20) != letter)
		return text;
	p++;
	negative = *p == '-';
	if (*p == '-' || *p == '+')
		p++;
	if (digit_value(*p) >= 10)
		return text;
	for (; digit_value(*p) < 10; p++)
		if (value < 1000000000)
			value = value * 10 + digit_value(*p);
	*exponent = negative ? -value : value;
	return p;
}

static const char *read_decimal(const char *text, struct float_format format, uint64_t *bits)
{
	struct natural numerator = { 0 }, denominator = { 1, { 1 } };
	int64_t exponent, scale = 0;
	int digits = 0, any = 0, sticky = 0, behind_point = 0;
	const char *p = text;

	for (;; p++) {
		int digit = digit_value(*p);

		if (*p == '.' && !behind_point) {
			behind_point = 1;
			continue;
		}
		if (digit >= 10)
			break;
		any = 1;
		if (digits < MAXIMUM_DIGITS) {
			if (digits || digit) {
				multiply_add(&numerator, 10, (uint32_t)digit);
				digits++;
			}
			scale -= behind_point;
		} else {
			sticky |= digit != 0;
			scale += !behind_point;
		}
	}
	if (!any)
		return NULL;
	p = read_exponent(p, 'e', &exponent);
	scale += exponent;
	*bits = 0;
	if (digits == 0 || digits + scale < -330)
		return p;
	if (digits + scale > 310) {
		*bits = float_bits(format, UINT64_C(1) << 63, 1 << 20, 0);
		return p;
	}
	multiply_by_power_of_ten(scale < 0 ? &denominator : &numerator, scale < 0 ? -scale : scale);
	*bits = quotient_bits(format, &numerator, &denominator, sticky);
	return p;
}

static const char *read_hexadecimal(const char *text, struct float_format format, uint64_t *bits)
{
	uint64_t significand = 0;
	int64_t exponent, scale = 0;
	int any = 0, sticky = 0, behind_point = 0;
	const char *p = text;

	for (;; p++) {
		int digit = digit_value(*p);

		if (*p == '.' && !behind_point) {
			behind_point = 1;
			continue;
		}
		if (digit >= 16)
			break;
		any = 1;
		if (significand >> 60 == 0) {
			significand = significand << 4 | (uint64_t)digit;
			scale -= 4 * behind_point;
		} else {
			sticky |= digit != 0;
			scale += 4 * !behind_point;
		}
	}
	if (!any)
		return NULL;
	p = read_exponent(p, 'p', &exponent);
	*bits = 0;
	if (significand) {
		int zeros = __builtin_clzll(significand);

		*bits = float_bits(format, significand << zeros, scale + exponent - zeros, sticky);
	}
	return p;
}

/* What follows `word`, whatever its case; NULL if that is not how `text` starts. */
static const char *skip_word(const char *text, const char *word)
{
	for (; *word; word++, text++)
		if ((*text | 0x20) != *word)
			return NULL;
	return text;
}

static const char *read_special(const char *text, struct float_format format, uint64_t *bits)
{
	uint64_t infinity = float_bits(format, UINT64_C(1) << 63, 1 << 20, 0);
	uint64_t quiet = UINT64_C(1) << (format.fraction_bits - 1);
	const char *end = skip_word(text, "inf"), *p;

	*bits = infinity;
	if (end)
		return (p = skip_word(end, "inity")) ? p : end;
	*bits = infinity | quiet >> 1;
	if ((end = skip_word(text, "snan")))
		return end;
	*bits = infinity | quiet;
	if (!(end = skip_word(text, "nan")) || *end != '(')
		return end;
	for (p = end + 1; digit_value(*p) < 16 || (*p | 0x20) == 'x'; p++)
		;
	return *p == ')' ? p + 1 : end;
}

/* The bits of the number at `text`; where it ends, or `text` if there is none. */
static const char *read_number(const char *text, struct float_format format, uint64_t *bits)
{
	int negative = *text == '-';
	const char *start = text + (*text == '-' || *text == '+');
	const char *end = NULL;

	if (start[0] == '0' && (start[1] | 0x20) == 'x')
		end = read_hexadecimal(start + 2, format, bits);
	if (!end)
		end = read_decimal(start, format, bits);
	if (!end)
		end = read_special(start, format, bits);
	if (!end) {
		*bits = 0;
		return text;
	}
	if (negative)
		*bits |= UINT64_C(1) << (format.fraction_bits + format.exponent_bits);
	return end;
}

WEAK const char *_swift_stdlib_strtod_clocale(const char *text, double *result)
{
	uint64_t bits;
	const char *end = read_number(text, binary64, &bits);

	__builtin_memcpy(result, &bits, sizeof *result);
	return end;
}

WEAK const char *_swift_stdlib_strtof_clocale(const char *text, float *result)
{
	uint64_t bits;
	const char *end = read_number(text, binary32, &bits);
	uint32_t low = (uint32_t)bits;

	__builtin_memcpy(result, &low, sizeof *result);
	return end;
}

#else
typedef int hermit_start_no_number;
#endif
