/*
 * What tasks wait for each other with.
 *
 * A handle that is none, or none any more, is noticed everywhere here. The
 * functions that make something return -HERMIT_ENOSYS where the machine has no
 * clock (time.h).
 */
#ifndef HERMIT_SYNCHRONISATION_H
#define HERMIT_SYNCHRONISATION_H

#include "types.h"

/* sys_futex_wait's time is a span from now, not a point on HERMIT_CLOCK_MONOTONIC. */
#define HERMIT_FUTEX_RELATIVE_TIMEOUT 1

/* A semaphore. What it points at is the kernel's. */
typedef struct hermit_sem {
	void *handle;
} hermit_sem_t;
HERMIT_ASSERT(sizeof(hermit_sem_t) == 8, "hermit_sem_t");

HERMIT_BEGIN_DECLARATIONS

/*
 * sys_futex_wait: waits for a sys_futex_wake of the same address, if
 * *address is expected; that is looked at and the waiting begun as one step.
 * Blocks.
 *
 * address   a multiple of 4.
 * timeout   how long at most; NULL for ever.
 * flags     HERMIT_FUTEX_RELATIVE_TIMEOUT or 0.
 *
 * Returns 0 when woken, or
 *
 *   -HERMIT_EAGAIN     *address is not expected.
 *   -HERMIT_EINTR      a signal came (tasks.h).
 *   -HERMIT_EINVAL     address is not aligned, or timeout or flags not valid.
 *   -HERMIT_ETIMEDOUT  the time is over.
 */
int sys_futex_wait(uint32_t *address, uint32_t expected, const struct hermit_timespec *timeout,
		   uint32_t flags);

/*
 * sys_futex_wake: wakes tasks that wait at address: the most urgent first, of
 * equals those that wait longest. As everywhere here.
 *
 * count  how many at most; INT32_MAX for all.
 *
 * Returns how many were woken, or
 *
 *   -HERMIT_EINVAL  address is not aligned, or count is negative.
 */
int sys_futex_wake(uint32_t *address, int count);

/*
 * sys_sem_init: makes a semaphore. sys_sem_destroy: frees what the kernel
 * keeps of it.
 *
 * semaphore  the caller's; it must stay where it is.
 * pshared    not used: there is one process.
 * value      what it starts with, at most INT32_MAX.
 *
 * Return 0, or
 *
 *   -HERMIT_EINVAL  value is too large; semaphore is none.
 *   -HERMIT_ENOMEM  not enough memory.
 *   -HERMIT_EBUSY   a task waits for it (destroy).
 */
int sys_sem_init(hermit_sem_t *semaphore, int pshared, unsigned int value);
int sys_sem_destroy(hermit_sem_t *semaphore);

/*
 * sys_sem_post: adds one and wakes a waiting task.
 *
 * Returns 0, or
 *
 *   -HERMIT_EINVAL     semaphore is none.
 *   -HERMIT_EOVERFLOW  the value is INT32_MAX already.
 */
int sys_sem_post(hermit_sem_t *semaphore);

/*
 * sys_sem_trywait: takes one if there is one. sys_sem_timedwait: waits until
 * there is one. Blocks.
 *
 * until  when to give up, on HERMIT_CLOCK_REALTIME; NULL for never.
 *
 * Return 0, or
 *
 *   -HERMIT_EAGAIN     there is none (trywait).
 *   -HERMIT_EINTR      a signal came (timedwait; tasks.h).
 *   -HERMIT_EINVAL     semaphore is none, or until is not valid.
 *   -HERMIT_ETIMEDOUT  the time has come.
 */
int sys_sem_trywait(hermit_sem_t *semaphore);
int sys_sem_timedwait(hermit_sem_t *semaphore, const struct hermit_timespec *until);

/*
 * sys_recmutex_*: a lock that its holder may take again. init makes one and
 * writes its handle to *mutex; destroy frees it. lock blocks. Unlocking gives
 * the lock to the first that waits. As long as a more urgent task waits for
 * it, the holder is as urgent, and stays so until it holds nothing.
 *
 * Return 0, or
 *
 *   -HERMIT_EINVAL  mutex is none.
 *   -HERMIT_ENOMEM  not enough memory (init).
 *   -HERMIT_EAGAIN  taken too many times over (lock).
 *   -HERMIT_EPERM   the caller does not hold it (unlock).
 *   -HERMIT_EBUSY   a task holds it (destroy).
 */
int sys_recmutex_init(void **mutex);
int sys_recmutex_lock(void *mutex);
int sys_recmutex_unlock(void *mutex);
int sys_recmutex_destroy(void *mutex);

/*
 * sys_spinlock_*: a lock for short moments. With irqsave no interrupt is taken
 * on the core while the lock is held, and so no other task runs there, unless
 * the holder itself waits for something. On one core who waits for such a lock
 * lets the holder run.
 *
 * Return 0, or
 *
 *   -HERMIT_EINVAL  lock is none.
 *   -HERMIT_ENOMEM  not enough memory (init).
 *   -HERMIT_EPERM   the lock is not held (unlock).
 *   -HERMIT_EBUSY   the lock is held (destroy).
 */
int sys_spinlock_init(void **lock);
int sys_spinlock_lock(void *lock);
int sys_spinlock_unlock(void *lock);
int sys_spinlock_destroy(void *lock);
int sys_spinlock_irqsave_init(void **lock);
int sys_spinlock_irqsave_lock(void *lock);
int sys_spinlock_irqsave_unlock(void *lock);
int sys_spinlock_irqsave_destroy(void *lock);

/*
 * Queues of waiting tasks. A queue's name is the address of a word of the
 * caller's, which holds what the kernel keeps of it.
 *
 * sys_init_queue     makes the queue.
 * sys_add_queue      puts the caller into it; nanoseconds says for how long
 *                    at most, 0 or less for ever.
 * sys_wait           waits until the caller is notified or its time is over. Blocks.
 * sys_notify         wakes so many of the tasks in it; -1 for all.
 * sys_destroy_queue  frees it.
 *
 * Return 0, or
 *
 *   -HERMIT_EINVAL     id is no queue; count is below -1.
 *   -HERMIT_ENOMEM     not enough memory.
 *   -HERMIT_EBUSY      a task waits in it (destroy).
 *   -HERMIT_EINTR      a signal came; the caller is no longer in it (wait).
 *   -HERMIT_ETIMEDOUT  the time is over (wait).
 */
int sys_init_queue(size_t id);
int sys_add_queue(size_t id, int64_t nanoseconds);
int sys_wait(size_t id);
int sys_notify(size_t id, int count);
int sys_destroy_queue(size_t id);

HERMIT_END_DECLARATIONS

#endif
