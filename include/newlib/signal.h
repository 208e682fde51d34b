/* Signals (ISO C, POSIX.1-2017): all of it is in <sys/signal.h>. */
#ifndef _SIGNAL_H_
#define _SIGNAL_H_

#include <sys/signal.h>

#endif
