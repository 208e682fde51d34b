/*
 * What a handler of a signal gets as its third argument: the registers of what
 * the signal interrupted, which goes on with them as they are when the handler
 * returns. Where that is a function of the kernel's or the library's, those are 0
 * that a function need not keep; a change of the stack pointer has no effect
 * there, and in the library none has. The signals in uc_sigmask are blocked again
 * when the handler returns.
 */
#ifndef _SYS_UCONTEXT_H_
#define _SYS_UCONTEXT_H_

#include <sys/signal.h>

/* In Linux's order. */
enum {
	__HERMIT_R8, __HERMIT_R9, __HERMIT_R10, __HERMIT_R11,
	__HERMIT_R12, __HERMIT_R13, __HERMIT_R14, __HERMIT_R15,
	__HERMIT_RDI, __HERMIT_RSI, __HERMIT_RBP, __HERMIT_RBX,
	__HERMIT_RDX, __HERMIT_RAX, __HERMIT_RCX, __HERMIT_RSP,
	__HERMIT_RIP, __HERMIT_EFL, __HERMIT_CSGSFS, __HERMIT_ERR,
	__HERMIT_TRAPNO, __HERMIT_OLDMASK, __HERMIT_CR2, __HERMIT_NGREG
};

#if __GNU_VISIBLE
#define REG_R8      __HERMIT_R8
#define REG_R9      __HERMIT_R9
#define REG_R10     __HERMIT_R10
#define REG_R11     __HERMIT_R11
#define REG_R12     __HERMIT_R12
#define REG_R13     __HERMIT_R13
#define REG_R14     __HERMIT_R14
#define REG_R15     __HERMIT_R15
#define REG_RDI     __HERMIT_RDI
#define REG_RSI     __HERMIT_RSI
#define REG_RBP     __HERMIT_RBP
#define REG_RBX     __HERMIT_RBX
#define REG_RDX     __HERMIT_RDX
#define REG_RAX     __HERMIT_RAX
#define REG_RCX     __HERMIT_RCX
#define REG_RSP     __HERMIT_RSP
#define REG_RIP     __HERMIT_RIP
#define REG_EFL     __HERMIT_EFL
#define REG_CSGSFS  __HERMIT_CSGSFS
#define REG_ERR     __HERMIT_ERR
#define REG_TRAPNO  __HERMIT_TRAPNO
#define REG_OLDMASK __HERMIT_OLDMASK
#define REG_CR2     __HERMIT_CR2
#endif

typedef long long greg_t;
typedef greg_t gregset_t[__HERMIT_NGREG];

typedef struct {
	gregset_t gregs;
} mcontext_t;

typedef struct ucontext {
	unsigned long uc_flags;
	struct ucontext *uc_link;
	stack_t uc_stack;
	mcontext_t uc_mcontext;
	sigset_t uc_sigmask;
} ucontext_t;

#endif
