/*
 * What <setjmp.h> takes from the machine: rbx, rbp, r12 to r15, rsp and rip;
 * and POSIX's forms, which keep the blocked signals as well.
 */
#ifndef _MACHINE_SETJMP_H
#define _MACHINE_SETJMP_H

#include <sys/cdefs.h>
#include <sys/features.h>

#define _JBLEN  8
#define _JBTYPE long long

typedef _JBTYPE jmp_buf[_JBLEN];

#if __POSIX_VISIBLE
/* Behind a jmp_buf: whether signals are kept, and which are blocked. */
typedef _JBTYPE sigjmp_buf[_JBLEN + 2];

__BEGIN_DECLS
void __hermit_keep_mask(sigjmp_buf, int);
void siglongjmp(sigjmp_buf, int) __attribute__((__noreturn__));
__END_DECLS

#define sigsetjmp(env, save) (__hermit_keep_mask(env, save), setjmp(env))
#endif

#if __XSI_VISIBLE || __BSD_VISIBLE
#define _setjmp(env)         setjmp(env)
#define _longjmp(env, value) longjmp(env, value)
#endif

#endif
