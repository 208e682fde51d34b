/*
 * Signals of POSIX.1-2017. Numbers, flags and codes are Linux's, which the
 * statuses of programs and hermit.h's signals have, too: 1 to 31, and the
 * real-time ones to 64. 32 and 33 are none: the C library needs one of them.
 */
#ifndef _SYS_SIGNAL_H
#define _SYS_SIGNAL_H

#include <sys/cdefs.h>
#include <sys/features.h>
#include <sys/types.h>
#include <sys/_sigset.h>
#include <sys/_timespec.h>

#if !defined(_SIGSET_T_DECLARED)
#define _SIGSET_T_DECLARED
/* Bit N - 1 stands for signal N. */
typedef __sigset_t sigset_t;
#endif

typedef int sig_atomic_t;
typedef void (*_sig_func_ptr)(int);
#if __BSD_VISIBLE
typedef _sig_func_ptr sig_t;
#endif
#if __GNU_VISIBLE
typedef _sig_func_ptr sighandler_t;
#endif

#define SIG_DFL ((_sig_func_ptr)0)
#define SIG_IGN ((_sig_func_ptr)1)
#define SIG_ERR ((_sig_func_ptr)-1)
#if __XSI_VISIBLE || __GNU_VISIBLE
#define SIG_HOLD ((_sig_func_ptr)2)
#endif

#define SIGHUP    1
#define SIGINT    2
#define SIGQUIT   3
#define SIGILL    4
#define SIGTRAP   5
#define SIGABRT   6
#define SIGIOT    SIGABRT
#define SIGBUS    7
#define SIGFPE    8
#define SIGKILL   9
#define SIGUSR1   10
#define SIGSEGV   11
#define SIGUSR2   12
#define SIGPIPE   13
#define SIGALRM   14
#define SIGTERM   15
#define SIGSTKFLT 16
#define SIGCHLD   17
#define SIGCLD    SIGCHLD
#define SIGCONT   18
#define SIGSTOP   19
#define SIGTSTP   20
#define SIGTTIN   21
#define SIGTTOU   22
#define SIGURG    23
#define SIGXCPU   24
#define SIGXFSZ   25
#define SIGVTALRM 26
#define SIGPROF   27
#define SIGWINCH  28
#define SIGIO     29
#define SIGPOLL   SIGIO
#define SIGPWR    30
#define SIGSYS    31

/* These are queued, and carry a value. */
#define SIGRTMIN  34
#define SIGRTMAX  64
#define NSIG      65
#define _NSIG     NSIG

union sigval {
	int sival_int;
	void *sival_ptr;
};

typedef struct {
	int si_signo;
	int si_code;
	int si_errno;
	int si_status;
	pid_t si_pid;
	uid_t si_uid;
	void *si_addr;
	long si_band;
	union sigval si_value;
	/* SI_TIMER: which timer, and how often more it has fired. */
	int si_timerid;
	int si_overrun;
} siginfo_t;
#define si_int si_value.sival_int
#define si_ptr si_value.sival_ptr

/* si_code: who has sent it, */
#define SI_USER    0
#define SI_KERNEL  128
#define SI_QUEUE   (-1)
#define SI_TIMER   (-2)
#define SI_MESGQ   (-3)
#define SI_ASYNCIO (-4)
#define SI_TKILL   (-6)

/* or what an exception of the processor was. */
#define ILL_ILLOPC  1
#define ILL_ILLOPN  2
#define ILL_ILLADR  3
#define ILL_ILLTRP  4
#define ILL_PRVOPC  5
#define ILL_PRVREG  6
#define ILL_COPROC  7
#define ILL_BADSTK  8
#define FPE_INTDIV  1
#define FPE_INTOVF  2
#define FPE_FLTDIV  3
#define FPE_FLTOVF  4
#define FPE_FLTUND  5
#define FPE_FLTRES  6
#define FPE_FLTINV  7
#define FPE_FLTSUB  8
#define SEGV_MAPERR 1
#define SEGV_ACCERR 2
#define BUS_ADRALN  1
#define BUS_ADRERR  2
#define BUS_OBJERR  3
#define TRAP_BRKPT  1
#define TRAP_TRACE  2
#define CLD_EXITED    1
#define CLD_KILLED    2
#define CLD_DUMPED    3
#define CLD_TRAPPED   4
#define CLD_STOPPED   5
#define CLD_CONTINUED 6
#define POLL_IN  1
#define POLL_OUT 2
#define POLL_MSG 3
#define POLL_ERR 4
#define POLL_PRI 5
#define POLL_HUP 6

struct sigaction {
	union {
		_sig_func_ptr __handler;
		void (*__action)(int, siginfo_t *, void *);
	} __signal;
	sigset_t sa_mask;
	int sa_flags;
};
#define sa_handler   __signal.__handler
#define sa_sigaction __signal.__action

#define SA_NOCLDSTOP 0x00000001 /* there are no children */
#define SA_NOCLDWAIT 0x00000002
#define SA_SIGINFO   0x00000004
#define SA_ONSTACK   0x08000000
#define SA_RESTART   0x10000000
#define SA_NODEFER   0x40000000
#define SA_RESETHAND ((int)0x80000000)
#define SA_NOMASK    SA_NODEFER
#define SA_ONESHOT   SA_RESETHAND

#define SIG_BLOCK   0
#define SIG_UNBLOCK 1
#define SIG_SETMASK 2

typedef struct sigaltstack {
	void *ss_sp;
	int ss_flags;
	size_t ss_size;
} stack_t;

#define SS_ONSTACK 1
#define SS_DISABLE 2
/* All registers of a fault lie there, too. */
#define MINSIGSTKSZ 8192
#define SIGSTKSZ    32768

#define SIGEV_SIGNAL 0
#define SIGEV_NONE   1
#define SIGEV_THREAD 2

struct sigevent {
	union sigval sigev_value;
	int sigev_signo;
	int sigev_notify;
	void (*sigev_notify_function)(union sigval);
	pthread_attr_t *sigev_notify_attributes;
};

__BEGIN_DECLS

_sig_func_ptr signal(int, _sig_func_ptr);
int raise(int);

#if __POSIX_VISIBLE
int kill(pid_t, int);
int sigaction(int, const struct sigaction *__restrict, struct sigaction *__restrict);
int sigemptyset(sigset_t *);
int sigfillset(sigset_t *);
int sigaddset(sigset_t *, int);
int sigdelset(sigset_t *, int);
int sigismember(const sigset_t *, int);
int sigprocmask(int, const sigset_t *__restrict, sigset_t *__restrict);
int sigpending(sigset_t *);
int sigsuspend(const sigset_t *);
int sigwait(const sigset_t *__restrict, int *__restrict);
#endif

#if __POSIX_VISIBLE >= 199309
int sigqueue(pid_t, int, union sigval);
int sigwaitinfo(const sigset_t *__restrict, siginfo_t *__restrict);
int sigtimedwait(const sigset_t *__restrict, siginfo_t *__restrict,
		 const struct timespec *__restrict);
#endif

#if __POSIX_VISIBLE >= 199506
int pthread_sigmask(int, const sigset_t *__restrict, sigset_t *__restrict);
int pthread_kill(pthread_t, int);
#endif

#if __BSD_VISIBLE || __XSI_VISIBLE >= 4 || __POSIX_VISIBLE >= 200809
int killpg(pid_t, int);
int siginterrupt(int, int);
int sigaltstack(const stack_t *__restrict, stack_t *__restrict);
void psignal(int, const char *);
void psiginfo(const siginfo_t *, const char *);
#endif

#if __XSI_VISIBLE || __BSD_VISIBLE
_sig_func_ptr sigset(int, _sig_func_ptr);
int sighold(int);
int sigrelse(int);
int sigignore(int);
/* System V's, which takes a signal out of the mask. */
int sigpause(int);
#endif

#if __GNU_VISIBLE
int pthread_sigqueue(pthread_t, int, union sigval);
int sigisemptyset(const sigset_t *);
int sigorset(sigset_t *, const sigset_t *, const sigset_t *);
int sigandset(sigset_t *, const sigset_t *, const sigset_t *);
#endif

__END_DECLS

#endif
