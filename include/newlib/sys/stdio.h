/*
 * What <stdio.h> takes from the system: how a stream is locked, and
 * functions that newlib does not declare.
 */
#ifndef _STDIO_H_
#include <stdio.h>
#endif

#ifndef _NEWLIB_STDIO_H
#define _NEWLIB_STDIO_H

#include <sys/lock.h>
#include <sys/reent.h>

/* The streams of sprintf and its kin are one call's own, and have no lock. */
#ifndef _flockfile
#define _flockfile(fp) ((fp)->_flags & __SSTR ? 0 : __lock_acquire_recursive((fp)->_lock))
#endif
#ifndef _funlockfile
#define _funlockfile(fp) ((fp)->_flags & __SSTR ? 0 : __lock_release_recursive((fp)->_lock))
#endif

#if __POSIX_VISIBLE >= 200809
__BEGIN_DECLS
ssize_t getdelim(char **__restrict, size_t *__restrict, int, FILE *__restrict);
ssize_t getline(char **__restrict, size_t *__restrict, FILE *__restrict);
__END_DECLS
#endif

#if __GNU_VISIBLE
#define RENAME_NOREPLACE 1
#define RENAME_EXCHANGE  2

__BEGIN_DECLS
int renameat2(int, const char *, int, const char *, unsigned);
__END_DECLS
#endif

#endif
