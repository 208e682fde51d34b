/* Limits of the system; those of paths and of parts of a buffer are hermit.h's. */
#ifndef _SYS_SYSLIMITS_H_
#define _SYS_SYSLIMITS_H_

#define ARG_MAX     65536 /* bytes of arguments and environment */
#define CHILD_MAX   1     /* programs in a machine */
#define LINK_MAX    65000 /* names of a file; HERMIT_LINK_MAX */
#define MAX_CANON   255   /* bytes of a terminal's line */
#define MAX_INPUT   255   /* bytes that a terminal holds */
#define NAME_MAX    255   /* bytes of a name; HERMIT_NAME_MAX */
#define NGROUPS_MAX 16    /* groups of a user */
#define OPEN_MAX    64    /* descriptors that are always possible */
#define PATH_MAX    4096  /* bytes of a path; HERMIT_PATH_MAX */
#define PIPE_BUF    4096  /* bytes that a pipe takes as one */
#define SYMLINK_MAX 4095  /* bytes of a symbolic link */
#define SYMLOOP_MAX 40    /* symbolic links in a path; HERMIT_SYMLOOP_MAX */
#define FILESIZEBITS 64   /* of a file's size, with its sign */
#define IOV_MAX     1024  /* parts of a buffer; HERMIT_IOV_MAX */
#define SSIZE_MAX   __LONG_MAX__ /* bytes of one read or write */
#define HOST_NAME_MAX  64  /* bytes of the machine's name */
#define LOGIN_NAME_MAX 256
#define TTY_NAME_MAX   32

#define PTHREAD_DESTRUCTOR_ITERATIONS 4     /* rounds of a thread's destructors */
#define PTHREAD_KEYS_MAX              128   /* keys of a program */
#define PTHREAD_STACK_MIN             16384 /* bytes of a stack */
#define PTHREAD_THREADS_MAX           65000 /* threads at once; hermit/tasks.h */
#define SEM_VALUE_MAX                 0x7fffffff
#define RTSIG_MAX                     31    /* SIGRTMIN to SIGRTMAX */
#define SIGQUEUE_MAX                  1024  /* signals that are queued */
#define TIMER_MAX                     256   /* timer_create */
#define DELAYTIMER_MAX                0x7fffffff

/* What POSIX wants at least, for programs that ask. */
#define _POSIX_ARG_MAX                      4096
#define _POSIX_CHILD_MAX                    25
#define _POSIX_HOST_NAME_MAX                255
#define _POSIX_LINK_MAX                     8
#define _POSIX_LOGIN_NAME_MAX               9
#define _POSIX_MAX_CANON                    255
#define _POSIX_MAX_INPUT                    255
#define _POSIX_NAME_MAX                     14
#define _POSIX_NGROUPS_MAX                  8
#define _POSIX_OPEN_MAX                     20
#define _POSIX_PATH_MAX                     256
#define _POSIX_PIPE_BUF                     512
#define _POSIX_SSIZE_MAX                    32767
#define _POSIX_SYMLINK_MAX                  255
#define _POSIX_SYMLOOP_MAX                  8
#define _POSIX_TTY_NAME_MAX                 9
#define _XOPEN_IOV_MAX                      16
#define _POSIX_THREAD_DESTRUCTOR_ITERATIONS 4
#define _POSIX_THREAD_KEYS_MAX              128
#define _POSIX_THREAD_THREADS_MAX           64
#define _POSIX_SEM_NSEMS_MAX                256
#define _POSIX_SEM_VALUE_MAX                32767
#define _POSIX_RTSIG_MAX                    8
#define _POSIX_SIGQUEUE_MAX                 32
#define _POSIX_TIMER_MAX                    32
#define _POSIX_DELAYTIMER_MAX               32

#define BC_BASE_MAX      99
#define BC_DIM_MAX       2048
#define BC_SCALE_MAX     99
#define BC_STRING_MAX    1000
#define COLL_WEIGHTS_MAX 2
#define EXPR_NEST_MAX    32
#define LINE_MAX         2048
#define RE_DUP_MAX       255

#endif
