/*
 * Users: those of /etc/passwd. Where there is no such file there is one, root. A program is the
 * user 0, whatever it is called.
 */
#ifndef _PWD_H
#define _PWD_H

#include <stdio.h>
#include <sys/cdefs.h>
#include <sys/types.h>

struct passwd {
	char *pw_name;
	char *pw_passwd;
	uid_t pw_uid;
	gid_t pw_gid;
	char *pw_gecos;
	char *pw_dir;
	char *pw_shell;
};

__BEGIN_DECLS

/* What these return is overwritten by their next call. */
struct passwd *getpwnam(const char *);
struct passwd *getpwuid(uid_t);
#if __MISC_VISIBLE || __POSIX_VISIBLE
int getpwnam_r(const char *, struct passwd *, char *, size_t, struct passwd **);
int getpwuid_r(uid_t, struct passwd *, char *, size_t, struct passwd **);
#endif
#if __MISC_VISIBLE || __XSI_VISIBLE
void setpwent(void);
void endpwent(void);
struct passwd *getpwent(void);
#endif
#if __MISC_VISIBLE
int getpwent_r(struct passwd *, char *, size_t, struct passwd **);
struct passwd *fgetpwent(FILE *);
#endif

__END_DECLS

#endif
