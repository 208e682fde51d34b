/* What the files that read a thread's attributes know of them. */
#ifndef HERMIT_ATTRIBUTES_H
#define HERMIT_ATTRIBUTES_H

#include <pthread.h>

#include "waiting.h"

/* The word that says that attributes were initialised. */
#define ATTRIBUTES 0x61747472u

#define USUAL_STACK   0x100000ul
/* sys_spawn2 wants less than 256 MiB, of which its guards are a part. */
#define LARGEST_STACK (0x10000000ul - 0x21000)

enum { STACK_ALIGNMENT = 16 };

#endif
