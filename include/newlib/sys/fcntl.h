/* How files are opened: newlib's, with what it has for other systems only. */
#ifndef _SYS_FCNTL_H_
#define _SYS_FCNTL_H_

#include <sys/_default_fcntl.h>

/* One is as good as the other: whoever waits for data waits for the rest, too. */
#if __POSIX_VISIBLE
#define O_DSYNC O_SYNC
#define O_RSYNC O_SYNC
#endif
#if __GNU_VISIBLE
#define O_TMPFILE 0x800000 /* a new file without a name */
#define O_NOATIME 0x1000000 /* means nothing */

/* Locks that belong to an open description. l_pid is 0. */
#define F_OFD_GETLK  36
#define F_OFD_SETLK  37
#define F_OFD_SETLKW 38
#endif

/* Advice that changes nothing a program can see. */
#define POSIX_FADV_NORMAL     0
#define POSIX_FADV_RANDOM     1
#define POSIX_FADV_SEQUENTIAL 2
#define POSIX_FADV_WILLNEED   3
#define POSIX_FADV_DONTNEED   4
#define POSIX_FADV_NOREUSE    5

__BEGIN_DECLS

#if __POSIX_VISIBLE >= 200112
int posix_fadvise(int, off_t, off_t, int);
int posix_fallocate(int, off_t, off_t);
#endif
#if __GNU_VISIBLE
int fallocate(int, int, off_t, off_t);
#endif

__END_DECLS

#endif
