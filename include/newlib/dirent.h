/* Directories (POSIX). */
#ifndef _DIRENT_H
#define _DIRENT_H

#include <sys/cdefs.h>
#include <sys/dirent.h>

__BEGIN_DECLS

DIR *opendir(const char *);
DIR *fdopendir(int);
struct dirent *readdir(DIR *);
int readdir_r(DIR *__restrict, struct dirent *__restrict, struct dirent **__restrict);
void rewinddir(DIR *);
int closedir(DIR *);
#if __MISC_VISIBLE || __POSIX_VISIBLE >= 200809 || __XSI_VISIBLE >= 700
int dirfd(DIR *);
int alphasort(const struct dirent **, const struct dirent **);
int scandir(const char *, struct dirent ***, int (*)(const struct dirent *),
	    int (*)(const struct dirent **, const struct dirent **));
#endif
#if __MISC_VISIBLE || __XSI_VISIBLE
void seekdir(DIR *, long);
long telldir(DIR *);
#endif
#if __GNU_VISIBLE
int versionsort(const struct dirent **, const struct dirent **);
int scandirat(int, const char *, struct dirent ***, int (*)(const struct dirent *),
	      int (*)(const struct dirent **, const struct dirent **));
#endif

__END_DECLS

#endif
