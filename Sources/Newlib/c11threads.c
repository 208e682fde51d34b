/* threads.h of C11 (7.26) over POSIX's. */
#include <stdint.h>
#include <threads.h>

#include "shim.h"

static int outcome(int error)
{
	switch (error) {
	case 0:
		return thrd_success;
	case EBUSY:
		return thrd_busy;
	case ETIMEDOUT:
		return thrd_timedout;
	case ENOMEM:
		return thrd_nomem;
	default:
		return thrd_error;
	}
}

void call_once(once_flag *flag, void (*function)(void))
{
	pthread_once(flag, function);
}

int cnd_init(cnd_t *condition)
{
	return outcome(pthread_cond_init(condition, NULL));
}

void cnd_destroy(cnd_t *condition)
{
	pthread_cond_destroy(condition);
}

int cnd_signal(cnd_t *condition)
{
	return outcome(pthread_cond_signal(condition));
}

int cnd_broadcast(cnd_t *condition)
{
	return outcome(pthread_cond_broadcast(condition));
}

int cnd_wait(cnd_t *condition, mtx_t *mutex)
{
	return outcome(pthread_cond_wait(condition, mutex));
}

/* TIME_UTC is CLOCK_REALTIME's. */
int cnd_timedwait(cnd_t *restrict condition, mtx_t *restrict mutex,
		  const struct timespec *restrict time)
{
	return outcome(pthread_cond_timedwait(condition, mutex, time));
}

int mtx_init(mtx_t *mutex, int type)
{
	pthread_mutexattr_t attributes;

	if (type & ~(mtx_recursive | mtx_timed))
		return thrd_error;
	pthread_mutexattr_init(&attributes);
	if (type & mtx_recursive)
		pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
	return outcome(pthread_mutex_init(mutex, &attributes));
}

void mtx_destroy(mtx_t *mutex)
{
	pthread_mutex_destroy(mutex);
}

int mtx_lock(mtx_t *mutex)
{
	return outcome(pthread_mutex_lock(mutex));
}

int mtx_timedlock(mtx_t *restrict mutex, const struct timespec *restrict time)
{
	return outcome(pthread_mutex_timedlock(mutex, time));
}

int mtx_trylock(mtx_t *mutex)
{
	return outcome(pthread_mutex_trylock(mutex));
}

int mtx_unlock(mtx_t *mutex)
{
	return outcome(pthread_mutex_unlock(mutex));
}

/* What a thread is to call, until it has read it. */
struct start {
	thrd_start_t function;
	void *argument;
};

static void *begin(void *given)
{
	struct start start = *(struct start *)given;

	sys_free(given, sizeof start, _Alignof(struct start));
	return (void *)(intptr_t)start.function(start.argument);
}

int thrd_create(thrd_t *thread, thrd_start_t function, void *argument)
{
	struct start *start = sys_alloc(sizeof *start, _Alignof(struct start));
	int error;

	if (!start)
		return thrd_nomem;
	*start = (struct start){function, argument};
	error = pthread_create(thread, NULL, begin, start);
	if (error)
		sys_free(start, sizeof *start, _Alignof(struct start));
	return error == EAGAIN ? thrd_nomem : outcome(error);
}

thrd_t thrd_current(void)
{
	return pthread_self();
}

int thrd_detach(thrd_t thread)
{
	return outcome(pthread_detach(thread));
}

int thrd_equal(thrd_t one, thrd_t other)
{
	return pthread_equal(one, other);
}

void thrd_exit(int result)
{
	pthread_exit((void *)(intptr_t)result);
}

int thrd_join(thrd_t thread, int *result)
{
	void *value;
	int error = pthread_join(thread, &value);

	if (!error && result)
		*result = (int)(intptr_t)value;
	return outcome(error);
}

/* -1 for an interruption, another negative number for an error (7.26.5.7). */
int thrd_sleep(const struct timespec *span, struct timespec *remaining)
{
	int error = clock_nanosleep(CLOCK_REALTIME, 0, span, remaining);

	if (!error)
		return 0;
	return error == EINTR ? -1 : -2;
}

void thrd_yield(void)
{
	sys_yield();
}

int tss_create(tss_t *key, tss_dtor_t destructor)
{
	return outcome(pthread_key_create(key, destructor));
}

void tss_delete(tss_t key)
{
	pthread_key_delete(key);
}

void *tss_get(tss_t key)
{
	return pthread_getspecific(key);
}

int tss_set(tss_t key, void *value)
{
	return outcome(pthread_setspecific(key, value));
}
