/*
 * What Hermit offers, for newlib's headers to know. newlib's <sys/features.h>
 * is made to end with an include of this file.
 */
#ifndef _SYS__HERMIT_H
#define _SYS__HERMIT_H

/* Every task has a struct _reent of its own; __getreent finds it. */
#ifndef __DYNAMIC_REENT__
#define __DYNAMIC_REENT__
#endif

/* Lengths of read and write, in stdio as well: newlib's own choice is int. */
#define _READ_WRITE_RETURN_TYPE _ssize_t
#define _READ_WRITE_BUFSIZE_TYPE __SIZE_TYPE__

/* Errors that Linux's headers have, too, and programs name. */
#ifndef __LINUX_ERRNO_EXTENSIONS__
#define __LINUX_ERRNO_EXTENSIONS__
#endif

/* A stream's buffer: what one call of the system carries well. */
#define __BUFSIZ__ 4096

/* clock_gettime and its kin, with CLOCK_MONOTONIC. */
#define _POSIX_TIMERS          200809L
#define _POSIX_MONOTONIC_CLOCK 200809L
#define _POSIX_CLOCK_SELECTION 200809L
#define _POSIX_CPUTIME         200809L
#define _POSIX_THREAD_CPUTIME  200809L

/*
 * Threads. Not said is _POSIX_THREAD_PRIORITY_SCHEDULING, whose functions are
 * there: it wants 32 priorities; nor that mutexes lend priorities. Objects may be shared by all processes: there is one.
 */
#define _POSIX_THREADS                200809L
#define _POSIX_THREAD_SAFE_FUNCTIONS  200809L
#define _POSIX_THREAD_ATTR_STACKADDR  200809L
#define _POSIX_THREAD_ATTR_STACKSIZE  200809L
#define _POSIX_THREAD_PROCESS_SHARED  200809L
#define _POSIX_READER_WRITER_LOCKS    200809L
#define _POSIX_BARRIERS               200809L
#define _POSIX_SPIN_LOCKS             200809L
#define _POSIX_SEMAPHORES             200809L
#define _POSIX_TIMEOUTS               200809L

/* sigqueue, sigwaitinfo and signals that are queued. */
#define _POSIX_REALTIME_SIGNALS 200809L

/* mlock and mlockall, mprotect. */
#define _POSIX_MEMLOCK           200809L
#define _POSIX_MEMLOCK_RANGE     200809L
#define _POSIX_MEMORY_PROTECTION 200809L

/*
 * Functions that are there and only fail. The probes of configure scripts and of Meson ask for
 * these names, which GNU's C library has for such, and say that there is no such function.
 */
#define __stub_fork
#define __stub_vfork
#define __stub_execve
#define __stub_execv
#define __stub_execvp
#define __stub_execvpe
#define __stub_execl
#define __stub_execle
#define __stub_execlp
#define __stub_fexecve
#define __stub_daemon
#define __stub_popen
#define __stub_posix_spawn
#define __stub_posix_spawnp
#define __stub_dlopen
#define __stub_dlsym
#define __stub_dladdr
#define __stub_getxattr
#define __stub_lgetxattr
#define __stub_fgetxattr
#define __stub_setxattr
#define __stub_lsetxattr
#define __stub_fsetxattr
#define __stub_listxattr
#define __stub_llistxattr
#define __stub_flistxattr
#define __stub_removexattr
#define __stub_lremovexattr
#define __stub_fremovexattr
#define __stub_getloadavg

#endif
