/* Counting semaphores. */
#ifndef _SEMAPHORE_H
#define _SEMAPHORE_H

#include <sys/types.h>
#include <limits.h>
#include <time.h>

typedef struct {
	unsigned __kind;
	unsigned __reserved;
	unsigned __value;
	unsigned __waiting;
	struct __hermit_queue __queue;
} sem_t;

#define SEM_FAILED ((sem_t *)0)

__BEGIN_DECLS

int sem_init(sem_t *, int, unsigned);
int sem_destroy(sem_t *);
int sem_post(sem_t *);
int sem_wait(sem_t *);
int sem_trywait(sem_t *);
int sem_timedwait(sem_t *__restrict, const struct timespec *__restrict);
int sem_clockwait(sem_t *__restrict, clockid_t, const struct timespec *__restrict);
int sem_getvalue(sem_t *__restrict, int *__restrict);

/* Names are known within the program, which is alone on its machine. */
sem_t *sem_open(const char *, int, ...);
int sem_close(sem_t *);
int sem_unlink(const char *);

__END_DECLS

#endif
