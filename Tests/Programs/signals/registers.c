/* The registers that a handler is shown, and those that it leaves. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include "../threads/check.h"

static volatile int runs;
static gregset_t shown;

static void on(int number, void (*handler)(int, siginfo_t *, void *))
{
	struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};

	IS(0, sigaction(number, &action, NULL));
}

/* An alarm every so many microseconds: one comes when what it is to interrupt has begun. */
static void alarmEvery(long time)
{
	struct itimerval timer = {.it_value.tv_usec = time, .it_interval.tv_usec = time};

	setitimer(ITIMER_REAL, &timer, NULL);
}

/* Where the loop is, and where it ends. */
extern char spin[], spun[];

static void leaveLoop(int number, siginfo_t *info, void *context)
{
	greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
	/* What compilers use for this, so that the loop's are overwritten. */
	volatile double x = 1.5;

	(void)number;
	(void)info;
	x *= x;
	if (runs || registers[REG_RIP] != (greg_t)spin)
		return;
	runs++;
	memcpy(shown, registers, sizeof shown);
	registers[REG_R9] = 0x99;
	registers[REG_RBX] = 0xbb;
	registers[REG_RIP] = (greg_t)spun;
}

/* A computation that a signal ends by changing where it goes on. */
static void computing(void)
{
	static const int places[] = {REG_RAX, REG_RCX, REG_RDX, REG_RSI, REG_RDI, REG_R8,  REG_R10,
				     REG_R11, REG_R12, REG_R13, REG_R14, REG_R15, REG_R9, REG_RBX};
	uint64_t left[16] = {0}, *place = left, vector = 0x0123456789abcdef, after = 0;
	unsigned char carry;

	on(SIGALRM, leaveLoop);
	runs = 0;
	alarmEvery(20000);
	__asm__ volatile(
		"movq %[vector], %%xmm5\n\t"
		"movq %[place], %%rax\n\tmovq %%rax, -16(%%rsp)\n\t"
		"movq $0x101, %%rax\n\tmovq $0x102, %%rcx\n\tmovq $0x103, %%rdx\n\t"
		"movq $0x104, %%rsi\n\tmovq $0x105, %%rdi\n\tmovq $0x106, %%r8\n\t"
		"movq $0x107, %%r10\n\tmovq $0x108, %%r11\n\tmovq $0x109, %%r12\n\t"
		"movq $0x10a, %%r13\n\tmovq $0x10b, %%r14\n\tmovq $0x10c, %%r15\n\t"
		"movq $0x10d, %%r9\n\tmovq $0x10e, %%rbx\n\tstc\n"
		"spin:\tjmp spin\n"
		"spun:\tpushfq\n\tpopq -128(%%rsp)\n\t"
		"xchgq %%rax, -16(%%rsp)\n\t"
		"movq %%r9, (%%rax)\n\tmovq %%rbx, 8(%%rax)\n\tmovq %%rcx, 16(%%rax)\n\t"
		"movq %%rsp, 24(%%rax)\n\tmovq %%r15, 32(%%rax)\n\t"
		"movq -16(%%rsp), %%rcx\n\tmovq %%rcx, 40(%%rax)\n\t"
		"pushq -128(%%rsp)\n\tpopfq\n\tsetc %[carry]\n\t"
		"movq %%xmm5, %[after]\n\t"
		: [after] "=m"(after), [carry] "=m"(carry)
		: [vector] "m"(vector), [place] "m"(place)
		: "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13",
		  "r14", "r15", "xmm5", "cc", "memory");
	alarmEvery(0);
	IS(1, runs);
	for (int i = 0; i < 14; i++)
		IS(0x101 + i, shown[places[i]]);
	IS((greg_t)spin, shown[REG_RIP]);
	IS((greg_t)left[3], shown[REG_RSP]);
	IS(1, shown[REG_EFL] & 1);
	IS(0x99, left[0]);
	IS(0xbb, left[1]);
	IS(0x102, left[2]);
	IS(0x10c, left[4]);
	IS(0x101, left[5]);
	IS(1, carry);
	IS(1, after == vector);
}

static void look(int number, siginfo_t *info, void *context)
{
	(void)number;
	(void)info;
	runs++;
	memcpy(shown, ((ucontext_t *)context)->uc_mcontext.gregs, sizeof shown);
}

/* Whether the program is somewhere in its code, on the stack below a variable. */
static void isBelow(const char *variable)
{
	greg_t code = shown[REG_RIP] - (greg_t)isBelow, stack = (greg_t)variable - shown[REG_RSP];

	IS(1, runs > 0);
	IS(1, code > -(64 << 20) && code < 64 << 20);
	IS(1, stack > -128 && stack < 65536);
}

static void waiting(void)
{
	struct timespec long_time = {.tv_sec = 100};
	char variable;

	on(SIGALRM, look);
	runs = 0;
	alarmEvery(20000);
	IS(-1, nanosleep(&long_time, NULL));
	IS(EINTR, errno);
	alarmEvery(0);
	isBelow(&variable);
	runs = 0;
	alarmEvery(20000);
	IS(-1, pause());
	alarmEvery(0);
	isBelow(&variable);
	on(SIGUSR1, look);
	runs = 0;
	IS(0, raise(SIGUSR1));
	isBelow(&variable);
}

#ifdef __hermit__
#include <hermit.h>

extern char slept[], woken[];
static struct hermit_fault raw;
const struct hermit_timespec longTime = {.tv_sec = 100};

static void wake(int number, struct hermit_fault *registers)
{
	IS(20, number);
	if (runs || registers->rip != (uint64_t)slept)
		return;
	runs++;
	raw = *registers;
	registers->rax = 7;
	registers->rbx = 0xbb;
	registers->r12 = 0xcc;
	registers->rip = (uint64_t)woken;
}

static void send(size_t task)
{
	while (sys_kill((hermit_tid_t)task, 20) == 0 && !runs)
		sys_usleep(20000);
}

/* A function of the kernel's that the signal ends. */
static void inFunction(void)
{
	uint64_t left[4] = {0}, *place = left;
	hermit_tid_t task;

	runs = 0;
	sys_signal_registers(wake);
	IS(0, sys_spawn(&task, send, (size_t)sys_getpid(), 2, -1));
	__asm__ volatile("movq %[place], %%rcx\n\tmovq %%rsp, %%rax\n\t"
			 "subq $256, %%rsp\n\tandq $-16, %%rsp\n\tpushq %%rax\n\tpushq %%rcx\n\t"
			 "movq $0x201, %%rbx\n\tmovq $0x202, %%r12\n\tmovq $0x203, %%r13\n\t"
			 "leaq longTime(%%rip), %%rdi\n\txorl %%esi, %%esi\n\tcallq sys_nanosleep\n"
			 "slept:\txorl %%eax, %%eax\n"
			 "woken:\tpopq %%rcx\n\tpopq %%rsp\n\t"
			 "movq %%rax, (%%rcx)\n\tmovq %%rbx, 8(%%rcx)\n\t"
			 "movq %%r12, 16(%%rcx)\n\tmovq %%r13, 24(%%rcx)"
			 :
			 : [place] "m"(place)
			 : "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11",
			   "r12", "r13", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6",
			   "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14",
			   "xmm15", "cc", "memory");
	sys_join(task);
	sys_signal(NULL);
	IS(1, runs);
	IS((uint64_t)slept, raw.rip);
	IS(0x201, raw.rbx);
	IS(0x202, raw.r12);
	IS(0x203, raw.r13);
	IS(-HERMIT_EINTR, (int)raw.rax);
	IS(0, raw.vector_state | raw.vector);
	IS(7, left[0]);
	IS(0xbb, left[1]);
	IS(0xcc, left[2]);
	IS(0x203, left[3]);
}
#else
static void inFunction(void)
{
}
#endif

int main(void)
{
	computing();
	waiting();
	inFunction();
	return report();
}
