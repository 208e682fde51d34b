/*
 * The system interface of Hermit: what a program calls instead of an
 * operating system. Everything is a plain function of libhermit.a; this
 * header needs nothing but the compiler's own <stdint.h> and <stddef.h>, and
 * can be included together with any C library's headers, in any order.
 *
 * Unless its comment says otherwise, a function returns a value of at least
 * 0, or a negative number: -errno, with Linux's numbers (hermit/errno.h). It
 * then also sets the calling task's errno. A function that this version does
 * not build yet is declared, says so, and returns -HERMIT_ENOSYS.
 *
 * A buffer that is null, not canonical, the kernel's or not mapped gives
 * -HERMIT_EFAULT. Memory belongs to whoever allocated it; no function keeps a
 * pointer after it has returned, unless it says so.
 *
 * Versions are MAJOR.MINOR.PATCH. A new PATCH changes no declaration. A new
 * MINOR may add functions, constants and flags, and may make a function work
 * that returned -HERMIT_ENOSYS; a program compiled before keeps its meaning.
 * Only a new MAJOR may change a layout, a number or a meaning. While MAJOR is
 * 0, a MINOR may do so too, and the change is listed in docs/architecture.md.
 */
#ifndef HERMIT_H
#define HERMIT_H

#define HERMIT_VERSION "0.1.0"
#define HERMIT_VERSION_MAJOR 0
#define HERMIT_VERSION_MINOR 1
#define HERMIT_VERSION_PATCH 0

#include "hermit/types.h"
#include "hermit/errno.h"
#include "hermit/memory.h"
#include "hermit/tasks.h"
#include "hermit/synchronisation.h"
#include "hermit/time.h"
#include "hermit/random.h"
#include "hermit/files.h"
#include "hermit/network.h"

#endif
