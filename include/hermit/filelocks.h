/*
 * Locks of files: of ranges of bytes, and of whole files, which know nothing of
 * each other. All of them are advice: reading and writing asks for none.
 */
#ifndef HERMIT_FILELOCKS_H
#define HERMIT_FILELOCKS_H

#include "descriptors.h"

/* What sys_flock does, or-ed with HERMIT_LOCK_NB: it does not wait. */
#define HERMIT_LOCK_SH 1
#define HERMIT_LOCK_EX 2
#define HERMIT_LOCK_NB 4
#define HERMIT_LOCK_UN 8

/*
 * What sys_file_lock does: asks, sets, and waits to set. The second three are
 * of locks that belong to an open description (Linux's "OFD locks").
 */
#define HERMIT_F_GETLK      5
#define HERMIT_F_SETLK      6
#define HERMIT_F_SETLKW     7
#define HERMIT_F_OFD_GETLK  36
#define HERMIT_F_OFD_SETLK  37
#define HERMIT_F_OFD_SETLKW 38

/* What a lock is: shared, exclusive, none. */
#define HERMIT_F_RDLCK 0
#define HERMIT_F_WRLCK 1
#define HERMIT_F_UNLCK 2

/* A lock of a range: l_len bytes from l_start on, counted as sys_lseek does. */
struct hermit_flock {
	int16_t l_type;
	int16_t l_whence;
	uint32_t zero;
	int64_t l_start;
	/* 0: to the end, wherever that will be; below 0: the bytes before l_start. */
	int64_t l_len;
	/* Who holds it: the program; -1: an open description. 0 when asked with HERMIT_F_OFD_*. */
	int32_t l_pid;
	uint32_t zero2;
};
HERMIT_ASSERT(sizeof(struct hermit_flock) == 32, "hermit_flock");
HERMIT_ASSERT(offsetof(struct hermit_flock, l_pid) == 24, "hermit_flock");

HERMIT_BEGIN_DECLARATIONS

/*
 * sys_flock: locks a whole file for an open description, or gives its lock back.
 * Another kind of lock takes the place of the one it has, which is given back first.
 * Blocks. The lock goes with the description.
 *
 * Returns 0, or
 *
 *   -HERMIT_EBADF   fd is not open.
 *   -HERMIT_EAGAIN  another description has the file locked (HERMIT_LOCK_NB).
 *   -HERMIT_EINTR   a signal came.
 *   -HERMIT_EINVAL  operation is none; fd is no file.
 *   -HERMIT_ENOLCK  too many locks.
 */
int sys_flock(int fd, int operation);

/*
 * sys_file_lock: locks a range of a file. Locks of HERMIT_F_SETLK belong to the
 * program, whose own never stand in its way, and go when it closes any
 * descriptor of the file; those of HERMIT_F_OFD_SETLK belong to an open
 * description, exclude the program's and other descriptions', and go with it.
 *
 * request  HERMIT_F_*.
 * lock     the lock. HERMIT_F_GETLK finds there the first one in its way, or
 *          l_type HERMIT_F_UNLCK.
 *
 * Returns 0, or
 *
 *   -HERMIT_EAGAIN     another lock is in its way (HERMIT_F_SETLK).
 *   -HERMIT_EBADF      fd is not open, or not for what l_type says.
 *   -HERMIT_EINTR      a signal came (HERMIT_F_SETLKW).
 *   -HERMIT_EINVAL     request is none; fd is no file; what *lock says is not
 *                      valid, or would begin before the file.
 *   -HERMIT_ENOLCK     too many locks.
 *   -HERMIT_EOVERFLOW  it would end behind what a file may hold.
 */
int sys_file_lock(int fd, int request, struct hermit_flock *lock);

HERMIT_END_DECLARATIONS

#endif
