/* Groups: those of /etc/group. Where there is no such file there is one, root. */
#ifndef _GRP_H
#define _GRP_H

#include <stdio.h>
#include <sys/cdefs.h>
#include <sys/types.h>

struct group {
	char *gr_name;
	char *gr_passwd;
	gid_t gr_gid;
	char **gr_mem;
};

__BEGIN_DECLS

/* What these return is overwritten by their next call. */
struct group *getgrnam(const char *);
struct group *getgrgid(gid_t);
#if __MISC_VISIBLE || __POSIX_VISIBLE
int getgrnam_r(const char *, struct group *, char *, size_t, struct group **);
int getgrgid_r(gid_t, struct group *, char *, size_t, struct group **);
#endif
#if __MISC_VISIBLE || __XSI_VISIBLE
void setgrent(void);
void endgrent(void);
struct group *getgrent(void);
#endif
#if __MISC_VISIBLE
int getgrent_r(struct group *, char *, size_t, struct group **);
struct group *fgetgrent(FILE *);
int setgroups(int, const gid_t *);
int getgrouplist(const char *, gid_t, gid_t *, int *);
int initgroups(const char *, gid_t);
#endif

__END_DECLS

#endif
