/* Catalogues of messages: there are none. */
#include <nl_types.h>

#include "shim.h"

WEAK nl_catd catopen(const char *name, int flags)
{
	(void)name, (void)flags;
	failed(_REENT, ENOENT);
	return (nl_catd)-1;
}

WEAK char *catgets(nl_catd catalogue, int set, int number, const char *text)
{
	(void)set, (void)number;
	if (catalogue == (nl_catd)-1)
		failed(_REENT, EBADF);
	return (char *)text;
}

WEAK int catclose(nl_catd catalogue)
{
	(void)catalogue;
	return failed(_REENT, EBADF);
}
