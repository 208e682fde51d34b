/* The heap: what <stdlib.h> declares of it, and what other systems have beside that. */
#ifndef _MALLOC_H
#define _MALLOC_H

#include <stdlib.h>
#include <sys/cdefs.h>

/* Of mallopt, which has no such choices. */
#define M_MXFAST         1
#define M_TRIM_THRESHOLD (-1)
#define M_TOP_PAD        (-2)
#define M_MMAP_THRESHOLD (-3)
#define M_MMAP_MAX       (-4)
#define M_ARENA_MAX      (-8)

__BEGIN_DECLS

void *memalign(size_t, size_t);
void *valloc(size_t);
void *pvalloc(size_t);
size_t malloc_usable_size(void *);
int malloc_trim(size_t);
int mallopt(int, int);

/* newlib's own. */
struct _reent;
void *_memalign_r(struct _reent *, size_t, size_t);
size_t _malloc_usable_size_r(struct _reent *, void *);
void __malloc_lock(struct _reent *);
void __malloc_unlock(struct _reent *);

__END_DECLS

#endif
