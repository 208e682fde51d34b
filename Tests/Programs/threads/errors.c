/*
 * What POSIX says threads' functions return for objects and arguments that are
 * not what they should be.
 */
#define _GNU_SOURCE
#include <limits.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static void *nothing(void *argument)
{
	return argument;
}

/* Waits until main opens the gate. */
static void *wait(void *argument)
{
	pthread_mutex_lock(&gate);
	pthread_mutex_unlock(&gate);
	return argument;
}

static const struct timespec past = {1, 0}, invalid = {1, 1000000000}, negative = {1, -1};

static struct timespec soon(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	time.tv_nsec += 2000000;
	if (time.tv_nsec >= 1000000000) {
		time.tv_nsec -= 1000000000;
		time.tv_sec++;
	}
	return time;
}

static void *joinMain(void *thread)
{
	return (void *)(long)pthread_join(*(pthread_t *)thread, NULL);
}

static void threads(void)
{
	pthread_t one, first = pthread_self();
	void *result;
	struct timespec time;

	IS(EINVAL, pthread_create(NULL, NULL, nothing, NULL));
	IS(EDEADLK, pthread_join(first, NULL));
	IS(ESRCH, pthread_join(0, NULL));
	IS(ESRCH, pthread_join(~0ul, NULL));
	IS(ESRCH, pthread_detach(0x7777777));
	IS(ESRCH, pthread_cancel(0x7777777));

	IS(0, pthread_create(&one, NULL, nothing, (void *)5));
	IS(0, pthread_equal(one, first));
	IS(1, pthread_equal(first, first));
	IS(0, pthread_join(one, &result));
	IS(5, result);
	IS(ESRCH, pthread_join(one, NULL));
	IS(ESRCH, pthread_detach(one));
	IS(ESRCH, pthread_cancel(one));
	IS(ESRCH, pthread_setschedprio(one, 0));
	IS(ESRCH, pthread_setname_np(one, "x"));

	pthread_mutex_lock(&gate);
	IS(0, pthread_create(&one, NULL, wait, NULL));
	IS(EBUSY, pthread_tryjoin_np(one, &result));
	IS(ETIMEDOUT, pthread_timedjoin_np(one, &result, &past));
	IS(EINVAL, pthread_timedjoin_np(one, &result, &invalid));
	time = soon(CLOCK_MONOTONIC);
	IS(ETIMEDOUT, pthread_clockjoin_np(one, &result, CLOCK_MONOTONIC, &time));
	IS(EINVAL, pthread_clockjoin_np(one, &result, CLOCK_PROCESS_CPUTIME_ID, &time));
	IS(0, pthread_setname_np(one, "fifteen letters"));
	IS(ERANGE, pthread_setname_np(one, "sixteen letters!"));
	{
		char name[16];

		IS(0, pthread_getname_np(one, name, sizeof name));
		IS(0, strcmp(name, "fifteen letters"));
		IS(ERANGE, pthread_getname_np(one, name, 15));
	}
	IS(0, pthread_detach(one));
	IS(EINVAL, pthread_detach(one));
	IS(EINVAL, pthread_join(one, NULL));
	pthread_mutex_unlock(&gate);

	/* Two that join each other would wait for ever. */
	IS(0, pthread_create(&one, NULL, joinMain, &first));
	IS(0, pthread_cancel(one));
	result = NULL;
	int error = pthread_join(one, &result);
	IS(1, error == EDEADLK || (error == 0 && (result == PTHREAD_CANCELED || result == (void *)EDEADLK)));
	if (error == EDEADLK) {
		/* It waits for this one until it has taken notice that it is cancelled. */
		while ((error = pthread_timedjoin_np(one, &result, &(struct timespec){1l << 40, 0})) == EDEADLK)
			sched_yield();
		IS(0, error);
		IS(1, result == PTHREAD_CANCELED);
	}
}

static void attributes(void)
{
	pthread_attr_t attr, none;
	struct sched_param parameters = {0};
	cpu_set_t set;
	size_t size;
	void *stack;
	pthread_t one;
	int value;

	memset(&none, 0, sizeof none);
	IS(EINVAL, pthread_attr_destroy(&none));
	IS(EINVAL, pthread_attr_setstacksize(&none, 65536));
	IS(EINVAL, pthread_attr_getstacksize(&none, &size));
	IS(EINVAL, pthread_create(&one, &none, nothing, NULL));

	IS(0, pthread_attr_init(&attr));
	IS(0, pthread_attr_getdetachstate(&attr, &value));
	IS(PTHREAD_CREATE_JOINABLE, value);
	IS(EINVAL, pthread_attr_setdetachstate(&attr, 7));
	IS(EINVAL, pthread_attr_setstacksize(&attr, PTHREAD_STACK_MIN - 1));
	IS(EINVAL, pthread_attr_setstacksize(&attr, SIZE_MAX));
	IS(0, pthread_attr_setstacksize(&attr, PTHREAD_STACK_MIN));
	IS(0, pthread_attr_getstacksize(&attr, &size));
	IS(PTHREAD_STACK_MIN, size);
	IS(0, pthread_attr_setguardsize(&attr, 8192));
	IS(0, pthread_attr_getguardsize(&attr, &size));
	IS(8192, size);
	IS(EINVAL, pthread_attr_setguardsize(&attr, SIZE_MAX));
	stack = aligned_alloc(16, 65536);
	IS(EINVAL, pthread_attr_setstack(&attr, stack, PTHREAD_STACK_MIN - 16));
	IS(EINVAL, pthread_attr_setstack(&attr, (char *)stack + 1, 65520));
	IS(EINVAL, pthread_attr_setstack(&attr, NULL, 65536));
	IS(0, pthread_attr_setscope(&attr, PTHREAD_SCOPE_SYSTEM));
	IS(ENOTSUP, pthread_attr_setscope(&attr, PTHREAD_SCOPE_PROCESS));
	IS(EINVAL, pthread_attr_setscope(&attr, 9));
	IS(EINVAL, pthread_attr_setinheritsched(&attr, 9));
	IS(0, pthread_attr_setinheritsched(&attr, PTHREAD_EXPLICIT_SCHED));
	IS(0, pthread_attr_setschedpolicy(&attr, SCHED_FIFO));
	IS(EINVAL, pthread_attr_setschedpolicy(&attr, 99));
	IS(0, pthread_attr_setschedpolicy(&attr, SCHED_RR));
	IS(EINVAL, pthread_create(&one, &attr, nothing, NULL)); /* priority 0 */
	parameters.sched_priority = sched_get_priority_max(SCHED_RR) + 1;
	IS(EINVAL, pthread_attr_setschedparam(&attr, &parameters));
	parameters.sched_priority = sched_get_priority_min(SCHED_RR);
	IS(0, pthread_attr_setschedparam(&attr, &parameters));
	CPU_ZERO(&set);
	IS(0, pthread_attr_setaffinity_np(&attr, sizeof set, &set));
	IS(EINVAL, pthread_create(&one, &attr, nothing, NULL));
	CPU_SET(0, &set);
	IS(1, CPU_COUNT(&set));
	IS(0, pthread_attr_setaffinity_np(&attr, sizeof set, &set));
	IS(EINVAL, pthread_attr_getaffinity_np(&attr, 1, &set));
	IS(0, pthread_create(&one, &attr, nothing, NULL));
	IS(0, pthread_join(one, NULL));
	IS(0, pthread_attr_setstack(&attr, stack, 65536));
	IS(0, pthread_create(&one, &attr, nothing, NULL));
	IS(0, pthread_join(one, NULL));
	free(stack);
	IS(0, pthread_attr_destroy(&attr));
	IS(EINVAL, pthread_attr_destroy(&attr));
	IS(EINVAL, pthread_create(&one, &attr, nothing, NULL));
}

static void *lockFor(void *mutex)
{
	return (void *)(long)pthread_mutex_lock(mutex);
}

static void *unlockFor(void *mutex)
{
	return (void *)(long)pthread_mutex_unlock(mutex);
}

static void *tryFor(void *mutex)
{
	return (void *)(long)pthread_mutex_trylock(mutex);
}

/* What a function returns in another thread. */
static long elsewhere(void *(*function)(void *), void *argument)
{
	pthread_t one;
	void *result;

	if (pthread_create(&one, NULL, function, argument) || pthread_join(one, &result))
		return -1;
	return (long)result;
}

static void mutexes(void)
{
	pthread_mutexattr_t attr;
	pthread_mutex_t mutex;
	struct timespec time;
	int value;

	memset(&mutex, 0x5a, sizeof mutex);
	IS(EINVAL, pthread_mutex_lock(&mutex));
	IS(EINVAL, pthread_mutex_trylock(&mutex));
	IS(EINVAL, pthread_mutex_unlock(&mutex));
	IS(EINVAL, pthread_mutex_destroy(&mutex));

	IS(0, pthread_mutexattr_init(&attr));
	IS(EINVAL, pthread_mutexattr_settype(&attr, 77));
	IS(EINVAL, pthread_mutexattr_setrobust(&attr, 77));
	IS(EINVAL, pthread_mutexattr_setpshared(&attr, 77));
	IS(EINVAL, pthread_mutexattr_setprotocol(&attr, 77));
	IS(ENOTSUP, pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT));
	IS(ENOTSUP, pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_PROTECT));
	IS(0, pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_NONE));
	IS(EINVAL, pthread_mutexattr_setprioceiling(&attr, 1000));

	IS(0, pthread_mutex_init(&mutex, NULL));
	IS(EINVAL, pthread_mutex_setprioceiling(&mutex, 1, &value));
	IS(EINVAL, pthread_mutex_consistent(&mutex));
	IS(0, pthread_mutex_lock(&mutex));
	IS(EBUSY, pthread_mutex_trylock(&mutex));
	IS(EBUSY, pthread_mutex_destroy(&mutex));
	IS(ETIMEDOUT, pthread_mutex_timedlock(&mutex, &past));
	IS(EINVAL, pthread_mutex_timedlock(&mutex, &invalid));
	IS(EINVAL, pthread_mutex_timedlock(&mutex, &negative));
	IS(EINVAL, pthread_mutex_clocklock(&mutex, CLOCK_THREAD_CPUTIME_ID, &past));
	time = soon(CLOCK_MONOTONIC);
	IS(ETIMEDOUT, pthread_mutex_clocklock(&mutex, CLOCK_MONOTONIC, &time));
	time = soon(CLOCK_REALTIME);
	IS(ETIMEDOUT, pthread_mutex_timedlock(&mutex, &time));
	IS(0, pthread_mutex_unlock(&mutex));
	IS(0, pthread_mutex_timedlock(&mutex, &invalid)); /* not looked at */
	IS(0, pthread_mutex_unlock(&mutex));
	IS(0, pthread_mutex_destroy(&mutex));
	IS(EINVAL, pthread_mutex_lock(&mutex));
	IS(EINVAL, pthread_mutex_destroy(&mutex));

	IS(0, pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ERRORCHECK));
	IS(0, pthread_mutex_init(&mutex, &attr));
	IS(EPERM, pthread_mutex_unlock(&mutex));
	IS(0, pthread_mutex_lock(&mutex));
	IS(EDEADLK, pthread_mutex_lock(&mutex));
	IS(EDEADLK, pthread_mutex_timedlock(&mutex, &past));
	IS(EBUSY, pthread_mutex_trylock(&mutex));
	IS(EPERM, elsewhere(unlockFor, &mutex));
	IS(EBUSY, elsewhere(tryFor, &mutex));
	IS(0, pthread_mutex_unlock(&mutex));
	IS(0, pthread_mutex_destroy(&mutex));

	IS(0, pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE));
	IS(0, pthread_mutex_init(&mutex, &attr));
	IS(0, pthread_mutex_lock(&mutex));
	IS(0, pthread_mutex_lock(&mutex));
	IS(0, pthread_mutex_trylock(&mutex));
	IS(0, pthread_mutex_unlock(&mutex));
	IS(0, pthread_mutex_unlock(&mutex));
	IS(EBUSY, elsewhere(tryFor, &mutex));
	IS(EPERM, elsewhere(unlockFor, &mutex));
	IS(0, pthread_mutex_unlock(&mutex));
	IS(EPERM, pthread_mutex_unlock(&mutex));
	IS(0, pthread_mutex_destroy(&mutex));

	for (int type = PTHREAD_MUTEX_NORMAL; type <= PTHREAD_MUTEX_ERRORCHECK; type++) {
		IS(0, pthread_mutexattr_settype(&attr, type));
		IS(0, pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST));
		IS(0, pthread_mutex_init(&mutex, &attr));
		IS(EPERM, pthread_mutex_unlock(&mutex));
		IS(0, elsewhere(lockFor, &mutex));
		IS(EOWNERDEAD, pthread_mutex_lock(&mutex));
		IS(0, pthread_mutex_consistent(&mutex));
		IS(EINVAL, pthread_mutex_consistent(&mutex));
		IS(0, pthread_mutex_unlock(&mutex));
		IS(0, elsewhere(lockFor, &mutex));
		IS(EOWNERDEAD, elsewhere(tryFor, &mutex));
		IS(EOWNERDEAD, pthread_mutex_trylock(&mutex));
		IS(0, pthread_mutex_unlock(&mutex));
		IS(ENOTRECOVERABLE, pthread_mutex_lock(&mutex));
		IS(ENOTRECOVERABLE, pthread_mutex_trylock(&mutex));
		IS(0, pthread_mutex_destroy(&mutex));
	}
	IS(0, pthread_mutexattr_destroy(&attr));
	IS(EINVAL, pthread_mutexattr_destroy(&attr));
	IS(EINVAL, pthread_mutex_init(&mutex, &attr));
}

static void conditions(void)
{
	pthread_mutex_t mutex = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP;
	pthread_condattr_t attr;
	pthread_cond_t condition;
	struct timespec time;

	memset(&condition, 0x5a, sizeof condition);
	IS(EINVAL, pthread_cond_signal(&condition));
	IS(EINVAL, pthread_cond_broadcast(&condition));
	IS(EINVAL, pthread_cond_wait(&condition, &mutex));
	IS(EINVAL, pthread_cond_destroy(&condition));
	IS(0, pthread_condattr_init(&attr));
	IS(EINVAL, pthread_condattr_setclock(&attr, CLOCK_PROCESS_CPUTIME_ID));
	IS(0, pthread_condattr_setclock(&attr, CLOCK_MONOTONIC));
	IS(0, pthread_cond_init(&condition, &attr));
	IS(EPERM, pthread_cond_wait(&condition, &mutex));
	IS(0, pthread_mutex_lock(&mutex));
	time = soon(CLOCK_MONOTONIC);
	IS(ETIMEDOUT, pthread_cond_timedwait(&condition, &mutex, &time));
	time = soon(CLOCK_REALTIME);
	IS(ETIMEDOUT, pthread_cond_clockwait(&condition, &mutex, CLOCK_REALTIME, &time));
	IS(ETIMEDOUT, pthread_cond_timedwait(&condition, &mutex, &past));
	IS(EINVAL, pthread_cond_timedwait(&condition, &mutex, &invalid));
	IS(EINVAL, pthread_cond_clockwait(&condition, &mutex, 99, &past));
	/* It was locked again each time. */
	IS(EDEADLK, pthread_mutex_lock(&mutex));
	IS(0, pthread_mutex_unlock(&mutex));
	IS(0, pthread_cond_signal(&condition));
	IS(0, pthread_cond_destroy(&condition));
	IS(EINVAL, pthread_cond_signal(&condition));
	IS(EINVAL, pthread_cond_destroy(&condition));
	IS(0, pthread_condattr_destroy(&attr));
	IS(EINVAL, pthread_cond_init(&condition, &attr));
}

static void *read_(void *lock)
{
	return (void *)(long)pthread_rwlock_tryrdlock(lock);
}

static void *write_(void *lock)
{
	return (void *)(long)pthread_rwlock_trywrlock(lock);
}

static void *release_(void *lock)
{
	return (void *)(long)pthread_rwlock_unlock(lock);
}

static void locks(void)
{
	pthread_rwlock_t lock;
	pthread_spinlock_t spin;
	pthread_barrier_t barrier;
	struct timespec time;

	memset(&lock, 0x5a, sizeof lock);
	IS(EINVAL, pthread_rwlock_rdlock(&lock));
	IS(EINVAL, pthread_rwlock_unlock(&lock));
	IS(EINVAL, pthread_rwlock_destroy(&lock));
	IS(0, pthread_rwlock_init(&lock, NULL));
	IS(EPERM, pthread_rwlock_unlock(&lock));
	IS(0, pthread_rwlock_rdlock(&lock));
	IS(0, pthread_rwlock_rdlock(&lock));
	IS(EBUSY, pthread_rwlock_trywrlock(&lock));
	IS(EBUSY, pthread_rwlock_destroy(&lock));
	IS(ETIMEDOUT, pthread_rwlock_timedwrlock(&lock, &past));
	IS(EINVAL, pthread_rwlock_timedwrlock(&lock, &invalid));
	IS(EINVAL, pthread_rwlock_clockwrlock(&lock, 99, &past));
	IS(0, elsewhere(read_, &lock));
	IS(0, pthread_rwlock_unlock(&lock));
	IS(0, pthread_rwlock_unlock(&lock));
	IS(0, pthread_rwlock_unlock(&lock));
	IS(0, pthread_rwlock_wrlock(&lock));
	IS(EDEADLK, pthread_rwlock_wrlock(&lock));
	IS(EDEADLK, pthread_rwlock_rdlock(&lock));
	IS(EBUSY, pthread_rwlock_tryrdlock(&lock));
	IS(EBUSY, elsewhere(read_, &lock));
	IS(EBUSY, elsewhere(write_, &lock));
	IS(EPERM, elsewhere(release_, &lock));
	IS(0, pthread_rwlock_unlock(&lock));
	IS(0, pthread_rwlock_rdlock(&lock));
	time = soon(CLOCK_MONOTONIC);
	IS(ETIMEDOUT, pthread_rwlock_clockwrlock(&lock, CLOCK_MONOTONIC, &time));
	/* The writer that gave up is in nobody's way. */
	IS(0, elsewhere(read_, &lock));
	IS(0, pthread_rwlock_unlock(&lock));
	IS(0, pthread_rwlock_unlock(&lock));
	IS(0, pthread_rwlock_destroy(&lock));
	IS(EINVAL, pthread_rwlock_wrlock(&lock));

	memset(&spin, 0, sizeof spin);
	IS(EINVAL, pthread_spin_lock(&spin));
	IS(EINVAL, pthread_spin_init(&spin, 9));
	IS(0, pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE));
	IS(EPERM, pthread_spin_unlock(&spin));
	IS(0, pthread_spin_lock(&spin));
	IS(EDEADLK, pthread_spin_lock(&spin));
	IS(EBUSY, pthread_spin_trylock(&spin));
	IS(EBUSY, pthread_spin_destroy(&spin));
	IS(0, pthread_spin_unlock(&spin));
	IS(0, pthread_spin_destroy(&spin));
	IS(EINVAL, pthread_spin_unlock(&spin));

	memset(&barrier, 0, sizeof barrier);
	IS(EINVAL, pthread_barrier_wait(&barrier));
	IS(EINVAL, pthread_barrier_init(&barrier, NULL, 0));
	IS(0, pthread_barrier_init(&barrier, NULL, 1));
	IS(PTHREAD_BARRIER_SERIAL_THREAD, pthread_barrier_wait(&barrier));
	IS(0, pthread_barrier_destroy(&barrier));
	IS(EINVAL, pthread_barrier_wait(&barrier));
}

static void semaphores(void)
{
	struct timespec time;
	sem_t semaphore, *named, *same;
	int value;

	memset(&semaphore, 0, sizeof semaphore);
	SETS(EINVAL, sem_wait(&semaphore));
	SETS(EINVAL, sem_post(&semaphore));
	SETS(EINVAL, sem_destroy(&semaphore));
	SETS(EINVAL, sem_init(&semaphore, 0, SEM_VALUE_MAX + 1u));
	IS(0, sem_init(&semaphore, 0, SEM_VALUE_MAX));
	SETS(EOVERFLOW, sem_post(&semaphore));
	IS(0, sem_getvalue(&semaphore, &value));
	IS(SEM_VALUE_MAX, value);
	IS(0, sem_destroy(&semaphore));
	SETS(EINVAL, sem_trywait(&semaphore));
	IS(0, sem_init(&semaphore, 0, 1));
	IS(0, sem_timedwait(&semaphore, &invalid)); /* not looked at */
	SETS(EAGAIN, sem_trywait(&semaphore));
	SETS(EINVAL, sem_timedwait(&semaphore, &invalid));
	SETS(ETIMEDOUT, sem_timedwait(&semaphore, &past));
	SETS(EINVAL, sem_clockwait(&semaphore, 99, &past));
	time = soon(CLOCK_MONOTONIC);
	SETS(ETIMEDOUT, sem_clockwait(&semaphore, CLOCK_MONOTONIC, &time));
	IS(0, sem_post(&semaphore));
	IS(0, sem_getvalue(&semaphore, &value));
	IS(1, value);
	IS(0, sem_destroy(&semaphore));

	IS(1, sem_open("/none", 0) == SEM_FAILED && errno == ENOENT);
	IS(1, sem_open("name", 0x200, 0600, 1) == SEM_FAILED && errno == EINVAL);
	named = sem_open("/name", 0x200, 0600, 1);
	IS(1, named != SEM_FAILED);
	same = sem_open("/name", 0);
	IS(1, same == named);
	IS(1, sem_open("/name", 0x200 | 0x800, 0600, 1) == SEM_FAILED && errno == EEXIST);
	IS(0, sem_trywait(same));
	IS(0, sem_unlink("/name"));
	SETS(ENOENT, sem_unlink("/name"));
	IS(1, sem_open("/name", 0) == SEM_FAILED && errno == ENOENT);
	IS(0, sem_post(named));
	IS(0, sem_close(named));
	IS(0, sem_close(same));
	SETS(EINVAL, sem_close(&semaphore));
}

static void *policy(void *argument)
{
	(void)argument;
	return (void *)(long)sched_getscheduler(0);
}

static void others(void)
{
	struct sched_param parameters = {0};
	pthread_key_t key, keys[PTHREAD_KEYS_MAX + 1];
	pthread_once_t once = 99;
	clockid_t clock;
	cpu_set_t set;
	int value, count;

	IS(EINVAL, pthread_once(&once, NULL));
	IS(EINVAL, pthread_once(&once, (void (*)(void))abort));
	IS(0, pthread_key_create(&key, NULL));
	IS(0, pthread_getspecific(key));
	IS(0, pthread_setspecific(key, &key));
	IS(&key, pthread_getspecific(key));
	IS(0, pthread_key_delete(key));
	IS(EINVAL, pthread_key_delete(key));
	IS(EINVAL, pthread_setspecific(key, &key));
	IS(EINVAL, pthread_key_delete(PTHREAD_KEYS_MAX));
	for (count = 0; count <= PTHREAD_KEYS_MAX; count++)
		if ((value = pthread_key_create(&keys[count], NULL)))
			break;
	IS(EAGAIN, value);
	IS(1, count >= _POSIX_THREAD_KEYS_MAX);
	/* The new use of a key has no value of the old one. */
	IS(0, pthread_getspecific(key));
	while (count--)
		IS(0, pthread_key_delete(keys[count]));

	IS(EINVAL, pthread_setcancelstate(9, &value));
	IS(ENOTSUP, pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &value));
	IS(EINVAL, pthread_setcanceltype(9, &value));
	IS(0, pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &value));
	IS(PTHREAD_CANCEL_DEFERRED, value);

	SETS(EINVAL, sched_get_priority_max(99));
	SETS(EINVAL, sched_get_priority_min(99));
	SETS(ESRCH, sched_getscheduler(0x7777777));
	SETS(EINVAL, sched_setscheduler(0, 99, &parameters));
	SETS(EINVAL, sched_setscheduler(0, SCHED_FIFO, &parameters));
	SETS(EINVAL, sched_setscheduler(0, SCHED_RR, &parameters));
	parameters.sched_priority = 3;
	SETS(EINVAL, sched_setparam(0, &parameters));
	IS(SCHED_OTHER, sched_setscheduler(0, SCHED_RR, &parameters));
	IS(SCHED_RR, sched_getscheduler(0));
	IS(SCHED_RR, sched_setscheduler(0, SCHED_FIFO, &parameters));
	IS(SCHED_FIFO, sched_getscheduler(0));
	IS(SCHED_FIFO, elsewhere(policy, NULL)); /* inherited */
	IS(SCHED_FIFO, sched_setscheduler(0, SCHED_RR, &parameters));
	IS(SCHED_RR, elsewhere(policy, NULL));
	IS(EINVAL, pthread_setschedprio(pthread_self(), 1000));
	IS(0, pthread_setschedprio(pthread_self(), 4));
	IS(0, sched_getparam(0, &parameters));
	IS(4, parameters.sched_priority);
	parameters.sched_priority = 0;
	IS(0, pthread_setschedparam(pthread_self(), SCHED_OTHER, &parameters));
	IS(0, pthread_getschedparam(pthread_self(), &value, &parameters));
	IS(SCHED_OTHER, value);
	IS(0, sched_yield());

	IS(0, sched_getaffinity(0, sizeof set, &set));
	IS(sysconf(_SC_NPROCESSORS_ONLN), CPU_COUNT(&set));
	SETS(EINVAL, sched_getaffinity(0, 1, &set));
	IS(0, pthread_setaffinity_np(pthread_self(), sizeof set, &set));
	IS(1, CPU_ISSET(sched_getcpu(), &set));
	CPU_ZERO(&set);
	IS(EINVAL, pthread_setaffinity_np(pthread_self(), sizeof set, &set));

	IS(0, pthread_getcpuclockid(pthread_self(), &clock));
	IS(ESRCH, pthread_getcpuclockid(0x7777777, &clock));
	IS(0, clock_getcpuclockid(0, &clock));
	IS(ESRCH, clock_getcpuclockid(0x7777777, &clock));
	IS(0, pthread_atfork(NULL, NULL, NULL));
	IS(PTHREAD_KEYS_MAX, sysconf(_SC_THREAD_KEYS_MAX));
	IS(PTHREAD_STACK_MIN, sysconf(_SC_THREAD_STACK_MIN));
	IS(_POSIX_THREADS, sysconf(_SC_THREADS));
}

int main(void)
{
	threads();
	attributes();
	mutexes();
	conditions();
	locks();
	semaphores();
	others();
	return report();
}
