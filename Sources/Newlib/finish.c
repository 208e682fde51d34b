/*
 * The program's end. exit takes the place of newlib's: it also runs the
 * destructors of thread-local objects and of .fini_array, and it needs
 * neither atexit nor stdio to be in the image. What of them the program uses
 * is linked by that use.
 */
#include <stdlib.h>
#include <unistd.h>

#include "shim.h"

typedef void (*destructor)(void);

extern const destructor __fini_array_start[] HIDDEN_WEAK;
extern const destructor __fini_array_end[] HIDDEN_WEAK;

WEAK extern void __hermit_end_thread_locals(void);
WEAK extern void __call_exitprocs(int status, void *object);
WEAK extern void _cleanup(void);

void exit(int status)
{
	/* A destructor that calls exit goes on with the next. */
	static const destructor *next = __fini_array_end;

	if (__hermit_end_thread_locals)
		__hermit_end_thread_locals();
	if (__call_exitprocs)
		__call_exitprocs(status, NULL);
	while (next > __fini_array_start)
		(*--next)();
	if (_cleanup)
		_cleanup();
	_exit(status);
}

void _exit(int status)
{
	sys_exit(status);
}
