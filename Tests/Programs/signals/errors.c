/* What the functions of signals and timers refuse, and how (POSIX.1-2017). */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>
#include <unistd.h>

#include "../threads/check.h"

static void nothing(int number) { (void)number; }

static void *end(void *unused) { return unused; }

static void numbers(void)
{
	static const int bad[] = {0, -1, 32, 33, 65, 1000, -2147483647};
	struct sigaction action = {.sa_handler = nothing}, old;
	sigset_t set;

	sigemptyset(&set);
	for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
		SETS(EINVAL, sigaction(bad[i], &action, NULL));
		SETS(EINVAL, sigaction(bad[i], NULL, &old));
		SETS(EINVAL, sigaddset(&set, bad[i]));
		SETS(EINVAL, sigdelset(&set, bad[i]));
		SETS(EINVAL, sigismember(&set, bad[i]));
		SETS(EINVAL, raise(bad[i]));
		SETS(EINVAL, sighold(bad[i]));
		SETS(EINVAL, sigrelse(bad[i]));
		SETS(EINVAL, sigignore(bad[i]));
		SETS(EINVAL, sigpause(bad[i]));
		SETS(EINVAL, siginterrupt(bad[i], 1));
		IS(1, (signal(bad[i], nothing) == SIG_ERR && errno == EINVAL) != 0);
		IS(1, (sigset(bad[i], nothing) == SIG_ERR && errno == EINVAL) != 0);
		if (bad[i]) {
			SETS(EINVAL, kill(getpid(), bad[i]));
			IS(EINVAL, pthread_kill(pthread_self(), bad[i]));
			SETS(EINVAL, sigqueue(getpid(), bad[i], (union sigval){0}));
		}
	}
	SETS(EINVAL, sigaction(SIGKILL, &action, NULL));
	SETS(EINVAL, sigaction(SIGSTOP, &action, NULL));
	IS(0, sigaction(SIGKILL, NULL, &old));
	IS(1, (old.sa_handler == SIG_DFL) != 0);
	IS(1, (signal(SIGUSR1, SIG_ERR) == SIG_ERR && errno == EINVAL) != 0);
	IS(0, sigfillset(&set));
	IS(1, sigismember(&set, SIGKILL));
	IS(1, sigismember(&set, SIGRTMAX));
	/* What can't be blocked is not. */
	IS(0, sigprocmask(SIG_SETMASK, &set, NULL));
	IS(0, sigprocmask(SIG_BLOCK, NULL, &set));
	IS(0, sigismember(&set, SIGKILL));
	IS(0, sigismember(&set, SIGSTOP));
	IS(1, sigismember(&set, SIGTERM));
	SETS(EINVAL, sigprocmask(77, &set, NULL));
	IS(EINVAL, pthread_sigmask(-1, &set, NULL));
	IS(0, pthread_sigmask(-1, NULL, &set));
	sigemptyset(&set);
	IS(0, sigprocmask(SIG_SETMASK, &set, NULL));
}

static void receivers(void)
{
	pthread_t thread;

	IS(0, kill(getpid(), 0));
	IS(0, kill(0, 0));
	IS(0, kill(-1, 0));
	SETS(ESRCH, kill(77, 0));
	SETS(ESRCH, kill(77, SIGTERM));
	SETS(ESRCH, kill(-77, SIGTERM));
	SETS(ESRCH, killpg(77, SIGTERM));
	SETS(EINVAL, killpg(-5, SIGTERM));
	IS(0, killpg(0, 0));
	IS(0, killpg(getpid(), SIGURG));
	SETS(ESRCH, sigqueue(77, SIGTERM, (union sigval){0}));
	IS(0, sigqueue(getpid(), 0, (union sigval){0}));
	/* Nobody could let the program go on. */
	SETS(EINVAL, raise(SIGSTOP));
	SETS(EINVAL, kill(getpid(), SIGTSTP));
	IS(0, pthread_create(&thread, NULL, end, NULL));
	IS(0, pthread_join(thread, NULL));
	IS(ESRCH, pthread_kill(thread, 0));
	IS(ESRCH, pthread_kill(thread, SIGTERM));
	IS(ESRCH, pthread_kill(0, 0));
	IS(ESRCH, pthread_kill(~0ul, SIGTERM));
	IS(0, pthread_kill(pthread_self(), 0));
}

static void queues(void)
{
	struct timespec none = {0, 0}, bad = {0, 1000000000}, negative = {-1, 0};
	siginfo_t info;
	sigset_t set, pending;
	int count = 0, sum = 0;

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	sigaddset(&set, SIGRTMAX);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	SETS(EAGAIN, sigtimedwait(&set, &info, &none));
	SETS(EINVAL, sigtimedwait(&set, &info, &bad));
	SETS(EINVAL, sigtimedwait(&set, &info, &negative));
	IS(0, kill(getpid(), SIGUSR1));
	IS(0, sigqueue(getpid(), SIGUSR1, (union sigval){.sival_int = 5}));
	IS(0, sigpending(&pending));
	IS(1, sigismember(&pending, SIGUSR1));
	IS(0, sigismember(&pending, SIGRTMIN));
	/* The lowest number first; of equals the first. */
	IS(0, sigqueue(getpid(), SIGRTMAX, (union sigval){.sival_int = 1}));
	while (sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = count}) == 0)
		count++;
	IS(EAGAIN, errno);
	IS(sysconf(_SC_SIGQUEUE_MAX), count + 2);
	IS(SIGUSR1, sigwaitinfo(&set, &info));
	IS(1, (info.si_code == SI_USER && info.si_pid == getpid()) != 0);
	for (int i = 0; i < count; i++) {
		sum += sigtimedwait(&set, &info, &none) == SIGRTMIN && info.si_code == SI_QUEUE &&
		       info.si_value.sival_int == i;
	}
	IS(count, sum);
	IS(SIGRTMAX, sigtimedwait(&set, NULL, NULL));
	SETS(EAGAIN, sigtimedwait(&set, &info, &none));
	/* What is ignored from now on is forgotten. */
	IS(0, raise(SIGUSR1));
	signal(SIGUSR1, SIG_IGN);
	IS(0, sigpending(&pending));
	IS(0, sigismember(&pending, SIGUSR1));
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static char stack[SIGSTKSZ];
static int isOn, refused;

static void onStack(int number)
{
	stack_t old, none = {.ss_flags = SS_DISABLE};

	(void)number;
	sigaltstack(NULL, &old);
	isOn = old.ss_flags == SS_ONSTACK && (char *)&old > stack && (char *)&old < stack + sizeof stack;
	refused = sigaltstack(&none, NULL) == -1 && errno == EPERM;
}

static void stacks(void)
{
	stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack}, old;
	struct sigaction action = {.sa_handler = onStack, .sa_flags = SA_ONSTACK};

	IS(0, sigaltstack(NULL, &old));
	IS(SS_DISABLE, old.ss_flags);
	alternate.ss_size = MINSIGSTKSZ - 1;
	SETS(ENOMEM, sigaltstack(&alternate, NULL));
	alternate.ss_size = sizeof stack;
	alternate.ss_flags = 0x70;
	SETS(EINVAL, sigaltstack(&alternate, NULL));
	alternate.ss_flags = 0;
	IS(0, sigaltstack(&alternate, &old));
	IS(0, sigaltstack(NULL, &old));
	IS(1, (old.ss_sp == stack && old.ss_size == sizeof stack && old.ss_flags == 0) != 0);
	sigaction(SIGUSR2, &action, NULL);
	raise(SIGUSR2);
	IS(1, (isOn && refused) != 0);
	alternate.ss_flags = SS_DISABLE;
	IS(0, sigaltstack(&alternate, NULL));
	isOn = 0;
	raise(SIGUSR2);
	IS(1, (!isOn) != 0);
}

static void timers(void)
{
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
	struct itimerspec value = {{0, 0}, {0, 0}}, old;
	struct itimerval interval = {{0, 0}, {0, 0}};
	timer_t timer, many[TIMER_MAX + 1];
	int count = 0;

	SETS(EINVAL, timer_create(77, &event, &timer));
	SETS(EINVAL, timer_create(0x80007777ul, &event, &timer));
	IS(0, timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &timer));
	IS(0, timer_delete(timer));
	event.sigev_signo = 65;
	SETS(EINVAL, timer_create(CLOCK_REALTIME, &event, &timer));
	event.sigev_signo = SIGUSR1;
	event.sigev_notify = 9;
	SETS(EINVAL, timer_create(CLOCK_REALTIME, &event, &timer));
	event.sigev_notify = SIGEV_THREAD;
	event.sigev_notify_function = NULL;
	SETS(EINVAL, timer_create(CLOCK_REALTIME, &event, &timer));
	event.sigev_notify = SIGEV_SIGNAL;
	SETS(EINVAL, timer_create(CLOCK_REALTIME, &event, NULL));
	for (timer = 0; timer < 3; timer++) {
		SETS(EINVAL, timer_delete(timer));
		SETS(EINVAL, timer_gettime(timer, &old));
		SETS(EINVAL, timer_getoverrun(timer));
		SETS(EINVAL, timer_settime(timer, 0, &value, NULL));
	}
	while (count <= TIMER_MAX && timer_create(CLOCK_MONOTONIC, NULL, &many[count]) == 0)
		count++;
	IS(EAGAIN, errno);
	IS(sysconf(_SC_TIMER_MAX), count);
	SETS(EINVAL, timer_settime(many[0], 0, NULL, NULL));
	SETS(EINVAL, timer_settime(many[0], 0x100, &value, NULL));
	value.it_value.tv_nsec = 1000000000;
	SETS(EINVAL, timer_settime(many[0], 0, &value, NULL));
	value.it_value.tv_nsec = -1;
	SETS(EINVAL, timer_settime(many[0], 0, &value, NULL));
	value.it_value = (struct timespec){-1, 0};
	SETS(EINVAL, timer_settime(many[0], 0, &value, NULL));
	/* Beyond all clocks, which is never; and what is left of it. */
	value.it_value = (struct timespec){0x7fffffffffffffff, 999999999};
	IS(0, timer_settime(many[0], 0, &value, NULL));
	IS(0, timer_settime(many[0], TIMER_ABSTIME, &value, &old));
	IS(1, (old.it_value.tv_sec > 1000000000 && old.it_interval.tv_sec == 0) != 0);
	value.it_value = (struct timespec){0, 0};
	IS(0, timer_settime(many[0], 0, &value, NULL));
	IS(0, timer_gettime(many[0], &old));
	IS(1, (old.it_value.tv_sec == 0 && old.it_value.tv_nsec == 0) != 0);
	while (count > 0)
		IS(0, timer_delete(many[--count]));
	SETS(EINVAL, timer_delete(many[0]));

	SETS(EINVAL, setitimer(3, &interval, NULL));
	SETS(EINVAL, getitimer(-1, &interval));
	interval.it_value.tv_usec = 1000000;
	SETS(EINVAL, setitimer(ITIMER_REAL, &interval, NULL));
	interval.it_value.tv_usec = 0;
	interval.it_interval.tv_sec = -1;
	SETS(EINVAL, setitimer(ITIMER_PROF, &interval, NULL));
	IS(0, getitimer(ITIMER_VIRTUAL, &interval));
	IS(1, (interval.it_value.tv_sec == 0 && interval.it_value.tv_usec == 0) != 0);
}

static void resources(void)
{
	struct rusage usage;
	struct rlimit limit;
	struct tms times_;
	clock_t since = times(&times_);

	IS(0, getrusage(RUSAGE_SELF, &usage));
	IS(1, (usage.ru_utime.tv_sec * 1000000 + usage.ru_utime.tv_usec > 0) != 0);
	IS(1, (since != (clock_t)-1 && times_.tms_utime > 0 && times_.tms_cutime == 0) != 0);
	IS(0, getrusage(RUSAGE_CHILDREN, &usage));
	IS(0, usage.ru_utime.tv_usec);
	IS(0, getrusage(RUSAGE_THREAD, &usage));
	SETS(EINVAL, getrusage(5, &usage));
	IS(0, getrlimit(RLIMIT_STACK, &limit));
	IS(1, (limit.rlim_cur >= 0x10000 && limit.rlim_cur <= 1 << 28) != 0);
	IS(0, setrlimit(RLIMIT_STACK, &limit));
	limit.rlim_cur /= 2;
	SETS(EPERM, setrlimit(RLIMIT_STACK, &limit));
	limit.rlim_cur = limit.rlim_max + 1;
	SETS(EINVAL, setrlimit(RLIMIT_STACK, &limit));
	IS(0, getrlimit(RLIMIT_NOFILE, &limit));
	IS(sysconf(_SC_OPEN_MAX), (long)limit.rlim_cur);
	SETS(EINVAL, getrlimit(99, &limit));
}

int main(void)
{
	numbers();
	receivers();
	queues();
	stacks();
	timers();
	resources();
	return report();
}
