/*
 * memcpy, memmove, memset and memcmp, one file each, which a compiler for a
 * freestanding target may call at any time. They exist for the bare target
 * only: on a host the C library has its own.
 */
#ifndef HERMIT_CMEMORY_H
#define HERMIT_CMEMORY_H
#endif
