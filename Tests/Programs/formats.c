/*
 * printf, scanf and what is near them, on values at the edges: the output is
 * the same whatever the C library.
 */
#include <float.h>
#include <inttypes.h>
#include <limits.h>
#include <locale.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <wchar.h>
#include <wctype.h>

static void numbers(void)
{
	static const double values[] = {0, -0.0, 1, -1.5, 0.1, 1e-5, 123456789, 1e21, DBL_MAX,
		DBL_MIN, 2.5, 3.5, 0.5, 9.9999995, 1.0 / 3};
	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		double v = values[i];
		printf("%f|%e|%g|%a|%.0f|%#.0f|%.20g|%+12.3e|%-14.4g|%014.2f|% g\n",
			   v, v, v, v, v, v, v, v, v, v, v);
		printf("%Lf|%Le|%.25Lg\n", (long double)v, (long double)v / 3, (long double)v / 7);
	}
	printf("%.20e %Lg\n", DBL_TRUE_MIN, LDBL_MAX);
	printf("%f %F %e %G %.3a %A\n", INFINITY, -INFINITY, INFINITY, INFINITY, 1.999, 0.1);
	printf("%.60f\n%.0e %.15e\n", 0.1, 12345.678, DBL_MAX);
	printf("%lld %llu %llx %lli\n", LLONG_MIN, ULLONG_MAX, ULLONG_MAX, LLONG_MAX);
	printf("%zu %zd %td %jd %ju\n", SIZE_MAX, (size_t)7, (ptrdiff_t)-7, INTMAX_MIN, UINTMAX_MAX);
	printf("%hhd %hhu %hd %hu %ld %lu\n", 300, 300, 70000, 70000, LONG_MIN, ULONG_MAX);
	printf("%d %i %u %o %x %X %#x %#o %+d % d %05d %-5d| %.3d %.0d|\n", 1, -2, 3u, 8u, 255u,
		   255u, 255u, 8u, 5, 6, 7, 8, 9, 0);
	printf("%" PRId64 " %" PRIx32 " %" PRIuPTR "\n", INT64_MIN, UINT32_MAX, UINTPTR_MAX);
	printf("%*d|%-*d|%.*f\n", 5, 42, 6, 42, 2, 3.14159);
}

static void strings(void)
{
	char buffer[20];
	int count = -1;
	printf("%s|%10s|%-10s|%.2s|%c|%%|%n", "text", "text", "text", "text", 'c', &count);
	printf("%d\n", count);
	printf("%2$s %1$s %3$d\n", "world", "hello", 3);
	count = snprintf(buffer, 5, "%s", "truncated");
	printf("%d %s %d\n", count, buffer, snprintf(NULL, 0, "%d %s", 12345, "x"));
	char *made = NULL;
	size_t size = 0;
	FILE *memory = open_memstream(&made, &size);
	fprintf(memory, "%d lines", 12);
	fclose(memory);
	printf("%s %zu\n", made, size);
	free(made);
}

static void input(void)
{
	int a, n, n2; unsigned x; long long ll; double d; long double ld; char word[10], set[10]; size_t z;
	n = sscanf("12 -7f 1234567890123 2.5e3 -0.75 word abc123 99", "%d %x %lld %lf %Lf %9s %9[a-c]%n %*d %zu",
			   &a, &x, &ll, &d, &ld, word, set, &n2, &z);
	printf("%d: %d %x %lld %g %Lg %s %s %d %zu\n", n, a, x, ll, d, ld, word, set, n2, n == 8 ? z : 0);
	char *end;
	printf("%g %g %g ", strtod("1e400", &end), strtod("  -0x10.8p-1rest", &end), strtod("nan", NULL) != 0 ? 1.0 : 0.0);
	printf("%s %ld %lu %lld\n", end, strtol("-0777", NULL, 0), strtoul("zz", NULL, 36), strtoll("9223372036854775808", NULL, 10));
	float single = 1;
	n = sscanf("-0 -0.0e5", "%lf %f", &d, &single);
	printf("%d %g %g\n", n, d, (double)single);
	/* Twice rounded it would be one unit more. */
	n = sscanf("1.00000017881393432617187499", "%f", &single);
	printf("%d %a\n", n, (double)single);
	printf("%.17g %.17g %.17g\n", strtod("2.2250738585072011e-308", NULL), strtod("0.1", NULL), strtod("179769313486231580793e289", NULL));
}

static void wide(void)
{
	wchar_t text[50];
	char bytes[50];
	printf("%ls|%lc|%5.3ls\n", L"wide", (wint_t)L'w', L"abcdef");
	printf("%d\n", swprintf(text, 50, L"%d %ls %s %.2f", 5, L"wide", "narrow", 2.5));
	printf("%ls %zu %d\n", text, wcslen(text), wcscmp(text, L"5 wide") > 0);
	printf("%ld %g %d %d\n", wcstol(L" 42x", NULL, 10), wcstod(L"1.5", NULL), iswalpha(L'a') != 0, towupper(L'q'));
	printf("%s", setlocale(LC_ALL, "C.UTF-8") ? "" : "no UTF-8\n");
	size_t count = mbstowcs(text, "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80", 50);
	printf("%zu %lx %lx\n", count, (unsigned long)text[2], (unsigned long)text[7]);
	printf("%zu %s\n", wcstombs(bytes, text, sizeof bytes), bytes);
	printf("%d %d\n", mblen("\xc3(", 2), mblen("\xed\xa0\x80", 3));
	printf("%d %d\n", wctomb(bytes, 0xdfff), wctomb(bytes, 0xe000));
}

/* Numbers of a fixed sequence, written in ways that change and read again. */
static void roundTrips(void)
{
	static const char *const formats[] = {"%.17g", "%.20e", "%a", "%.3f", "%g", "%.0f"};
	unsigned long state = 88172645463325252;
	for (int i = 0; i < 600; i++) {
		state ^= state << 13, state ^= state >> 7, state ^= state << 17;
		double value, read = 0;
		float narrow = 0;
		long number = 0;
		char text[400], *end;
		memcpy(&value, &state, sizeof value);
		if (!isfinite(value)) continue;
		if (i % 2) value = ldexp(frexp(value, &(int){0}), (int)(state % 40) - 20);
		snprintf(text, sizeof text, formats[i % 6], value);
		printf("%s %a %a", text, strtod(text, &end), (double)strtof(text, NULL));
		printf(" %td\n", end - text);
		if (i % 6 != 2) {
			int count = sscanf(text, "%lf", &read);
			count += sscanf(text, "%f", &narrow);
			printf("%d %a %a\n", count, read, (double)narrow);
		}
		int base = (int)(state >> 8) % 35 + 2;
		snprintf(text, sizeof text, i % 3 == 0 ? "%ld" : i % 3 == 1 ? "%#lx" : "%#lo", state >> (i % 64));
		printf("%s %ld %lu", text, strtol(text, &end, i % 2 ? 0 : base), strtoul(text, NULL, base));
		printf(" %td %d", end - text, sscanf(text, "%li", &number));
		printf(" %ld\n", number);
	}
}

static int compare(const void *a, const void *b) { return strcmp(*(char **)a, *(char **)b); }

static void library(void)
{
	const char *words[] = {"pear", "apple", "fig", "banana"};
	const char *key = "fig";
	qsort(words, 4, sizeof *words, compare);
	const char **found = bsearch(&key, words, 4, sizeof *words, compare);
	printf("%s %s %s %s, %td\n", words[0], words[1], words[2], words[3], found - words);
	char text[] = "a,b;;c", *place;
	for (char *t = strtok_r(text, ",;", &place); t; t = strtok_r(NULL, ",;", &place)) printf("[%s]", t);
	printf("%s %s %zu %s\n", strstr("needle in hay", "in"), strrchr("a/b/c", '/'), strspn("aab", "a"), strpbrk("xyz", "zy"));
	div_t d = div(-7, 2);
	printf("%d %d %ld %lld\n", d.quot, d.rem, labs(-3L), llabs(-4LL));
	struct tm tm = {.tm_year = 124, .tm_mon = 1, .tm_mday = 30};
	time_t t = mktime(&tm);
	char date[64];
	strftime(date, sizeof date, "%Y-%m-%d %j %a %U %H:%M:%S %p", &tm);
	printf("%lld %s %s", (long long)t, date, asctime(gmtime(&t)));
}

int main(void)
{
	numbers(); strings(); input(); wide(); library(); roundTrips();
	return 0;
}

