/* Catalogues of messages. There are none: catgets gives back what it was given. */
#ifndef _NL_TYPES_H
#define _NL_TYPES_H

#include <langinfo.h>
#include <sys/cdefs.h>

typedef void *nl_catd;

#define NL_SETD       1
#define NL_CAT_LOCALE 1

__BEGIN_DECLS

nl_catd catopen(const char *, int);
char *catgets(nl_catd, int, int, const char *);
int catclose(nl_catd);

__END_DECLS

#endif
