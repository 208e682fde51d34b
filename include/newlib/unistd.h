/* newlib's <unistd.h>, and what it does not declare. */
#ifndef _UNISTD_H_
#define _UNISTD_H_

#include <sys/unistd.h>

/* Where lseek counts from: the next data, the next hole behind the offset. */
#if __GNU_VISIBLE || __POSIX_VISIBLE >= 202405
#define SEEK_DATA 3
#define SEEK_HOLE 4
#endif

__BEGIN_DECLS

#if __GNU_VISIBLE
ssize_t copy_file_range(int, off_t *, int, off_t *, size_t, unsigned);
int syncfs(int);
#endif

__END_DECLS

#endif
