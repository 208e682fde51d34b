/*
 * Waiting for descriptors in sets (POSIX). hermit/descriptors.h says what the
 * system's functions do; a set is its words of 64 bits.
 */
#ifndef _SYS_SELECT_H
#define _SYS_SELECT_H

#include <sys/_sigset.h>
#include <sys/_timeval.h>
#include <sys/cdefs.h>
#include <sys/timespec.h>

#if !defined(_SIGSET_T_DECLARED)
#define _SIGSET_T_DECLARED
typedef __sigset_t sigset_t;
#endif

#define _SYS_TYPES_FD_SET

/* Descriptors that a set has room for. A program may say fewer. */
#ifndef FD_SETSIZE
#define FD_SETSIZE 1024
#endif

typedef unsigned long fd_mask;

#define NFDBITS (8 * (int)sizeof(fd_mask))
#ifndef _howmany
#define _howmany(x, y) (((x) + ((y) - 1)) / (y))
#endif

typedef struct _types_fd_set {
	fd_mask fds_bits[_howmany(FD_SETSIZE, 64)];
} fd_set;

#define FD_SET(n, set)   ((void)((set)->fds_bits[(n) / NFDBITS] |= 1ul << ((n) % NFDBITS)))
#define FD_CLR(n, set)   ((void)((set)->fds_bits[(n) / NFDBITS] &= ~(1ul << ((n) % NFDBITS))))
#define FD_ISSET(n, set) (((set)->fds_bits[(n) / NFDBITS] >> ((n) % NFDBITS) & 1ul) != 0)
#define FD_ZERO(set)     ((void)__builtin_memset((set), 0, sizeof(fd_set)))

__BEGIN_DECLS

int select(int, fd_set *__restrict, fd_set *__restrict, fd_set *__restrict,
	   struct timeval *__restrict);
#if __POSIX_VISIBLE >= 200112
int pselect(int, fd_set *__restrict, fd_set *__restrict, fd_set *__restrict,
	    const struct timespec *__restrict, const sigset_t *__restrict);
#endif

__END_DECLS

#endif
