/* The registers in the context that a handler gets (sys/ucontext.h). */
#include "signals.h"

static const struct {
	unsigned char place;
	unsigned char offset;
} registers[] = {
#define REGISTER(name, field) {__HERMIT_##name, offsetof(struct hermit_fault, field)}
	REGISTER(R8, r8), REGISTER(R9, r9), REGISTER(R10, r10), REGISTER(R11, r11),
	REGISTER(R12, r12), REGISTER(R13, r13), REGISTER(R14, r14), REGISTER(R15, r15),
	REGISTER(RDI, rdi), REGISTER(RSI, rsi), REGISTER(RBP, rbp), REGISTER(RBX, rbx),
	REGISTER(RDX, rdx), REGISTER(RAX, rax), REGISTER(RCX, rcx), REGISTER(RSP, rsp),
	REGISTER(RIP, rip), REGISTER(EFL, rflags),
};

static uint64_t *field(struct hermit_fault *from, size_t i)
{
	return (uint64_t *)(void *)((char *)from + registers[i].offset);
}

void __hermit_show_registers(ucontext_t *context, struct hermit_fault *from)
{
	for (size_t i = 0; i < sizeof registers / sizeof *registers; i++)
		context->uc_mcontext.gregs[registers[i].place] = (greg_t)*field(from, i);
	context->uc_mcontext.gregs[__HERMIT_ERR] = (greg_t)from->error;
	context->uc_mcontext.gregs[__HERMIT_TRAPNO] = (greg_t)from->vector;
	context->uc_mcontext.gregs[__HERMIT_CR2] = (greg_t)from->address;
	context->uc_mcontext.gregs[__HERMIT_OLDMASK] = (greg_t)context->uc_sigmask;
}

void __hermit_set_registers(struct hermit_fault *to, const ucontext_t *context)
{
	for (size_t i = 0; i < sizeof registers / sizeof *registers; i++)
		*field(to, i) = (uint64_t)context->uc_mcontext.gregs[registers[i].place];
}
