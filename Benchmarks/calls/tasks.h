#ifndef TASKS_H
#define TASKS_H

#include "measure.h"

void measure_tasks(void);

#endif
