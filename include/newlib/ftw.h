/* All files below a directory (POSIX). */
#ifndef _FTW_H
#define _FTW_H

#include <sys/cdefs.h>
#include <sys/stat.h>

/* What a path is. */
#define FTW_F   0 /* a file */
#define FTW_D   1 /* a directory, before what is in it */
#define FTW_DNR 2 /* a directory that can't be read */
#define FTW_NS  3 /* nothing is known of it */
#define FTW_SL  4 /* a symbolic link */
#define FTW_DP  5 /* a directory, after what is in it (FTW_DEPTH) */
#define FTW_SLN 6 /* a symbolic link to nothing */

/* Flags of nftw. */
#define FTW_PHYS  1 /* symbolic links are not followed */
#define FTW_MOUNT 2 /* stay in one file system */
#define FTW_CHDIR 4 /* be in a directory while telling of what is in it */
#define FTW_DEPTH 8 /* tell of a directory after what is in it */

struct FTW {
	int base;  /* where in the path the name begins */
	int level; /* 0 for the path that was given */
};

__BEGIN_DECLS

int ftw(const char *, int (*)(const char *, const struct stat *, int), int);
int nftw(const char *, int (*)(const char *, const struct stat *, int, struct FTW *), int, int);

__END_DECLS

#endif
