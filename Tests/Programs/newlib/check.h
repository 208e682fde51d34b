/*
 * In the place of the file of this name in newlib's testsuite, whose CHECK ends
 * the program at the first failure: all are told.
 */
#include <stdio.h>
#include <stdlib.h>

#define CHECK(CONDITION) ((CONDITION) ? (void)0 : (void)printf("Failed: %s\n", #CONDITION))
