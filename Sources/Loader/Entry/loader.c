/*
 * Nothing but the header's inline functions; the package manager wants a
 * C file beside the assembly.
 */
#include "CLoader.h"

typedef int loader_entry_is_assembly;
