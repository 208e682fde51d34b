/*
 * hermit.h: what an application may ask of Hermit.
 *
 * The header stands alone: it needs no C library, and it may be included
 * beside any, before or after. Types carry the prefix hermit_, constants
 * HERMIT_; only the functions have bare names, sys_*.
 *
 * RULES THAT HOLD FOR EVERY FUNCTION
 *
 * Calls. The kernel is a library, and a function of it is called as any
 * other is, by any task, at any time after runtime_entry was entered. A
 * function that may wait for something says so ("blocks").
 *
 * Results. A function that returns int, int32_t, int64_t or hermit_ssize_t
 * returns a value >= 0, or the negative of an error number HERMIT_E*; then it
 * has also set the calling task's errno (sys_errno_location) to the positive
 * number. Success leaves errno as it was. Functions that return a pointer
 * return NULL for an error and set errno. For each function the errors are
 * listed below; two that any of them may return are not repeated:
 *
 *   HERMIT_EFAULT   an address given with a length above zero is null, is
 *                   not one (non-canonical), wraps around, belongs to the
 *                   kernel, is not mapped, or is not writable where the
 *                   kernel must write.
 *   HERMIT_ENOSYS   this version does not have the function. Such functions
 *                   say "not available in this version" and do nothing but
 *                   return -HERMIT_ENOSYS; one that returns void sets errno
 *                   to HERMIT_ENOSYS and returns at once.
 *
 * Memory. Whatever is passed by pointer is the caller's before, during and
 * after the call, and is used during the call only, unless the function says
 * otherwise. Pointers that are returned say whose they are.
 *
 * Strings are bytes that end with a zero byte; UTF-8 is usual, not required.
 * Sizes are in bytes. Units of time are in each function's description.
 *
 * VERSIONS
 *
 * HERMIT_VERSION is "MAJOR.MINOR.PATCH" and belongs to the headers and the
 * library together. What a new version may change:
 *
 *   PATCH  neither a declaration nor a documented behaviour.
 *   MINOR  adds functions, types, constants and flags; gives a meaning to
 *          what was -HERMIT_ENOSYS or -HERMIT_EINVAL. Programs compiled
 *          with an older MINOR link with the newer library and run as before.
 *   MAJOR  removes and changes.
 *
 * While MAJOR is 0, a MINOR may change what a MAJOR may, and
 * docs/architecture.md lists it. In no version change the values of
 * constants, or the sizes and offsets of types, that are Hermit's own; the
 * assertions in the headers hold them.
 */
#ifndef HERMIT_H
#define HERMIT_H

#define HERMIT_VERSION_MAJOR 0
#define HERMIT_VERSION_MINOR 1
#define HERMIT_VERSION_PATCH 0

/* The same as text. */
#define HERMIT_VERSION "0.1.0"

#include "hermit/types.h"
#include "hermit/errno.h"

#include "hermit/memory.h"
#include "hermit/tasks.h"
#include "hermit/faults.h"
#include "hermit/synchronisation.h"
#include "hermit/time.h"
#include "hermit/random.h"
#include "hermit/files.h"
#include "hermit/descriptors.h"
#include "hermit/paths.h"
#include "hermit/copies.h"
#include "hermit/filelocks.h"
#include "hermit/filemaps.h"
#include "hermit/network.h"
#include "hermit/debug.h"
#include "hermit/system.h"

#endif
