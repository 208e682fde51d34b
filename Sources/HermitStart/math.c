/*
 * The functions of <math.h> that Embedded Swift leaves to its platform: what
 * rounded, squareRoot, truncatingRemainder and remainder call, and what
 * Dictionary and Set size their storage with. All are weak, as in runtime.c,
 * exact, and for the rounding mode that a program starts with.
 *
 * A float's function goes by way of double: every result is a float then, or
 * (sqrt) rounds to the right one.
 */
#include "floating.h"

#if !__STDC_HOSTED__ && (!defined(__x86_64__) || defined(__SSE2__))

#define WEAK __attribute__((weak))
#define UNARY(NAME) double NAME(double); float NAME##f(float)
#define BINARY(NAME) double NAME(double, double); float NAME##f(float, float)

UNARY(trunc);
UNARY(ceil);
UNARY(floor);
UNARY(round);
UNARY(rint);
UNARY(sqrt);
BINARY(fmod);
BINARY(remainder);

#define FRACTION_BITS 52
#define FRACTION_MASK ((UINT64_C(1) << FRACTION_BITS) - 1)

/* From here on every number is whole. */
#define ALL_WHOLE 0x1p52

/* Infinities and NaN are among those that have no fraction. */
static int has_fraction(double value)
{
	return __builtin_fabs(value) < ALL_WHOLE;
}

WEAK double trunc(double value)
{
	if (!has_fraction(value))
		return value;
	return __builtin_copysign((double)(int64_t)value, value);
}

WEAK double ceil(double value)
{
	double whole = trunc(value);

	return whole < value ? __builtin_copysign(whole + 1, value) : whole;
}

WEAK double floor(double value)
{
	double whole = trunc(value);

	return whole > value ? whole - 1 : whole;
}

/* Halves go away from zero. */
WEAK double round(double value)
{
	double whole = trunc(value);

	if (has_fraction(value) && __builtin_fabs(value - whole) >= 0.5)
		whole += __builtin_copysign(1, value);
	return whole;
}

/* Halves go to the even neighbour, as an addition rounds. */
WEAK double rint(double value)
{
	volatile double sum;

	if (!has_fraction(value))
		return value;
	sum = __builtin_fabs(value) + ALL_WHOLE;
	return __builtin_copysign(sum - ALL_WHOLE, value);
}

WEAK double sqrt(double value)
{
	double root;

#if defined(__x86_64__)
	__asm__("sqrtsd %1, %0" : "=x"(root) : "x"(value));
#elif defined(__aarch64__)
	__asm__("fsqrt %d0, %d1" : "=w"(root) : "w"(value));
#endif
	return root;
}

/* A finite number above zero as an integer times a power of two. */
static uint64_t split(uint64_t bits, int *exponent)
{
	uint64_t fraction = bits & FRACTION_MASK;

	*exponent = (int)(bits >> FRACTION_BITS);
	if (*exponent == 0)
		*exponent = 1;
	else
		fraction |= FRACTION_MASK + 1;
	return fraction;
}

WEAK double fmod(double dividend, double divisor)
{
	double x = __builtin_fabs(dividend), y = __builtin_fabs(divisor);
	int exponent, divisor_exponent;
	uint64_t rest, divisor_fraction, bits;

	if (!(x < __builtin_inf()) || !(y > 0))
		return (dividend * divisor) / (dividend * divisor);
	if (x < y)
		return dividend;
	rest = split(to_bits(x), &exponent);
	divisor_fraction = split(to_bits(y), &divisor_exponent);
	/* Long division, one binary digit at a time. */
	rest %= divisor_fraction;
	for (; exponent > divisor_exponent; exponent--) {
		rest <<= 1;
		if (rest >= divisor_fraction)
			rest -= divisor_fraction;
	}
	if (rest == 0)
		return __builtin_copysign(0, dividend);
	while (rest <= FRACTION_MASK && exponent > 1) {
		rest <<= 1;
		exponent--;
	}
	bits = rest & FRACTION_MASK;
	if (rest > FRACTION_MASK)
		bits |= (uint64_t)exponent << FRACTION_BITS;
	return __builtin_copysign(from_bits(bits), dividend);
}

/* IEEE 754's remainder: the quotient is rounded to nearest, to even if halfway. */
WEAK double remainder(double dividend, double divisor)
{
	double x = __builtin_fabs(dividend), y = __builtin_fabs(divisor);

	if (!(x < __builtin_inf()) || !(y > 0))
		return (dividend * divisor) / (dividend * divisor);
	/* Below twice the divisor: the quotient's last digit is kept. */
	if (y < __DBL_MAX__ / 2)
		x = fmod(x, y + y);
	/* x > y / 2, without the rounding of y / 2. */
	if (x > y - x) {
		x -= y;
		if (x >= 0 && x >= y - x)
			x -= y;
	}
	return dividend < 0 || __builtin_signbit(dividend) ? -x : x;
}

#define BY_DOUBLE(NAME) \
	WEAK float NAME##f(float value) { return (float)NAME(value); }
#define BY_DOUBLE_2(NAME) \
	WEAK float NAME##f(float a, float b) { return (float)NAME(a, b); }

BY_DOUBLE(trunc)
BY_DOUBLE(ceil)
BY_DOUBLE(floor)
BY_DOUBLE(round)
BY_DOUBLE(rint)
BY_DOUBLE(sqrt)
BY_DOUBLE_2(fmod)
BY_DOUBLE_2(remainder)

#else

/* Not for a host, which has a C library, nor without floating point. */
typedef int hermit_start_no_math;

#endif
