/* Attributes of mutexes. There is one process, so that mutexes are shared by all in any case. */
#include "mutex.h"
#include "priority.h"

static bool isValid(const pthread_mutexattr_t *attributes)
{
	return attributes && !(attributes->__kind & ~(unsigned)(TYPE | ROBUST | SHARED));
}

int pthread_mutexattr_init(pthread_mutexattr_t *attributes)
{
	if (!attributes)
		return EINVAL;
	*attributes = (pthread_mutexattr_t){PTHREAD_MUTEX_DEFAULT, HIGHEST};
	return 0;
}

int pthread_mutexattr_destroy(pthread_mutexattr_t *attributes)
{
	if (!isValid(attributes))
		return EINVAL;
	attributes->__kind = DESTROYED;
	return 0;
}

int pthread_mutexattr_gettype(const pthread_mutexattr_t *restrict attributes, int *restrict type)
{
	if (!isValid(attributes))
		return EINVAL;
	*type = attributes->__kind & TYPE;
	return 0;
}

int pthread_mutexattr_settype(pthread_mutexattr_t *attributes, int type)
{
	if (!isValid(attributes) || type < PTHREAD_MUTEX_NORMAL || type > PTHREAD_MUTEX_ERRORCHECK)
		return EINVAL;
	attributes->__kind = (attributes->__kind & ~(unsigned)TYPE) | (unsigned)type;
	return 0;
}

int pthread_mutexattr_getpshared(const pthread_mutexattr_t *restrict attributes,
				 int *restrict shared)
{
	if (!isValid(attributes))
		return EINVAL;
	*shared = attributes->__kind & SHARED ? PTHREAD_PROCESS_SHARED : PTHREAD_PROCESS_PRIVATE;
	return 0;
}

int pthread_mutexattr_setpshared(pthread_mutexattr_t *attributes, int shared)
{
	if (!isValid(attributes) ||
	    (shared != PTHREAD_PROCESS_PRIVATE && shared != PTHREAD_PROCESS_SHARED))
		return EINVAL;
	attributes->__kind &= ~(unsigned)SHARED;
	if (shared == PTHREAD_PROCESS_SHARED)
		attributes->__kind |= SHARED;
	return 0;
}

int pthread_mutexattr_getrobust(const pthread_mutexattr_t *restrict attributes,
				int *restrict robust)
{
	if (!isValid(attributes))
		return EINVAL;
	*robust = attributes->__kind & ROBUST ? PTHREAD_MUTEX_ROBUST : PTHREAD_MUTEX_STALLED;
	return 0;
}

int pthread_mutexattr_getprotocol(const pthread_mutexattr_t *restrict attributes,
				  int *restrict protocol)
{
	if (!isValid(attributes))
		return EINVAL;
	*protocol = PTHREAD_PRIO_NONE;
	return 0;
}

int pthread_mutexattr_setprotocol(pthread_mutexattr_t *attributes, int protocol)
{
	if (!isValid(attributes))
		return EINVAL;
	if (protocol == PTHREAD_PRIO_INHERIT || protocol == PTHREAD_PRIO_PROTECT)
		return ENOTSUP;
	return protocol == PTHREAD_PRIO_NONE ? 0 : EINVAL;
}

int pthread_mutexattr_getprioceiling(const pthread_mutexattr_t *restrict attributes,
				     int *restrict ceiling)
{
	if (!isValid(attributes))
		return EINVAL;
	*ceiling = attributes->__ceiling;
	return 0;
}

int pthread_mutexattr_setprioceiling(pthread_mutexattr_t *attributes, int ceiling)
{
	if (!isValid(attributes) || ceiling < 1 || ceiling > HIGHEST)
		return EINVAL;
	attributes->__ceiling = ceiling;
	return 0;
}

/* No mutex has the protocol PTHREAD_PRIO_PROTECT: EINVAL (POSIX.1-2017). */
int pthread_mutex_getprioceiling(const pthread_mutex_t *restrict mutex, int *restrict ceiling)
{
	(void)mutex;
	(void)ceiling;
	return EINVAL;
}

int pthread_mutex_setprioceiling(pthread_mutex_t *restrict mutex, int ceiling, int *restrict old)
{
	(void)mutex;
	(void)ceiling;
	(void)old;
	return EINVAL;
}
