/* The contexts that handlers of signals see; there is nothing else here. */
#ifndef _UCONTEXT_H_
#define _UCONTEXT_H_

#include <sys/ucontext.h>

#endif
