/*
 * A float of the text of a number, rounded once. newlib's strtof makes a double
 * of the text and a float of that, which is another where the double lies just
 * between two floats. Its strtodg, which strtold uses, rounds to any precision.
 */
#include "shim.h"

/* As newlib's gdtoa.h has it: a format with so many bits, and the exponents of
   the last one in the smallest and the largest number. */
typedef struct FPI {
	int nbits, emin, emax, rounding, sudden_underflow;
} FPI;

/* What strtodg finds; there is zero, too. */
enum { NORMAL = 1, DENORMAL = 2, INFINITE = 3, NOT_A_NUMBER = 4, NAN_WITH_BITS = 5, NO_NUMBER = 6 };
enum { KIND = 7, NEGATIVE = 8 };

int _strtodg_l(struct _reent *reent, const char *text, char **end, FPI *format, int *exponent,
	       unsigned int *bits, struct __locale_t *locale);
double __hermit_float(struct _reent *reent, const char *text, char **end,
		      struct __locale_t *locale);

/* The value is a float's; its type is what newlib's strtof expects. */
double __hermit_float(struct _reent *reent, const char *text, char **end,
		      struct __locale_t *locale)
{
	FPI format = { 24, 1 - 127 - 23, 254 - 127 - 23, 1, 0 };
	unsigned int bits[2] = { 0, 0 };
	int exponent = 0;
	int found = _strtodg_l(reent, text, end, &format, &exponent, bits, locale);
	double value = 0;

	switch (found & KIND) {
	case DENORMAL:
		exponent = format.emin;
		/* Fall through. */
	case NORMAL: {
		union {
			unsigned long bits;
			double value;
		} scale = { (unsigned long)(exponent + 1023) << 52 };
		value = bits[0] * scale.value;
		break;
	}
	case INFINITE:
		value = __builtin_inf();
		break;
	case NOT_A_NUMBER:
	case NAN_WITH_BITS:
		value = __builtin_nan("");
		break;
	case NO_NUMBER: /* a sign alone, perhaps */
		return 0;
	default:
		break;
	}
	return found & NEGATIVE ? -value : value;
}
