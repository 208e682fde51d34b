/* Tables that are searched from their beginning, and queues of elements (XSI's search.h). */
#include <search.h>
#include <string.h>

#include "shim.h"

WEAK void *lfind(const void *key, const void *table, size_t *count, size_t width,
		 int (*compare)(const void *, const void *))
{
	const char *element = table;

	for (size_t i = 0; i < *count; i++, element += width)
		if (compare(key, element) == 0)
			return (void *)element;
	return NULL;
}

WEAK void *lsearch(const void *key, void *table, size_t *count, size_t width,
		   int (*compare)(const void *, const void *))
{
	void *found = lfind(key, table, count, width, compare);

	return found ? found : memcpy((char *)table + (*count)++ * width, key, width);
}

struct element {
	struct element *next, *previous;
};

WEAK void insque(void *new, void *before)
{
	struct element *element = new, *place = before;

	if (!place) {
		*element = (struct element){NULL, NULL};
		return;
	}
	element->next = place->next;
	element->previous = place;
	if (place->next)
		place->next->previous = element;
	place->next = element;
}

WEAK void remque(void *old)
{
	struct element *element = old;

	if (element->next)
		element->next->previous = element->previous;
	if (element->previous)
		element->previous->next = element->next;
}
