/*
 * The types of newlib's test vectors (newlib/libm/test), for systems on which
 * long has 64 bits and whose C library need not be newlib.
 */
#ifndef TEST_H
#define TEST_H

#include <math.h>

typedef struct {
	long msw, lsw;
} question_struct_type;

/* qs: the expected result and the arguments, as halves of doubles. */
typedef struct {
	char error_bit, errno_val, merror;
	int line;
	question_struct_type qs[3];
} one_line_type;

typedef struct {
	int line;
	char *string;
	double value;
	int endscan;
} double_type;

typedef struct {
	long value;
	char end, errno_val;
} int_scan_type;

typedef struct {
	int line;
	int_scan_type octal, decimal, hex, normal, alphabetical;
	char *string;
} int_type;

typedef struct {
	int line;
	double value;
	char *estring;
	int e1, e2, e3;
	char *fstring;
	int f1, f2, f3;
	char *gstring;
	int g1;
} ddouble_type;

typedef struct {
	int line;
	double value;
	char *result, *format_string;
} sprint_double_type;

typedef struct {
	int line;
	int value;
	char *result, *format_string;
} sprint_int_type;

void run_vector_1(int unused, one_line_type *row, char *function, char *name, char *kind);

#endif
