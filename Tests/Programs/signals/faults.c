/* Faults that the program handles: what it is told, and ways on. */
#define _GNU_SOURCE
#include <fenv.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include "../threads/check.h"

static sigjmp_buf place;
static siginfo_t given;
static volatile int count;

static void on(int number, void (*handler)(int, siginfo_t *, void *), int flags)
{
	struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | flags};

	IS(0, sigaction(number, &action, NULL));
}

static void leave(int number, siginfo_t *info, void *context)
{
	(void)context;
	given = *info;
	siglongjmp(place, number);
}

#define FAULTS(SIGNAL, CODE, ...) do { \
	memset(&given, 0, sizeof given); \
	int number = sigsetjmp(place, 1); \
	if (!number) { __VA_ARGS__; } \
	IS(SIGNAL, number); \
	IS(CODE, given.si_code); \
} while (0)

static const int constant = 1;

static void kinds(void)
{
	volatile int *readOnly = (volatile int *)(uintptr_t)&constant;
	volatile int zero = 0;
	void (*volatile jump)(void) = (void (*)(void))0x123456;

	on(SIGSEGV, leave, 0);
	on(SIGFPE, leave, 0);
	on(SIGILL, leave, 0);
	on(SIGTRAP, leave, 0);
	on(SIGBUS, leave, 0);
	FAULTS(SIGSEGV, SEGV_MAPERR, *(volatile int *)24 = 1);
	IS(24, given.si_addr);
	FAULTS(SIGSEGV, SEGV_ACCERR, *readOnly = 2);
	IS(&constant, given.si_addr);
	FAULTS(SIGSEGV, SEGV_MAPERR, jump());
	IS(0x123456, given.si_addr);
	FAULTS(SIGSEGV, SI_KERNEL, *(volatile int *)0x8000000000000000 = 1);
	FAULTS(SIGFPE, FPE_INTDIV, zero = 7 / zero);
	FAULTS(SIGILL, ILL_ILLOPN, __asm__ volatile("ud2"));
	FAULTS(SIGTRAP, TRAP_BRKPT, __asm__ volatile("int3"));
	/* Division by zero is not masked; with SSE QEMU does not emulate that. */
	FAULTS(SIGFPE, FPE_FLTDIV, {
		unsigned short word = 0x37f & ~4u;

		__asm__ volatile("fldcw %0\n\tfldz\n\tfld1\n\tfdivp\n\tfwait" : : "m"(word));
	});
	__asm__ volatile("fninit");
}

/* The registers are what the handler makes them. */
static void passOver(int number, siginfo_t *info, void *context)
{
	ucontext_t *where = context;

	(void)number;
	(void)info;
	count++;
	where->uc_mcontext.gregs[REG_RIP] += 2;
	where->uc_mcontext.gregs[REG_RAX] = 4711;
}

/* Pages come when they are touched; handlers use vector registers. */
static char *area;

static void map(int number, siginfo_t *info, void *context)
{
	char *page = (char *)((uintptr_t)info->si_addr & ~4095ul);
	volatile double x = 1;

	(void)context;
	for (int i = 0; i < 10; i++)
		x = x * 1.5 + number;
	count++;
	if (page < area || page >= area + 64 * 4096 || mprotect(page, 4096, PROT_READ | PROT_WRITE) != 0)
		_exit(9);
}

static void waysOn(void)
{
	long value = 1;
	double sum = 0, factor = 1.25;

	on(SIGILL, passOver, 0);
	for (int i = 0; i < 10; i++)
		__asm__ volatile("ud2" : "+a"(value));
	IS(10, count);
	IS(4711, value);
	count = 0;
	on(SIGSEGV, map, 0);
	area = mmap(NULL, 64 * 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	IS(1, area != MAP_FAILED);
	for (int i = 0; i < 64; i++) {
		area[i * 4096 + 5] = (char)i;
		sum = sum * 0.5 + factor;
	}
	IS(64, count);
	IS(1, sum > 2.4999 && sum < 2.5001);
	for (int i = 0; i < 64; i++)
		IS(i, area[i * 4096 + 5]);
}

/* Stacks that are used up, one after the other, in threads at the same time. */
static _Thread_local sigjmp_buf out;
static _Thread_local volatile int overflows;

static void leaveThread(int number, siginfo_t *info, void *context)
{
	(void)info;
	(void)context;
	overflows++;
	siglongjmp(out, number);
}

static int recurse(volatile int *from)
{
	volatile int room[500];

	room[0] = *from + 1;
	return recurse(room) + room[0];
}

static void *overflow(void *unused)
{
	size_t size = SIGSTKSZ;
	stack_t stack = {.ss_sp = malloc(size), .ss_size = size};

	(void)unused;
	IS(0, sigaltstack(&stack, NULL));
	for (volatile int i = 0; i < 3; i++) {
		volatile int start = 0;

		if (!sigsetjmp(out, 1))
			recurse(&start);
	}
	stack.ss_flags = SS_DISABLE;
	IS(0, sigaltstack(&stack, NULL));
	free(stack.ss_sp);
	return (void *)(intptr_t)overflows;
}

int main(void)
{
	pthread_t threads[4];
	void *result;

	kinds();
	waysOn();
	on(SIGSEGV, leaveThread, SA_ONSTACK);
	for (int i = 0; i < 4; i++)
		IS(0, pthread_create(&threads[i], NULL, overflow, NULL));
	IS(3, overflow(NULL));
	for (int i = 0; i < 4; i++) {
		IS(0, pthread_join(threads[i], &result));
		IS(3, result);
	}
	return report();
}
