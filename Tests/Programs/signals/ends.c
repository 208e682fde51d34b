/* What ends the program, by its first argument; and a number. */
#define _GNU_SOURCE
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void nothing(int number) { (void)number; }

static void *send(void *number)
{
	kill(getpid(), *(int *)number);
	return NULL;
}

static void faultAgain(int number)
{
	(void)number;
	*(volatile int *)8 = 1;
}

static int recurse(volatile int *from)
{
	volatile int room[500];

	room[0] = *from + 1;
	return recurse(room) + room[0];
}

int main(int argc, char **argv)
{
	int number = argc > 2 ? atoi(argv[2]) : 0;
	const char *how = argc > 1 ? argv[1] : "";
	volatile int start = 0;
	pthread_t thread;
	sigset_t set;

	sigfillset(&set);
	if (!strcmp(how, "raise")) {
		raise(number);
	} else if (!strcmp(how, "thread")) {
		pthread_create(&thread, NULL, send, &number);
		pthread_join(thread, NULL);
	} else if (!strcmp(how, "blocked")) {
		sigprocmask(SIG_BLOCK, &set, NULL);
		raise(number);
		sigemptyset(&set);
		sigprocmask(SIG_SETMASK, &set, NULL);
	} else if (!strcmp(how, "pipe")) {
		int fds[2];

		pipe(fds);
		close(fds[0]);
		write(fds[1], "x", 1);
	} else if (!strcmp(how, "abort")) {
		signal(SIGABRT, nothing);
		sigprocmask(SIG_BLOCK, &set, NULL);
		abort();
	} else if (!strcmp(how, "ignored abort")) {
		signal(SIGABRT, SIG_IGN);
		abort();
	} else if (!strcmp(how, "fault")) {
		signal(SIGSEGV, nothing);
		sigprocmask(SIG_BLOCK, &set, NULL);
		*(volatile int *)8 = 1;
	} else if (!strcmp(how, "ignored fault")) {
		signal(SIGSEGV, SIG_IGN);
		*(volatile int *)8 = 1;
	} else if (!strcmp(how, "fault in a handler")) {
		signal(SIGSEGV, faultAgain);
		*(volatile int *)8 = 1;
	} else if (!strcmp(how, "stack")) {
		signal(SIGSEGV, nothing);
		recurse(&start);
	} else if (!strcmp(how, "breakpoint")) {
		signal(SIGTRAP, nothing);
		signal(SIGTRAP, SIG_DFL);
		__asm__ volatile("int3");
	}
	return 77;
}
