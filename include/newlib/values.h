/* System V's names of limits.h's and float.h's numbers. */
#ifndef _VALUES_H
#define _VALUES_H

#include <float.h>
#include <limits.h>

#define BITSPERBYTE 8
#define MAXSHORT    SHRT_MAX
#define MAXINT      INT_MAX
#define MAXLONG     LONG_MAX
#define MINSHORT    SHRT_MIN
#define MININT      INT_MIN
#define MINLONG     LONG_MIN
#define MAXFLOAT    FLT_MAX
#define MAXDOUBLE   DBL_MAX
#define MINFLOAT    FLT_MIN
#define MINDOUBLE   DBL_MIN

#endif
