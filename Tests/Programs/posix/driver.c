/*
 * The program around a batch of the Open POSIX Test Suite's cases, as
 * Conformance's TestDriver is for GCC's tests: TESTS(X) is X(N) for each, its
 * function testN is the case's former main, and its calls of the functions that
 * start with conformance_ had other names.
 *
 * On the host each case is a process of its own, with a time limit. On Hermit
 * they run in turn, and what a case changes in the process is set back behind
 * it. What can't be set back - threads that have not ended, timers - ends the
 * program behind the case's mark, and so does a case that ends its process
 * itself: those that are left are another start's.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#ifndef __hermit__
#include <sys/resource.h>
#endif

#define DECLARE(N) int test##N();
#define NUMBER(N) N,
#define CALL(N) case N: return test##N(1, words, words + 1);

TESTS(DECLARE)
static const int tests[] = { TESTS(NUMBER) };
static char *words[] = { "test", NULL };

static int call(int test)
{
	switch (test) {
	TESTS(CALL)
	default: return -1;
	}
}

static void mark(const char *format, int test, int status)
{
	char text[64];
	int length = snprintf(text, sizeof text, format, test, status);

	if (write(2, text, (size_t)length) != length)
		_exit(99);
}

static void markEnd(int test, int status)
{
	mark("\n@conformance end %d %d\n", test, status & 255);
}

#ifdef __hermit__
enum { NONE = -1 };

static pthread_t driver;
static jmp_buf place;
static int current = NONE;
static unsigned living;
static bool hasTimers;

static _Noreturn void finish(int status)
{
	markEnd(current, status);
	_exit(0);
}

/* The end of the program that the case has not asked for: its last thread's. */
static void ended(void)
{
	if (current != NONE)
		finish(0);
}

void conformance__exit(int status)
{
	finish(status);
}

void conformance_exit(int status)
{
	fflush(stdout);
	if (!pthread_equal(pthread_self(), driver))
		finish(status);
	longjmp(place, (status & 255) + 1);
}

struct beginning {
	void *(*start)(void *);
	void *argument;
};

static void countEnd(void *unused)
{
	(void)unused;
	__atomic_sub_fetch(&living, 1, __ATOMIC_SEQ_CST);
}

static void *begin(void *argument)
{
	struct beginning beginning = *(struct beginning *)argument;
	void *result;

	free(argument);
	pthread_cleanup_push(countEnd, NULL);
	result = beginning.start(beginning.argument);
	pthread_cleanup_pop(1);
	return result;
}

int conformance_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
			       void *(*start)(void *), void *argument)
{
	struct beginning *beginning = malloc(sizeof *beginning);
	int error;

	if (!beginning)
		return EAGAIN;
	*beginning = (struct beginning){start, argument};
	__atomic_add_fetch(&living, 1, __ATOMIC_SEQ_CST);
	error = pthread_create(thread, attributes, begin, beginning);
	if (error) {
		countEnd(NULL);
		free(beginning);
	}
	return error;
}

int conformance_timer_create(clockid_t clock, struct sigevent *event, timer_t *timer)
{
	hasTimers = true;
	return timer_create(clock, event, timer);
}

static int run(int test)
{
	struct sched_param usual = { 0 };
	stack_t noStack = { .ss_flags = SS_DISABLE };
	sigset_t empty;
	int result;

	current = test;
	result = setjmp(place);
	if (result == 0)
		conformance_exit(call(test));
	if (hasTimers || __atomic_load_n(&living, __ATOMIC_SEQ_CST) != 0)
		finish(result - 1);
	current = NONE;
	alarm(0);
	for (int number = 1; number < NSIG; number++) {
		/* What is pending is forgotten. */
		signal(number, SIG_IGN);
		signal(number, SIG_DFL);
	}
	sigemptyset(&empty);
	pthread_sigmask(SIG_SETMASK, &empty, NULL);
	sigaltstack(&noStack, NULL);
	pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
	pthread_setschedparam(driver, SCHED_OTHER, &usual);
	return result - 1;
}
#else
enum { SECONDS = 100, LOOKS = 50 };

void conformance__exit(int status)
{
	_exit(status);
}

void conformance_exit(int status)
{
	exit(status);
}

int conformance_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
			       void *(*start)(void *), void *argument)
{
	return pthread_create(thread, attributes, start, argument);
}

int conformance_timer_create(clockid_t clock, struct sigevent *event, timer_t *timer)
{
	return timer_create(clock, event, timer);
}

/* A group of its own, so that kill(0) and what it leaves behind are its own. */
static int run(int test)
{
	struct timespec pause = { 0, 1000000000 / LOOKS };
	int status = 0;
	pid_t child = fork();

	if (child == 0) {
		struct rlimit none = { 0, 0 };

		setsid();
		setrlimit(RLIMIT_CORE, &none);
		exit(call(test));
	}
	if (child < 0)
		return 99;
	for (int look = 0; look < SECONDS * LOOKS; look++) {
		if (waitpid(child, &status, WNOHANG) == child) {
			kill(-child, SIGKILL);
			return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
		}
		nanosleep(&pause, NULL);
	}
	kill(-child, SIGKILL);
	waitpid(child, &status, 0);
	return 124;
}
#endif

int main(int argc, char **argv)
{
	int first, last;

	if (argc != 3)
		return 98;
	first = atoi(argv[1]);
	last = atoi(argv[2]);
#ifdef __hermit__
	driver = pthread_self();
	atexit(ended);
#endif
	for (volatile unsigned number = 0; number < sizeof tests / sizeof *tests; number++) {
		int test = tests[number];

		if (test < first || test > last)
			continue;
		mark("\n@conformance begin %d\n", test, 0);
		markEnd(test, run(test));
	}
	mark("\n@conformance all %d\n", 0, 0);
	_exit(0);
}
