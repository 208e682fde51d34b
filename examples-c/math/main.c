/* Floating point: the library's functions, rounding, infinities, long double. */
#include <complex.h>
#include <fenv.h>
#include <float.h>
#include <math.h>
#include <stdio.h>

int main(void)
{
	volatile double one = 1, zero = 0, third = one / 3;
	volatile long double tenth = 1.0L / 10;
	double complex z = 3 + 4 * I;

	printf("pi %.15f\n", acos(-one));
	printf("sqrt 2 %.15f\n", sqrt(one + 1));
	printf("sin 1 %.15f cos 1 %.15f\n", sin(one), cos(one));
	printf("exp 1 %.15f log 10 %.15f\n", exp(one), log(10 * one));
	printf("2^0.5 %.15f cbrt 27 %.1f\n", pow(2, one / 2), cbrt(27 * one));
	printf("gamma 5 %.1f hypot %.1f\n", tgamma(5 * one), hypot(3 * one, 4));
	printf("%.3e %g %a\n", third, third, third);
	printf("infinity %f, its negative %f, not a number %d\n", one / zero, -one / zero,
	       isnan(zero / zero) != 0);
	printf("round %g %g %g\n", round(one * 2.5), floor(-one / 2), trunc(-one * 1.5));
	printf("long double %.20Lf\n", tenth);
	printf("|3 + 4i| %.1f\n", cabs(z));
	fesetround(FE_UPWARD);
	printf("upward 1/3 is larger: %d\n", one / 3 > third);
	fesetround(FE_TONEAREST);
	feclearexcept(FE_ALL_EXCEPT);
	third = one / zero;
	printf("division by zero is noted: %d\n", fetestexcept(FE_DIVBYZERO) != 0);
	return 0;
}
