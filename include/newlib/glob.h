/* Names that match a pattern (POSIX). */
#ifndef _GLOB_H
#define _GLOB_H

#include <sys/cdefs.h>
#include <sys/types.h>

typedef struct {
	size_t gl_pathc; /* paths that were found */
	char **gl_pathv; /* gl_offs null pointers, the paths, a null pointer */
	size_t gl_offs;  /* with GLOB_DOOFFS */
} glob_t;

/* Flags. */
#define GLOB_ERR      0x01 /* end where a directory can't be read */
#define GLOB_MARK     0x02 /* directories' paths end with a slash */
#define GLOB_NOSORT   0x04
#define GLOB_DOOFFS   0x08
#define GLOB_NOCHECK  0x10 /* what matches nothing is its own result */
#define GLOB_APPEND   0x20
#define GLOB_NOESCAPE 0x40 /* a backslash is a character like others */

/* Results beside 0. */
#define GLOB_NOSPACE 1
#define GLOB_ABORTED 2
#define GLOB_NOMATCH 3
#define GLOB_NOSYS   4

__BEGIN_DECLS

int glob(const char *__restrict, int, int (*)(const char *, int), glob_t *__restrict);
void globfree(glob_t *);

__END_DECLS

#endif
