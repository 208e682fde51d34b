/*
 * fma: a product and a sum with one rounding (C11 7.12.13.1), for processors
 * that have no instruction for it. Weak, as in runtime.c.
 */
#include "floating.h"

#if !__STDC_HOSTED__ && (!defined(__x86_64__) || defined(__SSE2__))

#define WEAK __attribute__((weak))

double fma(double a, double b, double c);
float fmaf(float a, float b, float c);

typedef unsigned __int128 wide;

#define FRACTION_MASK ((UINT64_C(1) << 52) - 1)
#define SIGN (UINT64_C(1) << 63)
#define INFINITY_BITS (UINT64_C(0x7ff) << 52)

/* A finite number as an integer times a power of two. */
static uint64_t split(uint64_t bits, int *exponent)
{
	int field = (int)(bits >> 52 & 0x7ff);

	*exponent = (field ? field : 1) - 1075;
	return (bits & FRACTION_MASK) | (field ? FRACTION_MASK + 1 : 0);
}

static int leading_zeros(wide value)
{
	uint64_t high = (uint64_t)(value >> 64);

	return high ? __builtin_clzll(high) : 64 + __builtin_clzll((uint64_t)value);
}

/* What is shifted out and is not zero stays as the lowest bit. */
static wide shift_right(wide value, int bits)
{
	if (bits == 0)
		return value;
	if (bits > 127)
		return value != 0;
	return value >> bits | ((value << (128 - bits)) != 0);
}

WEAK double fma(double a, double b, double c)
{
	uint64_t x = to_bits(a), y = to_bits(b), z = to_bits(c);
	uint64_t product_sign = (x ^ y) & SIGN, sum_sign = z & SIGN, bits;
	int x_exponent, y_exponent, z_exponent, product_exponent, shift;
	wide product, sum, other;

	/* Infinities, NaN and zero factors: nothing is rounded twice. */
	if ((x & ~SIGN) >= INFINITY_BITS || (y & ~SIGN) >= INFINITY_BITS || (x & ~SIGN) == 0
	    || (y & ~SIGN) == 0)
		return a * b + c;
	if ((z & ~SIGN) >= INFINITY_BITS)
		return c + c;
	product = (wide)split(x, &x_exponent) * split(y, &y_exponent);
	product_exponent = x_exponent + y_exponent;
	/* The highest bits go to 125: there is room for a carry, and below for what is lost. */
	shift = leading_zeros(product) - 2;
	product <<= shift;
	product_exponent -= shift;
	other = split(z, &z_exponent);
	if (other) {
		shift = leading_zeros(other) - 2;
		other <<= shift;
		z_exponent -= shift;
	} else {
		z_exponent = product_exponent;
	}
	if (product_exponent < z_exponent
	    || (product_exponent == z_exponent && product < other)) {
		wide value = product;
		int exponent = product_exponent;
		uint64_t sign = product_sign;

		product = other, other = value;
		product_exponent = z_exponent, z_exponent = exponent;
		product_sign = sum_sign, sum_sign = sign;
	}
	other = shift_right(other, product_exponent - z_exponent);
	sum = product_sign == sum_sign ? product + other : product - other;
	if (sum == 0)
		return 0.0;
	shift = leading_zeros(sum);
	sum <<= shift;
	product_exponent -= shift;
	bits = float_bits(binary64, (uint64_t)(sum >> 64), product_exponent + 64, (uint64_t)sum != 0);
	return from_bits(bits | product_sign);
}

/*
 * The product of two floats is exact in a double; the sum is rounded to odd
 * there, which makes the second rounding the only one (Boldo and Melquiond,
 * "Emulation of a FMA and correctly rounded sums", 2008).
 */
WEAK float fmaf(float a, float b, float c)
{
	double product = (double)a * b, sum = product + c, part, error;
	uint64_t bits = to_bits(sum);

	if ((bits & ~SIGN) >= INFINITY_BITS)
		return (float)sum;
	part = sum - product;
	error = (product - (sum - part)) + (c - part);
	if (error != 0 && !(bits & 1)) {
		/* Away from zero if the error has the sum's sign, else towards it. */
		bits += (error < 0) == (bits >> 63) ? 1 : UINT64_MAX;
		sum = from_bits(bits);
	}
	return (float)sum;
}

#else
typedef int hermit_start_no_fma;
#endif
