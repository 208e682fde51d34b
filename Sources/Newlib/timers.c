/*
 * The timers of POSIX: timer_create and its kin. A timer's number has its
 * place, and how often that was used before.
 */
#include <limits.h>
#include <pthread.h>

#include "thread_clock.h"
#include "timers.h"

#define PLACES TIMER_MAX
#define ALL_FLAGS TIMER_ABSTIME

static struct timer *table[PLACES];
static unsigned uses[PLACES];

static timer_t numberAt(unsigned place)
{
	return (timer_t)uses[place] * PLACES + place;
}

/* With the lock; NULL: there is none. */
static struct timer *find(timer_t number)
{
	unsigned place = (unsigned)(number % PLACES);

	return table[place] && numberAt(place) == number ? table[place] : NULL;
}

struct notification {
	void (*function)(union sigval);
	union sigval value;
	sigset_t blocked;
};

static void *call(void *argument)
{
	struct notification call = *(struct notification *)argument;

	sys_free(argument, sizeof call, _Alignof(struct notification));
	pthread_sigmask(SIG_SETMASK, &call.blocked, NULL);
	call.function(call.value);
	return NULL;
}

/*
 * SIGEV_THREAD: a thread for every time. With the lock of signals, which a new
 * thread's beginning needs, but not its making.
 */
static bool notify(struct timer *timer)
{
	struct notification *notification;
	pthread_attr_t attributes;
	pthread_t thread;
	int error;

	notification = sys_alloc(sizeof *notification, _Alignof(struct notification));
	if (!notification)
		return false;
	*notification = (struct notification){timer->event.sigev_notify_function,
					      timer->event.sigev_value, timer->blocked};
	if (timer->event.sigev_notify_attributes)
		attributes = *timer->event.sigev_notify_attributes;
	else
		pthread_attr_init(&attributes);
	attributes.__detached = PTHREAD_CREATE_DETACHED;
	/* The timers' task is more urgent than a thread is. */
	if (attributes.__explicit != PTHREAD_EXPLICIT_SCHED) {
		attributes.__explicit = PTHREAD_EXPLICIT_SCHED;
		attributes.__policy = SCHED_OTHER;
		attributes.__parameters.sched_priority = 0;
	}
	unlock(&__hermit_signals_lock);
	error = pthread_create(&thread, &attributes, call, notification);
	lock(&__hermit_signals_lock);
	if (error)
		sys_free(notification, sizeof *notification, _Alignof(struct notification));
	return !error;
}

static bool isClock(clockid_t clock)
{
	struct hermit_timespec unused;

	return clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC ||
	       clock == CLOCK_PROCESS_CPUTIME_ID ||
	       (isThreadClock(clock) && __hermit_thread_clock(clock, &unused) == 0);
}

/* Puts a timer into the table, and says its number there. */
static bool enter(struct timer *timer, timer_t *number)
{
	unsigned place = 0;

	while (place < PLACES && table[place])
		place++;
	if (place == PLACES)
		return false;
	table[place] = timer;
	/* 0 is no number. */
	if (++uses[place] > UINT_MAX / PLACES - 1)
		uses[place] = 1;
	*number = numberAt(place);
	timer->number = place;
	return true;
}

int timer_create(clockid_t clock, struct sigevent *restrict given, timer_t *restrict number)
{
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM};
	struct timer *timer;
	bool isEntered;
	timer_t id;

	/* The caller's, whoever looks at it. */
	if (clock == CLOCK_THREAD_CPUTIME_ID)
		clock = threadClock(sys_getpid());
	if (!isClock(clock) || !number)
		return failed(_REENT, EINVAL);
	if (given)
		event = *given;
	if ((event.sigev_notify == SIGEV_SIGNAL && !isSignal(event.sigev_signo)) ||
	    (event.sigev_notify == SIGEV_THREAD && !event.sigev_notify_function) ||
	    event.sigev_notify < SIGEV_SIGNAL || event.sigev_notify > SIGEV_THREAD)
		return failed(_REENT, EINVAL);
	timer = sys_alloc_zeroed(sizeof *timer, _Alignof(struct timer));
	if (!timer)
		return failed(_REENT, EAGAIN);
	timer->ofPoints = timer->clock = clock;
	timer->event = event;
	timer->blocked = ownSignals()->blocked;
	timer->sent.isOwned = true;
	timer->isSending = event.sigev_notify == SIGEV_SIGNAL;
	timer->notify = event.sigev_notify == SIGEV_THREAD ? notify : NULL;
	lockSignals();
	isEntered = enter(timer, &id);
	if (isEntered)
		timer->info = (siginfo_t){
			.si_signo = event.sigev_signo,
			.si_code = SI_TIMER,
			.si_pid = FIRST_TASK,
			.si_value = given ? event.sigev_value : (union sigval){.sival_ptr = (void *)id},
			.si_timerid = (int)id,
		};
	unlockSignals();
	if (!isEntered) {
		sys_free(timer, sizeof *timer, _Alignof(struct timer));
		return failed(_REENT, EAGAIN);
	}
	*number = id;
	return 0;
}

int timer_delete(timer_t number)
{
	struct timer *timer;

	lockSignals();
	timer = find(number);
	if (timer) {
		__hermit_set_timer(timer, 0, 0);
		__hermit_withdraw(&timer->sent);
		table[timer->number] = NULL;
	}
	unlockSignals();
	if (!timer)
		return failed(_REENT, EINVAL);
	sys_free(timer, sizeof *timer, _Alignof(struct timer));
	return 0;
}

static struct timespec timeOf(int64_t span)
{
	return (struct timespec){span / NANOSECONDS, span % NANOSECONDS};
}

static struct itimerspec setting(const struct timer *timer)
{
	return (struct itimerspec){
		.it_interval = timeOf(timer->isSet ? timer->period : 0),
		.it_value = timeOf(__hermit_time_left(timer)),
	};
}

static bool isSpan(const struct timespec *time)
{
	return time->tv_sec >= 0 && time->tv_nsec >= 0 && time->tv_nsec < NANOSECONDS;
}

static int set(struct timer *timer, int flags, const struct itimerspec *value,
	       struct itimerspec *before)
{
	int64_t deadline = __hermit_span(value->it_value.tv_sec, value->it_value.tv_nsec);
	int64_t period = __hermit_span(value->it_interval.tv_sec, value->it_interval.tv_nsec);

	if (!timer)
		return EINVAL;
	*before = setting(timer);
	__hermit_set_timer(timer, 0, 0);
	timer->clock = timer->ofPoints;
	if (timer->clock == CLOCK_REALTIME && !(flags & TIMER_ABSTIME))
		timer->clock = CLOCK_MONOTONIC;
	if (deadline && !(flags & TIMER_ABSTIME) &&
	    __builtin_add_overflow(deadline, __hermit_clock(timer->clock), &deadline))
		deadline = INT64_MAX;
	timer->sent.overruns = 0;
	return __hermit_set_timer(timer, deadline, period) ? 0 : EAGAIN;
}

int timer_settime(timer_t number, int flags, const struct itimerspec *restrict given,
		  struct itimerspec *restrict old)
{
	struct itimerspec value, before;
	int error;

	if (!given || flags & ~ALL_FLAGS)
		return failed(_REENT, EINVAL);
	value = *given;
	if (!isSpan(&value.it_value) || !isSpan(&value.it_interval))
		return failed(_REENT, EINVAL);
	lockSignals();
	error = set(find(number), flags, &value, &before);
	unlockSignals();
	if (error)
		return failed(_REENT, error);
	if (old)
		*old = before;
	return 0;
}

int timer_gettime(timer_t number, struct itimerspec *value)
{
	struct itimerspec now;
	struct timer *timer;

	lockSignals();
	timer = find(number);
	if (timer)
		now = setting(timer);
	unlockSignals();
	if (!timer)
		return failed(_REENT, EINVAL);
	*value = now;
	return 0;
}

int timer_getoverrun(timer_t number)
{
	struct timer *timer;
	int overruns = 0;

	lockSignals();
	timer = find(number);
	if (timer)
		overruns = timer->sent.lastOverruns;
	unlockSignals();
	return timer ? overruns : failed(_REENT, EINVAL);
}
