/* What the functions that round a long double say, bit by bit. */
#include <fenv.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static void show(const char *name, long double x)
{
	uint64_t mantissa;
	uint16_t exponent;

	memcpy(&mantissa, &x, sizeof mantissa);
	memcpy(&exponent, (char *)&x + 8, sizeof exponent);
	/* The sign and the payload of what is no number are nobody's. */
	if (x != x)
		printf(" %s nan", name);
	else
		printf(" %s %04x:%016llx", name, exponent, (unsigned long long)mantissa);
}

static void round_all(long double x)
{
	show("of", x);
	show("ceil", ceill(x));
	show("floor", floorl(x));
	show("trunc", truncl(x));
	show("round", roundl(x));
	show("rint", rintl(x));
	printf(" %ld %lld %ld %lld\n", lrintl(x), llrintl(x), lroundl(x), llroundl(x));
}

int main(void)
{
	static const int modes[] = { FE_TONEAREST, FE_DOWNWARD, FE_UPWARD, FE_TOWARDZERO };
	static const volatile long double values[] = {
		0.0L, 0.25L, 0.5L, 0.75L, 1.0L, 1.5L, 2.5L, 3.5L, 1e10L + 0.5L, 0x1p52L + 0.5L,
		0x1.fffffffffffffffep-2L, 0x1p62L + 0.5L, 0x1p63L - 0.5L, 0x1p63L - 1, 0x1p63L, 0x1p63L + 1,
		0x1p64L, 0x1p70L, 1e4000L, 3.6e-4951L, 0x1p-16382L, __builtin_infl(),
	};
	uint64_t state = 88172645463325252;

	for (int mode = 0; mode < 4; mode++) {
		fesetround(modes[mode]);
		for (unsigned i = 0; i < sizeof values / sizeof *values; i++) {
			round_all(values[i]);
			round_all(-values[i]);
		}
		for (int i = 0; i < 200; i++) {
			state ^= state << 13;
			state ^= state >> 7;
			state ^= state << 17;
			round_all((long double)(int64_t)state / (long double)(1ull << (state >> 58)));
		}
	}
	round_all(__builtin_nanl(""));
	return 0;
}
