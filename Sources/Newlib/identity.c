/* What the machine is, for those who ask. */
#define _GNU_SOURCE

#include <limits.h>
#include <string.h>
#include <sys/lock.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "shim.h"

__LOCK_INIT(static, __hermit_names);
/* HOST_NAME_MAX bytes, and the zero. */
static char host[65] = "hermit";
static char domain[65] = "(none)";

WEAK int uname(struct utsname *name)
{
	*name = (struct utsname){
		.sysname = "Hermit",
		.release = HERMIT_VERSION,
		.version = "Hermit for Swift " HERMIT_VERSION,
		.machine = "x86_64",
	};
	__lock_acquire(__hermit_names);
	memcpy(name->nodename, host, sizeof host);
	memcpy(name->domainname, domain, sizeof domain);
	__lock_release(__hermit_names);
	return 0;
}

/* The one process leads the one group, which has its number. */
WEAK pid_t getpgrp(void)
{
	return 1;
}

WEAK pid_t getpgid(pid_t pid)
{
	if (pid < 0)
		return failed(_REENT, EINVAL);
	return pid > 1 ? failed(_REENT, ESRCH) : 1;
}

/* Sets a name of 64 bytes at most. */
static int set(char *to, const char *name, size_t size)
{
	if (size > 64)
		return failed(_REENT, EINVAL);
	__lock_acquire(__hermit_names);
	memset(to, 0, sizeof host);
	memcpy(to, name, size);
	__lock_release(__hermit_names);
	return 0;
}

WEAK int sethostname(const char *name, size_t size)
{
	return set(host, name, size);
}

WEAK int setdomainname(const char *name, size_t size)
{
	return set(domain, name, size);
}

WEAK int gethostname(char *name, size_t size)
{
	size_t length;

	__lock_acquire(__hermit_names);
	length = strlen(host) + 1;
	memcpy(name, host, length < size ? length : size);
	__lock_release(__hermit_names);
	return length > size ? failed(_REENT, ENAMETOOLONG) : 0;
}

/* As Linux's C libraries: what does not fit is EINVAL. */
WEAK int getdomainname(char *name, size_t size)
{
	size_t length;

	__lock_acquire(__hermit_names);
	length = strlen(domain) + 1;
	if (length <= size)
		memcpy(name, domain, length);
	__lock_release(__hermit_names);
	return length > size ? failed(_REENT, EINVAL) : 0;
}

WEAK int getpagesize(void)
{
	return sys_getpagesize();
}

/* -1 with errno as it was: there is no limit, or none is known. */
WEAK long sysconf(int name)
{
	switch (name) {
	case _SC_PAGESIZE:
		return sys_getpagesize();
	case _SC_NPROCESSORS_CONF:
		return (long)sys_get_processor_count();
	case _SC_NPROCESSORS_ONLN:
		return (long)sys_available_parallelism();
	case _SC_CLK_TCK:
		return CLOCKS_PER_SEC;
	case _SC_OPEN_MAX: {
		struct hermit_rlimit limit;

		return sys_getrlimit(HERMIT_RLIMIT_NOFILE, &limit) < 0 ? OPEN_MAX
									: (long)limit.rlim_cur;
	}
	case _SC_ARG_MAX:
		return ARG_MAX;
	case _SC_CHILD_MAX:
		return CHILD_MAX;
	case _SC_NGROUPS_MAX:
		return NGROUPS_MAX;
	case _SC_HOST_NAME_MAX:
		return HOST_NAME_MAX;
	case _SC_LINE_MAX:
		return LINE_MAX;
	case _SC_IOV_MAX:
		return IOV_MAX;
	case _SC_VERSION:
		return 200809L;
	case _SC_TIMERS:
		return _POSIX_TIMERS;
	case _SC_MONOTONIC_CLOCK:
		return _POSIX_MONOTONIC_CLOCK;
	case _SC_MEMLOCK:
		return _POSIX_MEMLOCK;
	case _SC_MEMLOCK_RANGE:
		return _POSIX_MEMLOCK_RANGE;
	case _SC_MEMORY_PROTECTION:
		return _POSIX_MEMORY_PROTECTION;
	case _SC_CPUTIME:
		return _POSIX_CPUTIME;
	case _SC_CLOCK_SELECTION:
		return _POSIX_CLOCK_SELECTION;
	case _SC_THREADS:
	case _SC_THREAD_SAFE_FUNCTIONS:
	case _SC_THREAD_ATTR_STACKADDR:
	case _SC_THREAD_ATTR_STACKSIZE:
	case _SC_THREAD_PROCESS_SHARED:
	case _SC_THREAD_CPUTIME:
	case _SC_READER_WRITER_LOCKS:
	case _SC_BARRIERS:
	case _SC_SPIN_LOCKS:
	case _SC_SEMAPHORES:
	case _SC_TIMEOUTS:
		return _POSIX_THREADS;
	case _SC_THREAD_KEYS_MAX:
		return PTHREAD_KEYS_MAX;
	case _SC_THREAD_STACK_MIN:
		return PTHREAD_STACK_MIN;
	case _SC_THREAD_THREADS_MAX:
		return PTHREAD_THREADS_MAX;
	case _SC_THREAD_DESTRUCTOR_ITERATIONS:
		return PTHREAD_DESTRUCTOR_ITERATIONS;
	case _SC_SEM_VALUE_MAX:
		return SEM_VALUE_MAX;
	case _SC_REALTIME_SIGNALS:
		return _POSIX_REALTIME_SIGNALS;
	case _SC_RTSIG_MAX:
		return RTSIG_MAX;
	case _SC_SIGQUEUE_MAX:
		return SIGQUEUE_MAX;
	case _SC_TIMER_MAX:
		return TIMER_MAX;
	case _SC_DELAYTIMER_MAX:
		return DELAYTIMER_MAX;
	/* limits.h and unistd.h do not claim these either (sys/_hermit.h). */
	case _SC_THREAD_PRIORITY_SCHEDULING:
	case _SC_THREAD_PRIO_INHERIT:
	case _SC_THREAD_PRIO_PROTECT:
	case _SC_THREAD_ROBUST_PRIO_INHERIT:
	case _SC_THREAD_ROBUST_PRIO_PROTECT:
	case _SC_THREAD_SPORADIC_SERVER:
	case _SC_PRIORITY_SCHEDULING:
	case _SC_SPORADIC_SERVER:
	case _SC_SEM_NSEMS_MAX:
	case _SC_JOB_CONTROL:
	case _SC_SPAWN:
	case _SC_STREAM_MAX:
	case _SC_TZNAME_MAX:
	case _SC_ATEXIT_MAX:
	case _SC_MESSAGE_PASSING:
	case _SC_MQ_OPEN_MAX:
	case _SC_MQ_PRIO_MAX:
	case _SC_ASYNCHRONOUS_IO:
	case _SC_AIO_LISTIO_MAX:
	case _SC_AIO_MAX:
	case _SC_AIO_PRIO_DELTA_MAX:
	case _SC_PRIORITIZED_IO:
	case _SC_SHARED_MEMORY_OBJECTS:
	case _SC_SYNCHRONIZED_IO:
	case _SC_TYPED_MEMORY_OBJECTS:
	case _SC_TRACE:
	case _SC_XOPEN_VERSION:
	case _SC_2_VERSION:
	case _SC_SHELL:
	/* Of the processor's caches nothing is known. */
	case _SC_LEVEL1_ICACHE_SIZE:
	case _SC_LEVEL1_ICACHE_ASSOC:
	case _SC_LEVEL1_ICACHE_LINESIZE:
	case _SC_LEVEL1_DCACHE_SIZE:
	case _SC_LEVEL1_DCACHE_ASSOC:
	case _SC_LEVEL1_DCACHE_LINESIZE:
	case _SC_LEVEL2_CACHE_SIZE:
	case _SC_LEVEL2_CACHE_ASSOC:
	case _SC_LEVEL2_CACHE_LINESIZE:
	case _SC_LEVEL3_CACHE_SIZE:
	case _SC_LEVEL3_CACHE_ASSOC:
	case _SC_LEVEL3_CACHE_LINESIZE:
		return -1;
	case _SC_GETPW_R_SIZE_MAX:
	case _SC_GETGR_R_SIZE_MAX:
		return 1024;
	case _SC_LOGIN_NAME_MAX:
		return 256;
	case _SC_TTY_NAME_MAX:
		return 32;
	case _SC_SYMLOOP_MAX:
		return SYMLOOP_MAX;
	case _SC_RE_DUP_MAX:
		return RE_DUP_MAX;
	case _SC_SAVED_IDS:
	case _SC_REGEXP:
	case _SC_FSYNC:
	case _SC_MAPPED_FILES:
	case _SC_IPV6:
	case _SC_ADVISORY_INFO:
		return 200809L;
	case _SC_PHYS_PAGES:
	case _SC_AVPHYS_PAGES: {
		uint64_t total = 0, free = 0;

		(void)sys_get_memory(&total, &free);
		return (long)((name == _SC_PHYS_PAGES ? total : free) / (uint64_t)sys_getpagesize());
	}
	default:
		return failed(_REENT, EINVAL);
	}
}
