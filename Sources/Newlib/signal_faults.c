/*
 * Exceptions of the processor as signals. One whose signal has no handler, or
 * is blocked, or that happens while the library has signals held off, ends the
 * program as without signals: the instruction is tried again without a handler.
 */
#include "signals.h"

enum {
	DIVISION = 0,
	BREAKPOINT = 3,
	INVALID_INSTRUCTION = 6,
	PAGE_FAULT = 14,
	X87 = 16,
	MISALIGNED = 17,
	SIMD = 19,
	PRESENT = 1, /* a page fault's error code: its rights */
};

#define RED_ZONE 128

/* A floating-point exception's code, from the flags of those that are not masked. */
static int codeOf(unsigned flags)
{
	static const int codes[] = {FPE_FLTINV, FPE_FLTINV, FPE_FLTDIV, FPE_FLTOVF, FPE_FLTUND,
				    FPE_FLTRES};

	for (int i = 0; i < 6; i++)
		if (flags >> i & 1)
			return codes[i];
	return FPE_FLTINV;
}

/* Where FXSAVE's area has the control and status words (Intel SDM 1, 10.5.1). */
static int floatingCode(const struct hermit_fault *fault)
{
	const uint16_t *x87 = (const uint16_t *)fault->vector_state;
	unsigned mxcsr = *(const uint32_t *)(fault->vector_state + 24);

	if (fault->vector == X87)
		return codeOf(x87[1] & ~(unsigned)x87[0]);
	return codeOf(mxcsr & ~(mxcsr >> 7));
}

static siginfo_t describe(const struct hermit_fault *fault)
{
	siginfo_t info = {.si_addr = (void *)fault->rip};

	switch (fault->vector) {
	case DIVISION:
		info.si_signo = SIGFPE;
		info.si_code = FPE_INTDIV;
		break;
	case X87:
	case SIMD:
		info.si_signo = SIGFPE;
		info.si_code = floatingCode(fault);
		break;
	case BREAKPOINT:
		info.si_signo = SIGTRAP;
		info.si_code = TRAP_BRKPT;
		break;
	case INVALID_INSTRUCTION:
		info.si_signo = SIGILL;
		info.si_code = ILL_ILLOPN;
		break;
	case MISALIGNED:
		info.si_signo = SIGBUS;
		info.si_code = BUS_ADRALN;
		break;
	case PAGE_FAULT:
		info.si_signo = SIGSEGV;
		info.si_code = fault->error & PRESENT ? SEGV_ACCERR : SEGV_MAPERR;
		if (fault->error & HERMIT_FAULT_BEYOND_FILE) {
			info.si_signo = SIGBUS;
			info.si_code = BUS_ADRERR;
		}
		info.si_addr = (void *)fault->address;
		break;
	default:
		info.si_signo = SIGSEGV;
		info.si_code = SI_KERNEL;
		info.si_addr = NULL;
	}
	return info;
}

/* The fault ends the program, and the report is the kernel's. */
static void decline(struct hermit_fault *fault)
{
	sys_fault_handler(NULL);
	if (fault->vector == BREAKPOINT)
		fault->rip--;
}

static void take(struct hermit_fault *fault)
{
	siginfo_t info = describe(fault);
	int number = info.si_signo;
	struct signals *own;
	struct sigaction action;
	ucontext_t context;
	void *stack = NULL;

	if (__hermit_held)
		return decline(fault);
	own = ownSignals();
	lockSignals();
	action = __hermit_actions[number];
	if (action.sa_handler == SIG_DFL || action.sa_handler == SIG_IGN ||
	    own->blocked & bit(number)) {
		unlockSignals();
		return decline(fault);
	}
	context = (ucontext_t){.uc_sigmask = own->blocked};
	__hermit_block(own, own->blocked | action.sa_mask |
				    (action.sa_flags & SA_NODEFER ? 0 : bit(number)));
	if (action.sa_flags & SA_RESETHAND)
		__hermit_actions[number].sa_handler = SIG_DFL;
	unlockSignals();

	__hermit_show_registers(&context, fault);
	/* The kernel is on the alternate stack, which this handler does not want. */
	if (!(action.sa_flags & SA_ONSTACK) && own->stackSize)
		stack = (void *)(fault->rsp - RED_ZONE);
	__hermit_handle(own, &action, &info, &context, stack);
	__hermit_set_registers(fault, &context);

	lockSignals();
	__hermit_block(own, context.uc_sigmask);
	unlockSignals();
}

void __hermit_take_faults(void)
{
	sys_fault_handler(take);
}
