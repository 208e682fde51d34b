/*
 * Division of 128-bit integers, which a compiler leaves to its run-time
 * library (the names are those of GCC's and LLVM's), for Int128 and UInt128.
 * All are weak, as in runtime.c. Division by zero is the processor's.
 */
#if !__STDC_HOSTED__

#include <stdint.h>

#define WEAK __attribute__((weak))

typedef unsigned __int128 wide;
typedef __int128 signed_wide;

wide __udivti3(wide dividend, wide divisor);
wide __umodti3(wide dividend, wide divisor);
signed_wide __divti3(signed_wide dividend, signed_wide divisor);
signed_wide __modti3(signed_wide dividend, signed_wide divisor);

/* Zeros above the highest one; 128 for zero. */
static int leading_zeros(wide value)
{
	uint64_t high = (uint64_t)(value >> 64), low = (uint64_t)value;

	return high ? __builtin_clzll(high) : low ? 64 + __builtin_clzll(low) : 128;
}

static wide divide(wide dividend, wide divisor, wide *rest)
{
	wide quotient = 0;
	int shift;

	if (dividend >> 64 == 0 && divisor >> 64 == 0) {
		*rest = (uint64_t)dividend % (uint64_t)divisor;
		return (uint64_t)dividend / (uint64_t)divisor;
	}
	if (divisor == 0) {
		/* A 64-bit division that traps; volatile, else it is undefined and goes. */
		volatile uint64_t zero = 0;

		*rest = 0;
		return 1 / zero;
	}
	shift = leading_zeros(divisor) - leading_zeros(dividend);
	for (divisor = shift > 0 ? divisor << shift : divisor; shift >= 0; shift--) {
		quotient <<= 1;
		if (dividend >= divisor) {
			dividend -= divisor;
			quotient |= 1;
		}
		divisor >>= 1;
	}
	*rest = dividend;
	return quotient;
}

static wide magnitude(signed_wide value)
{
	return value < 0 ? -(wide)value : (wide)value;
}

WEAK wide __udivti3(wide dividend, wide divisor)
{
	wide rest;

	return divide(dividend, divisor, &rest);
}

WEAK wide __umodti3(wide dividend, wide divisor)
{
	wide rest;

	divide(dividend, divisor, &rest);
	return rest;
}

WEAK signed_wide __divti3(signed_wide dividend, signed_wide divisor)
{
	wide rest, quotient = divide(magnitude(dividend), magnitude(divisor), &rest);

	return (signed_wide)((dividend < 0) != (divisor < 0) ? -quotient : quotient);
}

WEAK signed_wide __modti3(signed_wide dividend, signed_wide divisor)
{
	wide rest;

	divide(magnitude(dividend), magnitude(divisor), &rest);
	return (signed_wide)(dividend < 0 ? -rest : rest);
}

#else
typedef int hermit_start_no_wide;
#endif
