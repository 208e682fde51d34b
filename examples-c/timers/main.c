/* Timers: alarms, signals with a value, functions in threads of their own. */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t alarms;

static void count(int number)
{
	(void)number;
	alarms++;
}

static struct timespec now(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return time;
}

static long milliseconds(struct timespec from, struct timespec to)
{
	return (to.tv_sec - from.tv_sec) * 1000 + (to.tv_nsec - from.tv_nsec) / 1000000;
}

static void intervals(void)
{
	struct itimerval value = {{0, 2000}, {0, 2000}}, left, none = {{0, 0}, {0, 0}};
	struct timespec start = now(CLOCK_MONOTONIC);

	signal(SIGALRM, count);
	setitimer(ITIMER_REAL, &value, NULL);
	/* It interrupts what computes, and what waits. */
	while (alarms < 5)
		;
	while (alarms < 10)
		pause();
	setitimer(ITIMER_REAL, &none, &left);
	printf("10 alarms, no earlier than they should: %d, period %d us\n",
	       milliseconds(start, now(CLOCK_MONOTONIC)) >= 20, (int)left.it_interval.tv_usec);
	alarms = 0;
	unsigned before = alarm(1000), seconds = alarm(0);
	printf("alarm: %u, then what is left: %d\n", before, seconds > 900 && seconds <= 1000);

	/* By the processor's time. */
	signal(SIGPROF, count);
	value.it_interval = (struct timeval){0, 0};
	setitimer(ITIMER_PROF, &value, NULL);
	while (!alarms)
		;
	printf("after so much computing: %d\n", (int)alarms);
}

static void signals(clockid_t clock, int flags)
{
	struct sigevent event = {
		.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 1, .sigev_value.sival_int = 42,
	};
	struct itimerspec value = {{0, 0}, {0, 3000000}};
	struct timespec start = now(clock);
	siginfo_t info;
	timer_t timer;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN + 1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	timer_create(clock, &event, &timer);
	if (flags & TIMER_ABSTIME) {
		value.it_value.tv_sec = start.tv_sec + (start.tv_nsec + 3000000) / 1000000000;
		value.it_value.tv_nsec = (start.tv_nsec + 3000000) % 1000000000;
	}
	timer_settime(timer, flags, &value, NULL);
	sigwaitinfo(&set, &info);
	printf("%s, %s: value %d, from a timer %d, not early %d, overruns %d\n",
	       clock == CLOCK_REALTIME ? "time of day" : "monotonic",
	       flags & TIMER_ABSTIME ? "a point" : "a span", info.si_value.sival_int,
	       info.si_code == SI_TIMER, milliseconds(start, now(clock)) >= 3,
	       timer_getoverrun(timer));

	/* What fires while its signal is pending is counted. */
	value = (struct itimerspec){{0, 1000000}, {0, 1000000}};
	start = now(CLOCK_MONOTONIC);
	timer_settime(timer, 0, &value, NULL);
	for (int times = 0; times < 20; times += 1 + timer_getoverrun(timer)) {
		struct timespec last = now(CLOCK_MONOTONIC);

		while (milliseconds(last, now(CLOCK_MONOTONIC)) < 4)
			;
		sigwaitinfo(&set, &info);
	}
	printf("20 times or more, no earlier than they should: %d\n",
	       milliseconds(start, now(CLOCK_MONOTONIC)) >= 20);
	timer_delete(timer);
	printf("deleted: %d\n", timer_gettime(timer, &value) == -1 && errno == EINVAL);
}

static sem_t called;
static pthread_t caller;

static void notify(union sigval value)
{
	caller = pthread_self();
	sem_post(value.sival_ptr);
}

static void threads(void)
{
	struct sigevent event = {
		.sigev_notify = SIGEV_THREAD, .sigev_notify_function = notify,
		.sigev_value.sival_ptr = &called,
	};
	struct itimerspec value = {{0, 2000000}, {0, 1000000}};
	timer_t timer;

	sem_init(&called, 0, 0);
	timer_create(CLOCK_MONOTONIC, &event, &timer);
	timer_settime(timer, 0, &value, NULL);
	for (int i = 0; i < 5; i++)
		while (sem_wait(&called) != 0)
			;
	timer_delete(timer);
	printf("5 calls, in other threads: %d\n", !pthread_equal(caller, pthread_self()));

	event.sigev_notify = SIGEV_NONE;
	timer_create(CLOCK_MONOTONIC, &event, &timer);
	value = (struct itimerspec){{0, 0}, {100, 0}};
	timer_settime(timer, 0, &value, NULL);
	timer_gettime(timer, &value);
	printf("nobody is told, but there is time left: %d\n",
	       value.it_value.tv_sec > 90 && value.it_value.tv_sec <= 100);
	timer_delete(timer);
}

int main(void)
{
	intervals();
	signals(CLOCK_MONOTONIC, 0);
	signals(CLOCK_REALTIME, TIMER_ABSTIME);
	threads();
	return 0;
}
