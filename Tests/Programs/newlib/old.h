/*
 * What newlib's tests of its libraries use and its headers declare no more, or
 * not together with the rest.
 */
#ifndef TEST_OLD_H
#define TEST_OLD_H

#include <ctype.h>
#include <stdlib.h>

/* Functions here, as the tests take their addresses. */
#undef _tolower
#undef _toupper
int _tolower(int), _toupper(int);

char *ecvt(double, int, int *, int *), *ecvtf(float, int, int *, int *);
char *fcvt(double, int, int *, int *), *fcvtf(float, int, int *, int *);
char *gcvt(double, int, char *), *gcvtf(float, int, char *);
char *ecvtbuf(double, int, int *, int *, char *), *fcvtbuf(double, int, int *, int *, char *);

#endif
