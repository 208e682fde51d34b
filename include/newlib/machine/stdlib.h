/* What <stdlib.h> takes from the system: functions that newlib does not declare. */
#ifndef _MACHSTDLIB_H_
#define _MACHSTDLIB_H_

#include <sys/cdefs.h>

__BEGIN_DECLS

#if __MISC_VISIBLE
int clearenv(void);
int getloadavg(double *, int);
#endif
#if __GNU_VISIBLE
char *secure_getenv(const char *);
char *canonicalize_file_name(const char *);
#endif

__END_DECLS

#endif
