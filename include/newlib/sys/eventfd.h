/* A counter behind a descriptor (Linux); hermit/files.h says what it does. */
#ifndef _SYS_EVENTFD_H
#define _SYS_EVENTFD_H

#include <stdint.h>
#include <sys/cdefs.h>

/* Those of open. */
#define EFD_SEMAPHORE 1
#define EFD_NONBLOCK  0x4000
#define EFD_CLOEXEC   0x40000

typedef uint64_t eventfd_t;

__BEGIN_DECLS

int eventfd(unsigned int, int);
int eventfd_read(int, eventfd_t *);
int eventfd_write(int, eventfd_t);

__END_DECLS

#endif
