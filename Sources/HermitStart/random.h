/*
 * Random bytes for the start-up code and for the seeds of hash tables.
 */
#ifndef HERMIT_START_RANDOM_H
#define HERMIT_START_RANDOM_H

#include <stddef.h>

/*
 * Fills a buffer: with the system's secure bytes or, on a machine that has
 * none, with bytes that differ from boot to boot but can be guessed (runtime.c).
 */
void hermit_start_random(void *buffer, size_t size);

#endif
