/*
 * What the start-up code keeps of the program's arguments.
 */
#ifndef CHERMIT_START_H
#define CHERMIT_START_H

#include <stdint.h>

/* The vectors that runtime_entry got; each ends with NULL. */
int32_t hermit_start_argument_count(void);
char **hermit_start_arguments(void);
char **hermit_start_environment(void);

#endif
