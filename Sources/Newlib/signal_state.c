/*
 * Signals (signals.h): who has which, and which thread takes one.
 *
 * A signal of the process goes to a thread that waits for it, else to the
 * sender if it does not block it, else to any that does not. Where all block it
 * the first takes it that no longer does; where the chosen one blocks it before
 * it has taken it another one is chosen.
 */
#include "interruption.h"
#include "signals.h"
#include "thread.h"

/* raise.c: */
HIDDEN int __hermit_raise(int number);
HIDDEN void __hermit_prepare_abort(void);

_Thread_local struct signals *__hermit_signals;
_Thread_local volatile unsigned __hermit_held;
_Thread_local volatile bool __hermit_is_due;

uint32_t __hermit_signals_lock;
struct sigaction __hermit_actions[NSIG];
struct sent_queue __hermit_process_signals;

static struct signals firstThread = {.task = FIRST_TASK};
/* Of threads that have ended and of the library's own: they take none. */
static struct signals gone = {.blocked = ~0ul};
static struct signals *threads = &firstThread;
static unsigned queuedCount;

unsigned __hermit_handlers_run(bool isRestarting)
{
	struct signals *own = __hermit_signals;

	if (!own)
		return 0;
	return isRestarting ? own->interrupted : own->handled;
}

void __hermit_hold_signals(void)
{
	holdSignals();
}

void __hermit_release_signals(void)
{
	releaseSignals();
}

/* The lock is held. */
static struct signals *add(struct signals *signals)
{
	struct signals **last = &threads;

	while (*last)
		last = &(*last)->next;
	*last = signals;
	return signals;
}

static void take(struct signals *signals)
{
	struct signals **link = &threads;

	while (*link && *link != signals)
		link = &(*link)->next;
	if (*link)
		*link = signals->next;
	__hermit_forget_sent(&signals->sent, ~0ul);
	signals->blocked = ~0ul;
	signals->awaited = 0;
}

static struct signals *find(hermit_tid_t task)
{
	struct signals *signals = threads;

	while (signals && signals->task != task)
		signals = signals->next;
	return signals;
}

struct signals *__hermit_signals_of(hermit_tid_t task)
{
	struct signals *signals = find(task);

	if (signals)
		return signals;
	signals = sys_alloc_zeroed(sizeof *signals, _Alignof(struct signals));
	if (!signals)
		return NULL;
	signals->task = task;
	return add(signals);
}

struct signals *__hermit_adopt_signals(void)
{
	struct signals *own;

	holdSignals();
	lock(&__hermit_signals_lock);
	own = __hermit_signals_of(sys_getpid());
	unlock(&__hermit_signals_lock);
	/* Without memory for it the thread takes no signals. */
	__hermit_signals = own ? own : &gone;
	releaseSignals();
	return __hermit_signals;
}

/* A new thread blocks what its maker does (POSIX, pthread_create). */
struct signals *__hermit_new_signals(void)
{
	struct signals *own = ownSignals(), *signals;

	signals = sys_alloc_zeroed(sizeof *signals, _Alignof(struct signals));
	if (!signals)
		return NULL;
	lockSignals();
	signals->blocked = own->blocked;
	add(signals);
	unlockSignals();
	return signals;
}

void __hermit_begin_signals(struct signals *signals)
{
	__hermit_signals = signals;
	lockSignals();
	signals->task = sys_getpid();
	/* What was sent before. */
	__hermit_is_due = true;
	unlockSignals();
}

static void sendAgain(sigset_t set);

/* Of a thread that was not made. */
void __hermit_drop_signals(struct signals *signals)
{
	lockSignals();
	take(signals);
	unlockSignals();
	sys_free(signals, sizeof *signals, _Alignof(struct signals));
}

/* Of the calling thread, which ends. */
void __hermit_end_signals(struct thread *thread)
{
	struct signals *own = ownSignals();

	if (own == &gone)
		return;
	lockSignals();
	take(own);
	thread->signals = NULL;
	/* pthread_kill finds none from here on. */
	thread->hasNoSignals = true;
	__hermit_signals = &gone;
	sendAgain(__hermit_process_signals.set);
	unlockSignals();
	if (own->stackSize)
		sys_fault_stack(NULL, 0);
	if (own != &firstThread)
		sys_free(own, sizeof *own, _Alignof(struct signals));
}

/* A task of the library's own. */
HIDDEN void __hermit_begin_without_signals(void)
{
	__hermit_signals = &gone;
}

/* Makes a thread look for what it has to take; false: it has ended. */
static bool notify(struct signals *thread)
{
	if (thread == __hermit_signals) {
		__hermit_is_due = true;
		return true;
	}
	/* It looks when it begins. */
	if (!thread->task)
		return true;
	__hermit_start_signals();
	return sys_kill(thread->task, WAKEUP) >= 0;
}

static void wake(struct signals *thread)
{
	thread->awaited = 0;
	__atomic_store_n(&thread->word, GRANTED, __ATOMIC_RELEASE);
	sys_futex_wake(&thread->word, 1);
}

/* Finds a thread for a signal of the process, and tells it. */
static void route(int number)
{
	struct signals *thread, *next;

	for (thread = threads; thread; thread = thread->next)
		if (thread->awaited & bit(number)) {
			wake(thread);
			return;
		}
	thread = __hermit_signals;
	if (thread && !(thread->blocked & bit(number))) {
		notify(thread);
		return;
	}
	for (thread = threads; thread; thread = next) {
		next = thread->next;
		if (thread->blocked & bit(number))
			continue;
		if (notify(thread))
			return;
		/* A task that was none of pthread_create's has ended. */
		take(thread);
	}
}

static void sendAgain(sigset_t set)
{
	for (; set; set &= set - 1)
		route(__builtin_ctzl(set) + 1);
}

void __hermit_block(struct signals *own, sigset_t set)
{
	sigset_t lost;

	if (own == &gone)
		return;
	set &= ~UNBLOCKABLE;
	lost = set & ~own->blocked & __hermit_process_signals.set;
	own->blocked = set;
	if (lost)
		sendAgain(lost);
	if ((own->sent.set | __hermit_process_signals.set) & ~set)
		__hermit_is_due = true;
}

/* Whether nobody takes it: it is ignored, and no thread that may take it blocks it. */
static bool isLost(const struct signals *to, int number)
{
	const struct signals *thread;

	if (!__hermit_is_ignored(number))
		return false;
	if (to)
		return !(to->blocked & bit(number));
	for (thread = threads; thread; thread = thread->next)
		if (thread->blocked & bit(number))
			return false;
	return true;
}

static struct sent *newRecord(void)
{
	struct sent *record;

	if (queuedCount >= SIGQUEUE_MAX)
		return NULL;
	record = sys_alloc(sizeof *record, _Alignof(struct sent));
	if (!record)
		return NULL;
	queuedCount++;
	record->isOwned = false;
	return record;
}

static void release(struct sent *record)
{
	record->isQueued = false;
	if (record->isOwned)
		return;
	queuedCount--;
	sys_free(record, sizeof *record, _Alignof(struct sent));
}

int __hermit_send(struct signals *to, const siginfo_t *info, struct sent *record)
{
	struct sent_queue *queue = to ? &to->sent : &__hermit_process_signals;
	int number = info->si_signo;
	struct sent **last;

	if (number == SIGKILL)
		__hermit_end_by(number);
	if (isLost(to, number))
		return 0;
	if (number < SIGRTMIN && queue->set & bit(number))
		return EBUSY;
	if (!record)
		record = newRecord();
	/* What is not queued is sent without what is known of it. */
	if (!record && number >= SIGRTMIN)
		return EAGAIN;
	if (record) {
		record->info = *info;
		record->next = NULL;
		record->isQueued = true;
		for (last = &queue->first; *last; last = &(*last)->next)
			;
		*last = record;
	}
	queue->set |= bit(number);
	if (!to) {
		route(number);
	} else if (to->awaited & bit(number)) {
		wake(to);
	} else if (!(to->blocked & bit(number))) {
		notify(to);
	}
	return 0;
}

int __hermit_take_sent(struct sent_queue *queue, sigset_t set, siginfo_t *info)
{
	struct sent **link = &queue->first, *record;
	int number;

	set &= queue->set;
	if (!set)
		return 0;
	number = __builtin_ctzl(set) + 1;
	while (*link && (*link)->info.si_signo != number)
		link = &(*link)->next;
	record = *link;
	if (!record) {
		*info = (siginfo_t){.si_signo = number, .si_code = SI_USER, .si_pid = FIRST_TASK};
		queue->set &= ~bit(number);
		return number;
	}
	*link = record->next;
	record->info.si_overrun = record->lastOverruns = record->isOwned ? record->overruns : 0;
	record->overruns = 0;
	*info = record->info;
	release(record);
	for (record = queue->first; record && record->info.si_signo != number; record = record->next)
		;
	if (!record)
		queue->set &= ~bit(number);
	return number;
}

void __hermit_forget_sent(struct sent_queue *queue, sigset_t set)
{
	struct sent **link = &queue->first, *record;

	while ((record = *link)) {
		if (!(set & bit(record->info.si_signo))) {
			link = &record->next;
			continue;
		}
		*link = record->next;
		release(record);
	}
	queue->set &= ~set;
}

void __hermit_withdraw(struct sent *record)
{
	struct sent_queue *queue = &__hermit_process_signals;
	struct sent **link = &queue->first, *other;
	int number = record->info.si_signo;

	if (!record->isQueued)
		return;
	while (*link != record)
		link = &(*link)->next;
	*link = record->next;
	release(record);
	for (other = queue->first; other && other->info.si_signo != number; other = other->next)
		;
	if (!other)
		queue->set &= ~bit(number);
}

void __hermit_ignore(int number)
{
	struct signals *thread;

	__hermit_forget_sent(&__hermit_process_signals, bit(number));
	for (thread = threads; thread; thread = thread->next)
		__hermit_forget_sent(&thread->sent, bit(number));
}

bool __hermit_is_ignored(int number)
{
	_sig_func_ptr handler = __hermit_actions[number].sa_handler;

	if (handler != SIG_DFL)
		return handler == SIG_IGN;
	switch (number) {
	case SIGCHLD:
	case SIGCONT:
	case SIGURG:
	case SIGWINCH:
		return true;
	/* Nobody could let the program go on. */
	case SIGSTOP:
	case SIGTSTP:
	case SIGTTIN:
	case SIGTTOU:
		return true;
	default:
		return false;
	}
}

/* The action would stop the process, and nobody could let it go on. */
static bool wouldStop(int number)
{
	switch (number) {
	case SIGSTOP:
	case SIGTSTP:
	case SIGTTIN:
	case SIGTTOU:
		return __hermit_actions[number].sa_handler == SIG_DFL;
	default:
		return false;
	}
}

/* Sends to a thread, or, NULL, to the process: 0 or an error. The lock is held. */
int __hermit_send_once(struct signals *to, siginfo_t info)
{
	int error;

	if (wouldStop(info.si_signo))
		return EINVAL;
	info.si_pid = FIRST_TASK;
	error = __hermit_send(to, &info, NULL);
	/* It is pending already: there is one of it. */
	return error == EBUSY ? 0 : error;
}

/* abort: SIGABRT is neither blocked nor ignored. */
void __hermit_prepare_abort(void)
{
	struct signals *own = ownSignals();

	lockSignals();
	if (__hermit_actions[SIGABRT].sa_handler == SIG_IGN)
		__hermit_actions[SIGABRT].sa_handler = SIG_DFL;
	__hermit_block(own, own->blocked & ~bit(SIGABRT));
	unlockSignals();
}

/* To the calling thread, which takes it before this returns. */
int __hermit_raise(int number)
{
	struct signals *own = ownSignals();
	int error;

	lockSignals();
	error = __hermit_send_once(own, (siginfo_t){.si_signo = number, .si_code = SI_TKILL});
	unlockSignals();
	return error;
}
