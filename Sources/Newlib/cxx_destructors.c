/*
 * Destructors of C++ objects that are made while the program runs: of static
 * ones (Itanium C++ ABI 3.3.5) among the functions of atexit, of thread-local
 * ones in a list of each task.
 */
#include <stdlib.h>

#include "cxx_message.h"
#include "shim.h"

/* What shared libraries are told apart by; there are none. */
__attribute__((visibility("hidden"))) void *__dso_handle;

/* newlib's list of what to do at the end (its stdlib/atexit.h). */
enum { CXA = 2 };
int __register_exitproc(int kind, void (*function)(void), void *argument, void *image);

/* newlib's own registers nothing in a program that does not use atexit as well. */
int __cxa_atexit(void (*destructor)(void *), void *object, void *image)
{
	return __register_exitproc(CXA, (void (*)(void))destructor, object, image);
}

struct node {
	struct node *next;
	void (*destructor)(void *);
	void *object;
};

static _Thread_local struct node *last;

int __cxa_thread_atexit(void (*destructor)(void *), void *object, void *image)
{
	struct node *node = malloc(sizeof *node);

	(void)image;
	if (!node)
		__hermit_cxx_fail("no memory to note a thread-local object's destructor");
	*node = (struct node){last, destructor, object};
	last = node;
	return 0;
}

/* The last one first; one that is made meanwhile comes next. */
void __hermit_end_thread_locals(void)
{
	struct node *node;

	while ((node = last)) {
		last = node->next;
		node->destructor(node->object);
		free(node);
	}
}
