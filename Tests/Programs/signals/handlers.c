/* How handlers run, which signals meanwhile are blocked, and what they interrupt. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include "../threads/check.h"

static volatile int runs, depth, deepest;
static sigset_t seen;

static void on(int number, void (*handler)(int), int flags, sigset_t mask)
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = flags, .sa_mask = mask};

	IS(0, sigaction(number, &action, NULL));
}

static void look(int number)
{
	(void)number;
	runs++;
	pthread_sigmask(SIG_BLOCK, NULL, &seen);
}

static void again(int number)
{
	if (++depth > deepest)
		deepest = depth;
	if (runs++ < 3)
		raise(number);
	depth--;
}

static void flags(void)
{
	struct sigaction old;
	sigset_t usr2;

	sigemptyset(&usr2);
	sigaddset(&usr2, SIGUSR2);
	on(SIGUSR1, look, 0, usr2);
	raise(SIGUSR1);
	IS(1, runs);
	IS(1, sigismember(&seen, SIGUSR1));
	IS(1, sigismember(&seen, SIGUSR2));
	sigprocmask(SIG_BLOCK, NULL, &seen);
	IS(1, sigisemptyset(&seen));
	on(SIGUSR1, look, SA_NODEFER, 0);
	raise(SIGUSR1);
	IS(0, sigismember(&seen, SIGUSR1));

	runs = 0;
	on(SIGUSR1, again, 0, 0);
	raise(SIGUSR1);
	IS(4, runs);
	IS(1, deepest);
	runs = 0;
	on(SIGUSR1, again, SA_NODEFER, 0);
	raise(SIGUSR1);
	IS(4, runs);
	IS(4, deepest);

	on(SIGUSR1, look, SA_RESETHAND, 0);
	raise(SIGUSR1);
	IS(0, sigaction(SIGUSR1, NULL, &old));
	IS(1, old.sa_handler == SIG_DFL);
	/* What ISO C's signal sets stays (BSD's and Linux's way). */
	IS(1, signal(SIGUSR1, look) == SIG_DFL);
	IS(1, signal(SIGUSR1, look) == look);
	runs = 0;
	raise(SIGUSR1);
	raise(SIGUSR1);
	IS(2, runs);
}

static siginfo_t given;

static void inform(int number, siginfo_t *info, void *context)
{
	ucontext_t *where = context;

	(void)number;
	given = *info;
	/* What it blocks afterwards is the handler's to say. */
	sigaddset(&where->uc_sigmask, SIGUSR2);
}

static void information(void)
{
	struct sigaction action = {.sa_sigaction = inform, .sa_flags = SA_SIGINFO};
	sigset_t set;

	sigaction(SIGUSR1, &action, NULL);
	sigaction(SIGRTMIN + 3, &action, NULL);
	raise(SIGUSR1);
	IS(SIGUSR1, given.si_signo);
	IS(SI_TKILL, given.si_code);
	kill(getpid(), SIGUSR1);
	IS(SI_USER, given.si_code);
	IS(getpid(), given.si_pid);
	sigqueue(getpid(), SIGRTMIN + 3, (union sigval){.sival_ptr = &given});
	IS(SI_QUEUE, given.si_code);
	IS(1, given.si_value.sival_ptr == &given);
	sigprocmask(SIG_BLOCK, NULL, &set);
	IS(1, sigismember(&set, SIGUSR2));
	sigemptyset(&set);
	sigprocmask(SIG_SETMASK, &set, NULL);
}

/* A handler leaves by siglongjmp, with others pending at that moment. */
static sigjmp_buf place;
static volatile int left[2];

static void leave(int number)
{
	left[number == SIGUSR2]++;
	siglongjmp(place, 1);
}

static void jumps(void)
{
	sigset_t both, now;

	sigemptyset(&both);
	sigaddset(&both, SIGUSR1);
	sigaddset(&both, SIGUSR2);
	on(SIGUSR1, leave, 0, 0);
	on(SIGUSR2, leave, 0, 0);
	for (volatile int i = 0; i < 100; i++) {
		sigprocmask(SIG_BLOCK, &both, NULL);
		raise(SIGUSR1);
		raise(SIGUSR2);
		if (!sigsetjmp(place, 0))
			sigprocmask(SIG_UNBLOCK, &both, NULL);
		sigprocmask(SIG_UNBLOCK, &both, NULL);
	}
	/* Both were delivered; who leaves first leaves the other one's handler, too. */
	IS(100, left[0] + left[1]);
	sigpending(&both);
	IS(1, sigisemptyset(&both));
	if (!sigsetjmp(place, 1))
		raise(SIGUSR1);
	sigprocmask(SIG_BLOCK, NULL, &now);
	IS(1, sigisemptyset(&now));
}

/* Which waits a handler ends. */
static sem_t semaphore, begun;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static volatile bool isGranted, isDone;
static volatile int result, handled;

static void note(int number)
{
	(void)number;
	handled++;
}

enum { SEMAPHORE, TIMED_SEMAPHORE, SLEEP, LONG_SLEEP, PAUSE, SUSPEND, TIMED_WAIT, CONDITION, MUTEX, WAITS };

static void *await(void *argument)
{
	struct timespec far = {4000000000, 0}, span = {1000, 0}, rest = {0, 0};
	siginfo_t info;
	sigset_t none;

	sigemptyset(&none);
	sem_post(&begun);
	errno = 0;
	switch ((intptr_t)argument) {
	case SEMAPHORE:
		result = sem_wait(&semaphore) ? errno : 0;
		break;
	case TIMED_SEMAPHORE:
		result = sem_timedwait(&semaphore, &far) ? errno : 0;
		break;
	case SLEEP:
		result = nanosleep(&span, &rest) ? errno : 0;
		IS(1, rest.tv_sec > 500);
		break;
	case LONG_SLEEP:
		result = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &far, NULL);
		break;
	case PAUSE:
		result = pause() ? errno : 0;
		break;
	case SUSPEND:
		result = sigsuspend(&none) ? errno : 0;
		break;
	case TIMED_WAIT:
		sigaddset(&none, SIGUSR2);
		result = sigtimedwait(&none, &info, &span) < 0 ? errno : 0;
		break;
	case CONDITION:
		pthread_mutex_lock(&mutex);
		while (!isGranted && !result)
			result = pthread_cond_wait(&condition, &mutex);
		pthread_mutex_unlock(&mutex);
		break;
	case MUTEX:
		result = pthread_mutex_lock(&mutex);
		pthread_mutex_unlock(&mutex);
	}
	isDone = true;
	return NULL;
}

static void waits(int restart)
{
	for (intptr_t i = 0; i < WAITS; i++) {
		/* Those that SA_RESTART lets go on (POSIX, sigaction). */
		bool goesOn = i >= CONDITION || (restart && i <= TIMED_SEMAPHORE);
		pthread_t thread;

		on(SIGUSR1, note, restart, 0);
		sem_init(&semaphore, 0, 0);
		sem_init(&begun, 0, 0);
		isGranted = isDone = false;
		result = 0;
		handled = 0;
		if (i == MUTEX)
			pthread_mutex_lock(&mutex);
		pthread_create(&thread, NULL, await, (void *)i);
		while (sem_wait(&begun) != 0)
			;
		/* A handler that runs before the wait begins ends nothing. */
		for (int sent = 0; goesOn ? sent < 30 : !isDone; sent++) {
			IS(0, isDone && goesOn);
			pthread_kill(thread, SIGUSR1);
			nanosleep(&(struct timespec){0, 500000}, NULL);
		}
		if (i == MUTEX)
			pthread_mutex_unlock(&mutex);
		pthread_mutex_lock(&mutex);
		isGranted = true;
		pthread_cond_broadcast(&condition);
		pthread_mutex_unlock(&mutex);
		if (goesOn)
			sem_post(&semaphore);
		pthread_join(thread, NULL);
		IS(goesOn ? 0 : EINTR, result);
		IS(1, handled > 0);
	}
}

/* What has no handler ends no wait: a signal that is ignored, or that another thread waits for. */
static void *sleepOn(void *left)
{
	struct timespec span = {0, 60000000};

	*(int *)left = nanosleep(&span, NULL) ? errno : 0;
	isDone = true;
	return NULL;
}

static void unhandled(void)
{
	pthread_t thread;
	int error = -1;

	signal(SIGUSR1, SIG_IGN);
	isDone = false;
	pthread_create(&thread, NULL, sleepOn, &error);
	while (!isDone) {
		pthread_kill(thread, SIGUSR1);
		pthread_kill(thread, SIGWINCH);
		nanosleep(&(struct timespec){0, 1000000}, NULL);
	}
	pthread_join(thread, NULL);
	IS(0, error);
}

/* sem_post in a handler that interrupts the semaphore's own functions. */
static void post(int number)
{
	(void)number;
	handled++;
	sem_post(&semaphore);
}

static void *pass(void *unused)
{
	while (!isDone)
		if (sem_wait(&semaphore) == 0)
			sem_post(&semaphore);
	return unused;
}

static void posts(void)
{
	pthread_t threads[3];
	int value;

	on(SIGUSR1, post, 0, 0);
	sem_init(&semaphore, 0, 0);
	isDone = false;
	handled = 0;
	for (int i = 0; i < 3; i++)
		pthread_create(&threads[i], NULL, pass, NULL);
	for (int i = 0; i < 1000; i++) {
		pthread_kill(threads[i % 3], SIGUSR1);
		if (i % 8 == 0)
			sched_yield();
	}
	/* Each has let at least one through. */
	while (handled == 0)
		sched_yield();
	isDone = true;
	for (int i = 0; i < 3; i++)
		sem_post(&semaphore);
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	/* What was posted is there: handlers of one thread count without a lock, so at least so many. */
	IS(0, sem_getvalue(&semaphore, &value));
	IS(1, value >= 3);
}

int main(void)
{
	flags();
	information();
	jumps();
	waits(0);
	waits(SA_RESTART);
	unhandled();
	posts();
	return report();
}
