/* Taking signals (signals.h): handlers, and the kernel's way to them. */
#include "signals.h"

/* Numbers that were sent by hermit.h's sys_kill, while signals were held off. */
static _Thread_local volatile uint64_t direct;

void __hermit_end_by(int number)
{
	if (number == SIGABRT)
		sys_abort();
	sys_exit(128 + number);
}

/* What sys_kill has sent, which is the thread's own. */
static void sendDirect(struct signals *own)
{
	uint64_t numbers = __atomic_exchange_n(&direct, 0, __ATOMIC_RELAXED);

	for (; numbers; numbers &= numbers - 1) {
		siginfo_t info = {.si_signo = __builtin_ctzl(numbers), .si_code = SI_TKILL,
				  .si_pid = FIRST_TASK};

		__hermit_send(own, &info, NULL);
	}
}

/* The first that the thread takes now; ignored ones go. */
static int next(struct signals *own, siginfo_t *info)
{
	int number;

	do {
		number = __hermit_take_sent(&own->sent, ~own->blocked, info);
		if (!number)
			number = __hermit_take_sent(&__hermit_process_signals, ~own->blocked, info);
	} while (number && __hermit_is_ignored(number));
	return number;
}

struct call {
	const struct sigaction *action;
	siginfo_t *info;
	void *context;
};

static void run(void *argument)
{
	struct call *call = argument;

	if (call->action->sa_flags & SA_SIGINFO)
		call->action->sa_sigaction(call->info->si_signo, call->info, call->context);
	else
		call->action->sa_handler(call->info->si_signo);
}

static bool isOn(const struct signals *own, const char *address)
{
	return own->stackSize && address >= own->stack && address < own->stack + own->stackSize;
}

/*
 * stack  where the handler runs if it does not run on the alternate one;
 *        NULL: here.
 */
void __hermit_handle(struct signals *own, const struct sigaction *action, siginfo_t *info,
		     ucontext_t *context, void *stack)
{
	struct call call = {action, info, context};
	bool isOnAlternate = isOn(own, __builtin_frame_address(0));
	void *left;

	context->uc_stack = (stack_t){
		.ss_sp = own->stack,
		.ss_size = own->stackSize,
		.ss_flags = !own->stackSize ? SS_DISABLE : isOnAlternate ? SS_ONSTACK : 0,
	};
	if (action->sa_flags & SA_ONSTACK && own->stackSize && !isOnAlternate)
		stack = (char *)own->stack + own->stackSize;
	if (stack)
		__hermit_run_on((void *)((uintptr_t)stack & ~15ul), run, &call, &left);
	else
		run(&call);
}

/* What is blocked while a handler runs. */
static sigset_t blockedDuring(const struct signals *own, int number, const struct sigaction *action)
{
	return own->blocked | action->sa_mask | (action->sa_flags & SA_NODEFER ? 0 : bit(number));
}

/* Chooses a signal, and blocks what its handler wants blocked. The lock is held. */
static int begin(struct signals *own, siginfo_t *info, struct sigaction *action, sigset_t *before)
{
	int number;

	sendDirect(own);
	number = next(own, info);
	if (!number)
		return 0;
	*action = __hermit_actions[number];
	if (action->sa_handler == SIG_DFL)
		__hermit_end_by(number);
	*before = own->blocked;
	__hermit_block(own, blockedDuring(own, number, action));
	if (action->sa_flags & SA_RESETHAND)
		__hermit_actions[number].sa_handler = SIG_DFL;
	return number;
}

/*
 * Runs the handlers of all that the thread has to take. What comes meanwhile,
 * or is left, is taken before the handler's first instruction, so that nothing
 * is forgotten where that leaves by longjmp.
 *
 * interrupted  the registers that the kernel's handler got, which holds WAKEUP off.
 */
void __hermit_take_signals(struct hermit_fault *interrupted)
{
	struct signals *own = ownSignals();
	struct hermit_fault here;
	bool isInHandler = interrupted;

	if (!interrupted) {
		here = (struct hermit_fault){0};
		__hermit_own_registers(&here);
		interrupted = &here;
	}

	for (;;) {
		struct sigaction action;
		ucontext_t context;
		siginfo_t info;
		sigset_t before;
		int number;

		holdSignals();
		__hermit_is_due = false;
		lock(&__hermit_signals_lock);
		number = begin(own, &info, &action, &before);
		unlock(&__hermit_signals_lock);
		__hermit_held--;
		if (!number) {
			if (!__hermit_is_due)
				return;
			continue;
		}
		if (isInHandler)
			sys_signal_mask(0, NULL);
		isInHandler = false;
		if (__hermit_is_due)
			__hermit_take_signals(NULL);
		context = (ucontext_t){.uc_sigmask = before};
		__hermit_show_registers(&context, interrupted);
		__hermit_handle(own, &action, &info, &context, NULL);
		__hermit_set_registers(interrupted, &context);
		holdSignals();
		lock(&__hermit_signals_lock);
		own->handled++;
		if (!(action.sa_flags & SA_RESTART))
			own->interrupted++;
		__atomic_store_n(&own->word, GRANTED, __ATOMIC_RELEASE);
		__hermit_block(own, context.uc_sigmask);
		unlock(&__hermit_signals_lock);
		__hermit_held--;
	}
}

/* The kernel's handler of signals. */
static void interrupt(int number, struct hermit_fault *registers)
{
	/* Of a task that has not begun. */
	struct hermit_fault none = {0};

	if (number != WAKEUP)
		__atomic_fetch_or(&direct, 1ul << number, __ATOMIC_RELAXED);
	if (__hermit_held) {
		__hermit_is_due = true;
		return;
	}
	__hermit_take_signals(registers ? registers : &none);
}

void __hermit_start_signals(void)
{
	static bool isStarted;

	if (__atomic_exchange_n(&isStarted, true, __ATOMIC_ACQ_REL))
		return;
	sys_signal_registers(interrupt);
}
