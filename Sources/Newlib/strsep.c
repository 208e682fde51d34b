/* strsep, in place of newlib's, which finds nothing in an empty text, nor behind a last separator. */
#include <string.h>

#include "shim.h"

char *strsep(char **rest, const char *separators)
{
	char *part = *rest, *end;

	if (!part)
		return NULL;
	end = part + strcspn(part, separators);
	*rest = *end ? end + 1 : NULL;
	*end = 0;
	return part;
}
