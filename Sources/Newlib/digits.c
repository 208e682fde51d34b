/*
 * The decimal digits of a floating-point number, for printf. newlib's
 * printf, when it knows long double, takes all numbers for one, and its
 * _ldtoa_r is exact for the first 42 digits. Its _dtoa_r is exact for all,
 * and faster; so what is a double goes there.
 */
#include "shim.h"

char *_dtoa_r(struct _reent *reent, double number, int mode, int count, int *point, int *sign,
	      char **end);
char *_ldtoa_r(struct _reent *reent, long double number, int mode, int count, int *point,
	       int *sign, char **end);
char *__hermit_digits(struct _reent *reent, long double number, int mode, int count, int *point,
		      int *sign, char **end);

char *__hermit_digits(struct _reent *reent, long double number, int mode, int count, int *point,
		      int *sign, char **end)
{
	double narrow = (double)number;

	if ((long double)narrow == number)
		return _dtoa_r(reent, narrow, mode, count, point, sign, end);
	return _ldtoa_r(reent, number, mode, count, point, sign, end);
}
