/* uname, which newlib does not have. */
#ifndef _SYS_UTSNAME_H
#define _SYS_UTSNAME_H

#include <sys/cdefs.h>

struct utsname {
	char sysname[65];
	char nodename[65];
	char release[65];
	char version[65];
	char machine[65];
#if __GNU_VISIBLE
	char domainname[65];
#else
	char __domainname[65];
#endif
};

__BEGIN_DECLS

int uname(struct utsname *);

__END_DECLS

#endif
