/*
 * The program's end. exit takes the place of newlib's: it also runs the
 * destructors of thread-local objects and of .fini_array, and it needs
 * neither atexit nor stdio to be in the image. What of them the program uses
 * is linked by that use.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "shim.h"

typedef void (*destructor)(void);

extern const destructor __fini_array_start[] HIDDEN_WEAK;
extern const destructor __fini_array_end[] HIDDEN_WEAK;

/* In a program with threads: of several calls one goes on, the others' threads stop. */
WEAK extern void __hermit_begin_exit(void);
WEAK extern void __hermit_end_thread_locals(void);
WEAK extern void __call_exitprocs(int status, void *object);
/* newlib's: there where stdio is. */
WEAK extern int _fwalk_reent(struct _reent *, int (*)(struct _reent *, FILE *));
WEAK extern int _fflush_r(struct _reent *, FILE *);

/* Who reads from a stream has its lock, and may wait for input for ever. */
static int flush(struct _reent *reent, FILE *stream)
{
	return stream->_flags & __SWR ? _fflush_r(reent, stream) : 0;
}

void exit(int status)
{
	/* A destructor that calls exit goes on with the next. */
	static const destructor *next = __fini_array_end;

	if (__hermit_begin_exit)
		__hermit_begin_exit();
	if (__hermit_end_thread_locals)
		__hermit_end_thread_locals();
	if (__call_exitprocs)
		__call_exitprocs(status, NULL);
	while (next > __fini_array_start)
		(*--next)();
	if (_fwalk_reent)
		_fwalk_reent(_GLOBAL_REENT, flush);
	_exit(status);
}

void _exit(int status)
{
	sys_exit(status);
}
