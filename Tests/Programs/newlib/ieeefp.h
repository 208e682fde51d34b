/*
 * newlib's <ieeefp.h> where long has 64 bits: the halves of a double are an
 * unsigned int each, which the tests take them for.
 */
#ifndef TEST_IEEEFP_H
#define TEST_IEEEFP_H

#define __ieee_double_shape_type __ieee_double_shape_type_of_longs
#include_next <ieeefp.h>
#undef __ieee_double_shape_type

typedef union {
	double value;
	struct {
		unsigned lsw, msw;
	} parts;
} __ieee_double_shape_type;

#endif
