/* The limits of C's types and of the system. */
#include <float.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>

int main(void)
{
	printf("char %d to %d, %d bits\n", CHAR_MIN, CHAR_MAX, CHAR_BIT);
	printf("short %d to %d\n", SHRT_MIN, SHRT_MAX);
	printf("int %d to %d\n", INT_MIN, INT_MAX);
	printf("long %ld to %ld\n", LONG_MIN, LONG_MAX);
	printf("unsigned long long to %llu\n", ULLONG_MAX);
	printf("size_t to %zu, ptrdiff_t to %td\n", SIZE_MAX, PTRDIFF_MAX);
	printf("sizes: %zu %zu %zu %zu %zu %zu\n", sizeof(void *), sizeof(time_t), sizeof(off_t),
	       sizeof(wchar_t), sizeof(long double), sizeof(max_align_t));
	printf("float %d digits, double %d, long double %d\n", FLT_DIG, DBL_DIG, LDBL_DIG);
	printf("double to %g, from %g\n", DBL_MAX, DBL_MIN);
	printf("paths %d, names %d, parts %d\n", PATH_MAX, NAME_MAX, IOV_MAX);
	printf("page %ld, the same %d\n", sysconf(_SC_PAGESIZE), getpagesize());
	printf("processors %ld\n", sysconf(_SC_NPROCESSORS_ONLN));
	printf("ticks %ld, rand to %d\n", sysconf(_SC_CLK_TCK), RAND_MAX);
	return 0;
}
