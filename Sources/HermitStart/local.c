/*
 * Where a thread keeps its thread-local values: Embedded Swift has no
 * thread-local variables of its own.
 */
#include "CHermitStart.h"

#include <stddef.h>

static _Thread_local void *storage;

void *hermit_start_local_storage(void)
{
	return storage;
}

void hermit_start_set_local_storage(void *value)
{
	storage = value;
}
