/*
 * Signals: a handler that interrupts a computation, threads that wait for
 * signals, faults that a program survives, a stack that is used up.
 */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static void fail(const char *what)
{
	printf("failed: %s\n", what);
	exit(1);
}

static void on(int number, void (*handler)(int, siginfo_t *, void *), int flags)
{
	struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | flags};

	if (sigaction(number, &action, NULL) != 0)
		fail("sigaction");
}

/* A thread computes until a signal tells it to stop. */
static volatile sig_atomic_t isStopped;
static sem_t ready;

static void stop(int number, siginfo_t *info, void *context)
{
	(void)number;
	(void)info;
	(void)context;
	isStopped = 1;
}

static void *compute(void *unused)
{
	sem_post(&ready);
	for (unsigned long i = 0; !isStopped; i++)
		;
	return unused;
}

static void interruptAComputation(void)
{
	pthread_t thread;

	on(SIGUSR1, stop, 0);
	sem_init(&ready, 0, 0);
	pthread_create(&thread, NULL, compute, NULL);
	sem_wait(&ready);
	pthread_kill(thread, SIGUSR1);
	pthread_join(thread, NULL);
	printf("a computation was stopped\n");
}

/* A thread takes what all others block, as servers do. */
static void *take(void *argument)
{
	const sigset_t *set = argument;
	siginfo_t info;
	long sum = 0;

	for (;;) {
		int number = sigwaitinfo(set, &info);

		if (number == SIGTERM)
			return (void *)sum;
		sum += info.si_value.sival_int;
	}
}

static void waitForSignals(void)
{
	pthread_t thread;
	void *sum;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	sigaddset(&set, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	for (int i = 1; i <= 10; i++)
		sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = i});
	pthread_create(&thread, NULL, take, &set);
	for (int i = 11; i <= 100; i++)
		sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = i});
	/* The real-time ones may not be taken yet: of all, the lowest number goes first. */
	sigset_t pending;
	do {
		sigpending(&pending);
		sched_yield();
	} while (sigismember(&pending, SIGRTMIN));
	kill(getpid(), SIGTERM);
	pthread_join(thread, &sum);
	printf("100 values were queued, their sum is %ld\n", (long)sum);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

/* Blocked signals come when they are let in; nanosleep tells what was left. */
static volatile sig_atomic_t count;

static void counting(int number, siginfo_t *info, void *context)
{
	(void)number;
	(void)info;
	(void)context;
	count++;
}

static void block(void)
{
	sigset_t set, empty;

	on(SIGUSR2, counting, 0);
	sigemptyset(&empty);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, NULL);
	raise(SIGUSR2);
	raise(SIGUSR2);
	printf("blocked: %d", (int)count);
	sigsuspend(&empty);
	printf(", let in: %d\n", (int)count);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static void *send(void *argument)
{
	/* Until it certainly sleeps. */
	while (!isStopped) {
		pthread_kill(*(pthread_t *)argument, SIGUSR2);
		nanosleep(&(struct timespec){0, 1000000}, NULL);
	}
	return NULL;
}

static void interruptASleep(void)
{
	struct timespec left = {0, 0};
	pthread_t self = pthread_self(), thread;
	int result, error;

	isStopped = 0;
	pthread_create(&thread, NULL, send, &self);
	result = nanosleep(&(struct timespec){1000, 0}, &left);
	error = errno;
	isStopped = 1;
	pthread_join(thread, NULL);
	printf("a sleep ended early: %s, time was left: %s\n",
	       result == -1 && error == EINTR ? "yes" : "no", left.tv_sec > 900 ? "yes" : "no");
}

/* Faults, and the way out of them. */
static sigjmp_buf way;
static void *volatile faultAddress;

static void leave(int number, siginfo_t *info, void *context)
{
	(void)context;
	faultAddress = info->si_addr;
	siglongjmp(way, number);
}

static volatile int nothing;

static int recurse(volatile int *from)
{
	volatile int room[1000];

	room[0] = *from + 1;
	return recurse(room) + room[0];
}

static void surviveFaults(void)
{
	static char stack[SIGSTKSZ];
	stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};
	sigset_t mask;
	int number;

	on(SIGSEGV, leave, SA_ONSTACK);
	on(SIGFPE, leave, 0);
	on(SIGILL, leave, 0);
	sigaltstack(&alternate, NULL);
	number = sigsetjmp(way, 1);
	if (!number)
		*(volatile int *)16 = 1;
	printf("SIGSEGV %d, address %p\n", number == SIGSEGV, faultAddress);
	number = sigsetjmp(way, 1);
	if (!number)
		printf("%d\n", 7 / nothing);
	printf("SIGFPE %d\n", number == SIGFPE);
	number = sigsetjmp(way, 1);
	if (!number)
		__asm__ volatile("ud2");
	printf("SIGILL %d\n", number == SIGILL);
	number = sigsetjmp(way, 1);
	if (!number) {
		volatile int start = 0;

		recurse(&start);
	}
	sigprocmask(SIG_SETMASK, NULL, &mask);
	printf("the stack was used up: %d; blocked afterwards: %d\n", number == SIGSEGV,
	       sigismember(&mask, SIGSEGV));
}

int main(void)
{
	interruptAComputation();
	waitForSignals();
	block();
	interruptASleep();
	surviveFaults();
	fflush(stdout);
	/* Its default action ends the program. */
	signal(SIGTERM, SIG_DFL);
	raise(SIGCHLD);
	return raise(SIGURG);
}
