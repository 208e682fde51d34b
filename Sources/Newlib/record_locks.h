/* Locks of parts of files, as fcntl has them. */
#ifndef HERMIT_SHIM_RECORD_LOCKS_H
#define HERMIT_SHIM_RECORD_LOCKS_H

#include "shim.h"

struct flock;

/* What fcntl does for F_GETLK, F_SETLK and F_SETLKW. */
HIDDEN int __hermit_record_lock(int fd, int request, struct flock *lock);

#endif
