/*
 * Signals under load: each that is queued is taken once, by a thread that does
 * not block it, whatever threads do and wherever they begin and end.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "../threads/check.h"

enum { THREADS = 4, SIGNALS = 2000, SHORT = 150 };

static uint32_t taken[SIGNALS], wrong;
static volatile bool isOver;
static _Thread_local bool isBlocking;

static void take(int number, siginfo_t *info, void *context)
{
	void *block = malloc((size_t)number);

	(void)context;
	if (isBlocking || !block)
		__atomic_add_fetch(&wrong, 1, __ATOMIC_RELAXED);
	free(block);
	__atomic_add_fetch(&taken[info->si_value.sival_int], 1, __ATOMIC_RELAXED);
}

static void *work(void *argument)
{
	uint64_t state = (uintptr_t)argument + 1;
	double value = 0.5, first;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	sigaddset(&set, SIGRTMIN + 1);
	while (!isOver) {
		void *block = malloc(state % 500 + 1);

		first = value = 0.5;
		for (int i = 0; i < 200; i++) {
			state ^= state << 13;
			state ^= state >> 7;
			state ^= state << 17;
			value = value * 0.999 + 0.25;
		}
		for (int i = 0; i < 200; i++)
			first = first * 0.999 + 0.25;
		if (first != value)
			__atomic_add_fetch(&wrong, 1, __ATOMIC_RELAXED);
		free(block);
		switch (state % 4) {
		case 0:
			pthread_sigmask(SIG_BLOCK, &set, NULL);
			isBlocking = true;
			sched_yield();
			isBlocking = false;
			pthread_sigmask(SIG_UNBLOCK, &set, NULL);
			break;
		case 1:
			nanosleep(&(struct timespec){0, 50000}, NULL);
			break;
		case 2:
			sched_yield();
		}
	}
	return NULL;
}

/* Threads that begin and end meanwhile. */
static void *turnOver(void *unused)
{
	for (int i = 0; i < SHORT; i++) {
		pthread_t thread;

		IS(0, pthread_create(&thread, NULL, (void *(*)(void *))sched_yield, NULL));
		pthread_kill(thread, SIGURG);
		IS(0, pthread_join(thread, NULL));
	}
	return unused;
}

/* A thread that waits for a third number. */
static uint32_t awaited;

static void *await(void *unused)
{
	siginfo_t info;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN + 2);
	sigaddset(&set, SIGTERM);
	for (;;) {
		int number = sigwaitinfo(&set, &info);

		if (number == SIGTERM)
			return unused;
		if (number == SIGRTMIN + 2)
			awaited++;
	}
}

int main(void)
{
	struct sigaction action = {.sa_sigaction = take, .sa_flags = SA_SIGINFO | SA_RESTART};
	pthread_t threads[THREADS], other, waiter;
	sigset_t set;
	int lost = 0;

	sigaction(SIGRTMIN, &action, NULL);
	sigaction(SIGRTMIN + 1, &action, NULL);
	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN + 2);
	sigaddset(&set, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	for (intptr_t i = 0; i < THREADS; i++)
		IS(0, pthread_create(&threads[i], NULL, work, (void *)i));
	IS(0, pthread_create(&waiter, NULL, await, NULL));
	IS(0, pthread_create(&other, NULL, turnOver, NULL));
	/* The sender takes none. */
	sigaddset(&set, SIGRTMIN);
	sigaddset(&set, SIGRTMIN + 1);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	for (int i = 0; i < SIGNALS; i++) {
		union sigval value = {.sival_int = i};
		int number = SIGRTMIN + i % 2;

		while ((i % 3 ? sigqueue(getpid(), number, value)
			      : pthread_sigqueue(threads[i % THREADS], number, value)) != 0)
			sched_yield();
		if (i % 4 == 0)
			while (sigqueue(getpid(), SIGRTMIN + 2, value) != 0)
				sched_yield();
		if (i % 16 == 0)
			sched_yield();
	}
	for (int i = 0; i < SIGNALS; i++)
		while (__atomic_load_n(&taken[i], __ATOMIC_RELAXED) == 0)
			sched_yield();
	isOver = true;
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	pthread_join(other, NULL);
	/* Of a number that is less than real-time's it goes first, so all others must have been taken. */
	do
		sigpending(&set);
	while (sigismember(&set, SIGRTMIN + 2) && sched_yield() == 0);
	kill(getpid(), SIGTERM);
	pthread_join(waiter, NULL);
	for (int i = 0; i < SIGNALS; i++)
		lost += taken[i] != 1;
	IS(0, lost);
	IS(0, wrong);
	IS((SIGNALS + 3) / 4, awaited);
	return report();
}
