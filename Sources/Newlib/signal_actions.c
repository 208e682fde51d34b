/* What becomes of signals: actions, and stacks for handlers. */
#define _GNU_SOURCE

#include "signals.h"

/* Exceptions of the processor (signal_faults.c). */
static bool isFault(int number)
{
	return number == SIGSEGV || number == SIGBUS || number == SIGFPE || number == SIGILL ||
	       number == SIGTRAP;
}

static int set(int number, const struct sigaction *new, struct sigaction *old)
{
	struct sigaction action, before;

	if (!isSignal(number) || (new && UNBLOCKABLE & bit(number)))
		return EINVAL;
	/* The program's memory is not touched with the lock. */
	if (new)
		action = *new;
	__hermit_start_signals();
	lockSignals();
	before = __hermit_actions[number];
	if (new) {
		__hermit_actions[number] = action;
		if (__hermit_is_ignored(number))
			__hermit_ignore(number);
	}
	unlockSignals();
	if (new && isFault(number) && action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN)
		__hermit_take_faults();
	if (new && number == SIGTERM && action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN)
		__hermit_await_power_request();
	if (new && bit(number) & FROM_HOST && action.sa_handler != SIG_DFL)
		__hermit_await_terminal();
	if (old)
		*old = before;
	return 0;
}

int sigaction(int number, const struct sigaction *restrict new, struct sigaction *restrict old)
{
	int error = set(number, new, old);

	return error ? failed(_REENT, error) : 0;
}

/* As BSD and Linux have it: the handler stays, and calls are begun again. */
_sig_func_ptr signal(int number, _sig_func_ptr handler)
{
	struct sigaction new = {.sa_handler = handler, .sa_flags = SA_RESTART}, old;

	if (handler == SIG_ERR) {
		failed(_REENT, EINVAL);
		return SIG_ERR;
	}
	return sigaction(number, &new, &old) < 0 ? SIG_ERR : old.sa_handler;
}

WEAK int siginterrupt(int number, int isInterrupting)
{
	if (!isSignal(number))
		return failed(_REENT, EINVAL);
	lockSignals();
	if (isInterrupting)
		__hermit_actions[number].sa_flags &= ~SA_RESTART;
	else
		__hermit_actions[number].sa_flags |= SA_RESTART;
	unlockSignals();
	return 0;
}

int sigaltstack(const stack_t *restrict new, stack_t *restrict old)
{
	struct signals *own = ownSignals();
	char *here = __builtin_frame_address(0);
	bool isOn = own->stackSize && here >= own->stack && here < own->stack + own->stackSize;
	stack_t before = {
		.ss_sp = own->stack,
		.ss_size = own->stackSize,
		.ss_flags = !own->stackSize ? SS_DISABLE : isOn ? SS_ONSTACK : 0,
	};

	if (new) {
		stack_t stack = *new;

		if (isOn)
			return failed(_REENT, EPERM);
		if (stack.ss_flags & ~SS_DISABLE)
			return failed(_REENT, EINVAL);
		if (stack.ss_flags & SS_DISABLE)
			stack.ss_size = 0, stack.ss_sp = NULL;
		else if (stack.ss_size < MINSIGSTKSZ)
			return failed(_REENT, ENOMEM);
		if (sys_fault_stack(stack.ss_sp, stack.ss_size) < 0)
			return failed(_REENT, ENOMEM);
		holdSignals();
		own->stack = stack.ss_sp;
		own->stackSize = stack.ss_size;
		releaseSignals();
	}
	if (old)
		*old = before;
	return 0;
}

/* System V's functions, which POSIX still has. */
WEAK _sig_func_ptr sigset(int number, _sig_func_ptr handler)
{
	struct sigaction new = {.sa_handler = handler}, old;
	struct signals *own = ownSignals();
	bool wasBlocked;

	if (!isSignal(number) || handler == SIG_ERR) {
		failed(_REENT, EINVAL);
		return SIG_ERR;
	}
	if (sigaction(number, handler == SIG_HOLD ? NULL : &new, &old) < 0)
		return SIG_ERR;
	lockSignals();
	wasBlocked = own->blocked & bit(number);
	if (handler == SIG_HOLD)
		__hermit_block(own, own->blocked | bit(number));
	else
		__hermit_block(own, own->blocked & ~bit(number));
	unlockSignals();
	return wasBlocked ? SIG_HOLD : old.sa_handler;
}

WEAK int sigignore(int number)
{
	struct sigaction new = {.sa_handler = SIG_IGN};

	return sigaction(number, &new, NULL);
}
