/* newlib's <unistd.h>, and what it does not declare. */
#ifndef _UNISTD_H_
#define _UNISTD_H_

#include <sys/unistd.h>

/* Where lseek counts from: the next data, the next hole behind the offset. */
#if __GNU_VISIBLE || __POSIX_VISIBLE >= 202405
#define SEEK_DATA 3
#define SEEK_HOLE 4
#endif

/* Of confstr: where programs are. */
#if __POSIX_VISIBLE >= 199209
#define _CS_PATH 0
#endif

__BEGIN_DECLS

#if __BSD_VISIBLE
void closefrom(int);
int setdomainname(const char *, size_t);
#endif
#if __GNU_VISIBLE
ssize_t copy_file_range(int, off_t *, int, off_t *, size_t, unsigned);
int syncfs(int);
#define CLOSE_RANGE_UNSHARE 2 /* there is nobody to share with */
#define CLOSE_RANGE_CLOEXEC 4
int close_range(unsigned, unsigned, int);
pid_t gettid(void);
int getresuid(uid_t *, uid_t *, uid_t *);
int getresgid(gid_t *, gid_t *, gid_t *);
int setresuid(uid_t, uid_t, uid_t);
int setresgid(gid_t, gid_t, gid_t);
#endif

__END_DECLS

#endif
