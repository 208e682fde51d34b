/*
 * Binary floating-point numbers as bits, and made from an exact value with one
 * rounding.
 */
#ifndef HERMIT_START_FLOATING_H
#define HERMIT_START_FLOATING_H

#include <stdint.h>

/* A format of IEEE 754: bits behind the binary point, and of the exponent. */
struct float_format {
	int fraction_bits, exponent_bits;
};

static const struct float_format binary64 = { 52, 11 }, binary32 = { 23, 8 };

/*
 * The bits of `significand` times 2 to the power `exponent`, to nearest, ties
 * to even; `sticky` says that the exact value is a little above that. The
 * significand's highest bit is set, or it is zero and so is `sticky`.
 */
static inline uint64_t float_bits(struct float_format format, uint64_t significand,
				  int64_t exponent, int sticky)
{
	int bias = (1 << (format.exponent_bits - 1)) - 1;
	uint64_t infinity = ((UINT64_C(1) << format.exponent_bits) - 1) << format.fraction_bits;
	/* The exponent field of a normal number; 63 is the point behind the highest bit. */
	int64_t field = exponent + 63 + bias;
	int drop = 63 - format.fraction_bits;
	uint64_t kept, dropped, half;

	if (significand == 0)
		return 0;
	if (field >= (1 << format.exponent_bits) - 1)
		return infinity;
	if (field < 1) {
		/* Subnormal: fewer bits are kept, and the field is zero. */
		if (field < -format.fraction_bits)
			return 0;
		drop += (int)(1 - field);
		field = 0;
	}
	if (drop > 63) {
		/* drop is 64 here at most: only the rounding bit is left. */
		kept = 0;
		dropped = significand;
		half = UINT64_C(1) << 63;
	} else {
		kept = significand >> drop;
		dropped = significand & ((UINT64_C(1) << drop) - 1);
		half = UINT64_C(1) << (drop - 1);
	}
	if (dropped > half || (dropped == half && (sticky || kept & 1)))
		kept++;
	/* The implied bit adds one to the field; a carry out of the fraction, another. */
	return field ? kept + ((uint64_t)(field - 1) << format.fraction_bits) : kept;
}

/* A double and its bits. Not where there are no floating-point registers. */
#if !defined(__x86_64__) || defined(__SSE2__)
static inline uint64_t to_bits(double value)
{
	uint64_t bits;

	__builtin_memcpy(&bits, &value, sizeof bits);
	return bits;
}

static inline double from_bits(uint64_t bits)
{
	double value;

	__builtin_memcpy(&value, &bits, sizeof value);
	return value;
}
#endif

#endif
