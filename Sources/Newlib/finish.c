/*
 * The program's end. exit takes the place of newlib's: it also runs the
 * destructors of .fini_array, and it needs neither atexit nor stdio to be in
 * the image. What of them the program uses is linked by that use.
 */
#include <stdlib.h>
#include <unistd.h>

#include "shim.h"

typedef void (*destructor)(void);

extern const destructor __fini_array_start[] HIDDEN_WEAK;
extern const destructor __fini_array_end[] HIDDEN_WEAK;

WEAK extern void __call_exitprocs(int status, void *object);
WEAK extern void _cleanup(void);

void exit(int status)
{
	if (__call_exitprocs)
		__call_exitprocs(status, NULL);
	for (const destructor *f = __fini_array_end; f > __fini_array_start;)
		(*--f)();
	if (_cleanup)
		_cleanup();
	_exit(status);
}

void _exit(int status)
{
	sys_exit(status);
}
