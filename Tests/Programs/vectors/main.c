/*
 * Calls the functions of newlib's test vectors with their arguments, and
 * prints the results: of mathematics as bits, of conversions as text. Another
 * C library's results for the same are what they are compared with.
 */
#include "test.h"

#include <errno.h>
#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static double argument(question_struct_type halves)
{
	unsigned long bits = (unsigned long)(unsigned)halves.msw << 32 | (unsigned)halves.lsw;
	double value;
	memcpy(&value, &bits, sizeof value);
	return value;
}

void run_vector_1(int unused, one_line_type *row, char *function, char *name, char *kind)
{
	(void)unused;
	for (; row->line; row++) {
		double x = argument(row->qs[1]), y = argument(row->qs[2]), result;
		int isFloat = 0;
		if (!strcmp(kind, "dd")) {
			result = ((double (*)(double))function)(x);
		} else if (!strcmp(kind, "ddd")) {
			result = ((double (*)(double, double))function)(x, y);
		} else if (!strcmp(kind, "did")) {
			result = ((double (*)(int, double))function)((int)x, y);
		} else {
			if (!(x < FLT_MAX) || (kind[2] && !(y < FLT_MAX)))
				continue;
			isFloat = 1;
			if (!strcmp(kind, "ff"))
				result = ((float (*)(float))function)((float)x);
			else if (!strcmp(kind, "fff"))
				result = ((float (*)(float, float))function)((float)x, (float)y);
			else
				result = ((float (*)(int, float))function)((int)(float)x, (float)y);
		}
		if (isFloat) {
			float narrow = (float)result;
			unsigned bits;
			memcpy(&bits, &narrow, sizeof bits);
			printf("f %s %d %08x\n", name, row->line, bits);
		} else {
			unsigned long bits;
			memcpy(&bits, &result, sizeof bits);
			printf("d %s %d %016lx\n", name, row->line, bits);
		}
	}
}

extern int_type ints[];
extern double_type doubles[];
extern ddouble_type ddoubles[];
extern sprint_double_type sprint_doubles[];
extern sprint_int_type sprint_ints[];

static void integers(void)
{
	static const int bases[] = { 8, 10, 16, 0, 26 };
	for (int_type *row = ints; row->string; row++)
		for (int i = 0; i < 5; i++) {
			char *end;
			errno = 0;
			long number = strtol(row->string, &end, bases[i]);
			int range = errno == ERANGE;
			printf("t strtol %d %ld %td %d\n", row->line, number, end - row->string, range);
			errno = 0;
			unsigned long natural = strtoul(row->string, &end, bases[i]);
			range = errno == ERANGE;
			printf("t strtoul %d %lu %td %d\n", row->line, natural, end - row->string, range);
			if (bases[i] == 10 && number == (int)number)
				printf("t atoi %d %d\n", row->line, atoi(row->string));
		}
}

static void fractions(void)
{
	for (double_type *row = doubles; row->string; row++) {
		char *end;
		double value = strtod(row->string, &end);
		printf("t strtod %d %a %td\n", row->line, value, end - row->string);
		float narrow = strtof(row->string, &end);
		printf("t strtof %d %a %td\n", row->line, narrow, end - row->string);
		printf("t atof %d %a\n", row->line, atof(row->string));
		if (sscanf(row->string, "%lf", &value) == 1)
			printf("t sscanf %d %a\n", row->line, value);
	}
}

char *ecvt(double, int, int *, int *), *fcvt(double, int, int *, int *), *gcvt(double, int, char *);

static void digits(void)
{
	char text[500];
	for (ddouble_type *row = ddoubles; row->estring; row++) {
		int point, sign;
		char *result = ecvt(row->value, row->e1, &point, &sign);
		printf("t ecvt %d %s %d %d\n", row->line, result, point, sign != 0);
		result = fcvt(row->value, row->f1, &point, &sign);
		printf("t fcvt %d %s %d %d\n", row->line, result, point, sign != 0);
		printf("t gcvt %d %s\n", row->line, gcvt(row->value, row->g1, text));
	}
}

static void formats(void)
{
	char text[500];
	for (sprint_double_type *row = sprint_doubles; row->result; row++) {
		sprintf(text, row->format_string, row->value);
		printf("t sprintf %d %s\n", row->line, text);
	}
	for (sprint_int_type *whole = sprint_ints; whole->result; whole++) {
		if (strchr(whole->format_string, 'l'))
			sprintf(text, whole->format_string, (long)whole->value);
		else
			sprintf(text, whole->format_string, whole->value);
		printf("t sprintf %d %s\n", whole->line, text);
	}
}

void vectors(void);

int main(void)
{
	vectors();
	integers();
	fractions();
	digits();
	formats();
	return 0;
}
