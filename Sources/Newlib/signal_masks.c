/* What a thread blocks, and what is pending. */
#include <setjmp.h>

#include "signals.h"

int pthread_sigmask(int how, const sigset_t *restrict set, sigset_t *restrict old)
{
	struct signals *own = ownSignals();
	sigset_t before = own->blocked, new;

	if (set) {
		new = *set;
		switch (how) {
		case SIG_BLOCK:
			new |= before;
			break;
		case SIG_UNBLOCK:
			new = before & ~new;
			break;
		case SIG_SETMASK:
			break;
		default:
			return EINVAL;
		}
		lockSignals();
		__hermit_block(own, new);
		unlockSignals();
	}
	if (old)
		*old = before;
	return 0;
}

int sigprocmask(int how, const sigset_t *restrict set, sigset_t *restrict old)
{
	int error = pthread_sigmask(how, set, old);

	return error ? failed(_REENT, error) : 0;
}

int sigpending(sigset_t *set)
{
	struct signals *own = ownSignals();
	sigset_t pending;

	lockSignals();
	pending = (own->sent.set | __hermit_process_signals.set) & own->blocked;
	unlockSignals();
	*set = pending;
	return 0;
}

WEAK int sighold(int number)
{
	if (!isSignal(number))
		return failed(_REENT, EINVAL);
	return sigprocmask(SIG_BLOCK, &(sigset_t){bit(number)}, NULL);
}

WEAK int sigrelse(int number)
{
	if (!isSignal(number))
		return failed(_REENT, EINVAL);
	return sigprocmask(SIG_UNBLOCK, &(sigset_t){bit(number)}, NULL);
}

/* sigsetjmp and siglongjmp: two words behind the jmp_buf. */
enum { IS_KEPT = _JBLEN, MASK };

void __hermit_keep_mask(sigjmp_buf buffer, int isKept)
{
	buffer[IS_KEPT] = isKept;
	if (isKept)
		buffer[MASK] = (_JBTYPE)ownSignals()->blocked;
}

void siglongjmp(sigjmp_buf buffer, int value)
{
	if (buffer[IS_KEPT])
		pthread_sigmask(SIG_SETMASK, &(sigset_t){(sigset_t)buffer[MASK]}, NULL);
	longjmp(buffer, value);
}
