/*
 * Rounding a long double to an integer, which newlib has only where a long
 * double is a double. The x87 does it in whatever direction its control word
 * says (Intel SDM 1, 8.1.5.3, Rounding Control Field).
 */
#include <math.h>

enum { DOWN = 0x400, UP = 0x800, TO_ZERO = 0xC00, DIRECTIONS = 0xC00 };

static long double rounded(long double x, unsigned short direction)
{
	unsigned short own, control;

	__asm__ volatile("fnstcw %0" : "=m"(own));
	control = (unsigned short)((own & ~DIRECTIONS) | direction);
	__asm__ volatile("fldcw %2\n\tfrndint\n\tfldcw %1" : "+t"(x) : "m"(own), "m"(control));
	return x;
}

long double ceill(long double x) { return rounded(x, UP); }
long double floorl(long double x) { return rounded(x, DOWN); }
long double truncl(long double x) { return rounded(x, TO_ZERO); }

long double rintl(long double x)
{
	__asm__ volatile("frndint" : "+t"(x));
	return x;
}

/* To the nearest, and halves away from zero (C11 7.12.9.6). */
long double roundl(long double x)
{
	long double size = __builtin_fabsl(x), whole;

	/* All from there on are integers, or none, or not finite. */
	if (!(size < 0x1p63L))
		return rintl(x);
	whole = rounded(size, TO_ZERO);
	if (size - whole >= 0.5L)
		whole += 1;
	return __builtin_copysignl(whole, x);
}

/* What has no place in the result is an invalid operation, and LONG_MIN. */
long int lrintl(long double x)
{
	long int result;

	__asm__ volatile("fistpll %0" : "=m"(result) : "t"(x) : "st");
	return result;
}

long int lroundl(long double x) { return lrintl(roundl(x)); }
long long int llrintl(long double x) { return lrintl(x); }
long long int llroundl(long double x) { return lrintl(roundl(x)); }
