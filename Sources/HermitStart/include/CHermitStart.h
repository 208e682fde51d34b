/*
 * What a Swift application's start-up code keeps of runtime_entry's
 * arguments. On a host there was no runtime_entry: no arguments, and an
 * environment without variables.
 */
#ifndef HERMIT_START_H
#define HERMIT_START_H

#include <stdint.h>

/* The number of arguments, and the arguments, NULL behind the last. */
int32_t hermit_start_argument_count(void);
char **hermit_start_arguments(void);

/* The environment's strings KEY=VALUE, NULL behind the last. */
char **hermit_start_environment(void);

/* Where the calling thread keeps its thread-local values; NULL at first. */
void *hermit_start_local_storage(void);
void hermit_start_set_local_storage(void *storage);

#endif
