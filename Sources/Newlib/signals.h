/*
 * Signals: what was sent and not yet taken, which thread takes it, and how.
 *
 * The kernel interrupts a task with a number (hermit/tasks.h), and that is
 * all that is asked of it: WAKEUP makes a thread look here for what it has to
 * take. What a thread blocks, what is pending with it and with the process, and
 * the actions are the library's, under one lock. A thread that has the lock
 * holds signals off: its handler notes that there is something to do, which is
 * done when the thread lets go.
 *
 * Taking is what runs handlers: in the kernel's handler, which interrupts the
 * thread anywhere, or when the thread lets go of signals that it held off.
 */
#ifndef HERMIT_SIGNALS_H
#define HERMIT_SIGNALS_H

#include <signal.h>
#include <stdbool.h>
#include <sys/ucontext.h>

#include "waiting.h"

enum {
	WAKEUP = 32, /* no number of POSIX's here */
	FIRST_TASK = 1,
};

static inline bool isSignal(int number)
{
	return number > 0 && number < NSIG && (number < 32 || number >= SIGRTMIN);
}

static inline sigset_t bit(int number)
{
	return 1ul << (number - 1);
}

/* What can't be blocked, and what is no signal. */
#define UNBLOCKABLE (bit(SIGKILL) | bit(SIGSTOP))
#define RESERVED (bit(WAKEUP) | bit(WAKEUP + 1))
/* What the host may send: by its terminal, or where it is asked for the end of the run. */
#define FROM_HOST (bit(SIGHUP) | bit(SIGINT) | bit(SIGTERM) | bit(SIGWINCH))

/* A signal that was sent. Who owns the record keeps it; others are blocks of the heap. */
struct sent {
	struct sent *next;
	siginfo_t info;
	bool isOwned, isQueued;
	/* How often more its owner has wanted to send it, until it was taken; and the time before. */
	int overruns, lastOverruns;
};

struct sent_queue {
	sigset_t set;
	struct sent *first;
};

/* What signals are to a thread. */
struct signals {
	struct signals *next;
	/* 0: it has not begun. */
	hermit_tid_t task;
	sigset_t blocked;
	/* It waits for one of these (sigwait). */
	sigset_t awaited;
	struct sent_queue sent;
	/* What it sleeps on for signals: WAITING, until it has run a handler or gets one. */
	uint32_t word;
	/* How many handlers it has run; and how many that end waits (no SA_RESTART). */
	unsigned handled, interrupted;
	/* Its alternate stack; no size: none. */
	char *stack;
	size_t stackSize;
};

struct thread;

/* The thread's own, which only it changes: */
extern HIDDEN _Thread_local struct signals *__hermit_signals;
/* so many reasons to hold signals off; and that there is one to take. */
extern HIDDEN _Thread_local volatile unsigned __hermit_held;
extern HIDDEN _Thread_local volatile bool __hermit_is_due;

HIDDEN struct signals *__hermit_adopt_signals(void);
/* NULL: not in the kernel's handler; the thread is in the library. */
HIDDEN void __hermit_take_signals(struct hermit_fault *interrupted);

static inline struct signals *ownSignals(void)
{
	struct signals *own = __hermit_signals;

	return own ? own : __hermit_adopt_signals();
}

static inline void holdSignals(void)
{
	__hermit_held++;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
}

static inline void releaseSignals(void)
{
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	__hermit_held--;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	if (__hermit_is_due && !__hermit_held)
		__hermit_take_signals(NULL);
}

/* The lock, with signals held off; giving it back takes what is to be taken. */
extern HIDDEN uint32_t __hermit_signals_lock;

static inline void lockSignals(void)
{
	holdSignals();
	lock(&__hermit_signals_lock);
}

static inline void unlockSignals(void)
{
	unlock(&__hermit_signals_lock);
	releaseSignals();
}

/* With the lock: */
extern HIDDEN struct sigaction __hermit_actions[NSIG];
extern HIDDEN struct sent_queue __hermit_process_signals;

/*
 * Sends to a thread, or, NULL, to the process: 0, EAGAIN where there are too
 * many in the queue, EBUSY where one of that number is pending already.
 */
HIDDEN int __hermit_send(struct signals *to, const siginfo_t *info, struct sent *record);
/* The same for functions that send: one that is pending already is as good, and none stops. */
HIDDEN int __hermit_send_once(struct signals *to, siginfo_t info);
/* Takes the first of a set out of a queue; 0: there is none. */
HIDDEN int __hermit_take_sent(struct sent_queue *queue, sigset_t set, siginfo_t *info);
HIDDEN void __hermit_forget_sent(struct sent_queue *queue, sigset_t set);
/* Takes back a record that is its owner's. */
HIDDEN void __hermit_withdraw(struct sent *record);
/* Changes what the calling thread blocks. */
HIDDEN void __hermit_block(struct signals *own, sigset_t set);
/* The thread of a task; made where it has none yet. NULL: no memory. */
HIDDEN struct signals *__hermit_signals_of(hermit_tid_t task);
/* Forgets pending signals that are ignored from now on. */
HIDDEN void __hermit_ignore(int number);
HIDDEN bool __hermit_is_ignored(int number);

/* From here on the kernel's signals come to the library. */
HIDDEN void __hermit_start_signals(void);
/* Ends the program as a signal does that has its default action. */
HIDDEN HERMIT_NORETURN void __hermit_end_by(int number);

/* What a handler is called with. */
HIDDEN void __hermit_handle(struct signals *own, const struct sigaction *action, siginfo_t *info,
			    ucontext_t *context, void *stack);
/* The registers in a context, and back (registers.c); the caller's (own_registers.S). */
HIDDEN void __hermit_show_registers(ucontext_t *context, struct hermit_fault *from);
HIDDEN void __hermit_set_registers(struct hermit_fault *to, const ucontext_t *context);
HIDDEN void __hermit_own_registers(struct hermit_fault *to);
/* Sees to the processor's exceptions (signal_faults.c). */
HIDDEN void __hermit_take_faults(void);

/* The host's terminal's interrupts are SIGINT from here on (terminal_signals.c). */
HIDDEN void __hermit_await_terminal(void);

/* The host's wish that the machine ends is SIGTERM from here on (power.c). */
HIDDEN void __hermit_await_power_request(void);

/* Runs function(argument) on another stack (thread_stack.S). */
HIDDEN void __hermit_run_on(void *stack, void (*function)(void *), void *argument, void **left);

/* Whose thread's state: for threads that are made and end (thread.c). */
HIDDEN struct signals *__hermit_new_signals(void);
HIDDEN void __hermit_begin_signals(struct signals *signals);
HIDDEN void __hermit_drop_signals(struct signals *signals);
HIDDEN void __hermit_end_signals(struct thread *thread);

#endif
