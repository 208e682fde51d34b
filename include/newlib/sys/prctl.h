/* What Linux lets a process say of itself; what there is of it here. Others are EINVAL. */
#ifndef _SYS_PRCTL_H
#define _SYS_PRCTL_H

#include <sys/cdefs.h>

#define PR_SET_PDEATHSIG     1 /* there is no parent */
#define PR_GET_PDEATHSIG     2
#define PR_GET_DUMPABLE      3
#define PR_SET_DUMPABLE      4 /* nothing is dumped */
#define PR_GET_KEEPCAPS      7
#define PR_SET_KEEPCAPS      8
#define PR_SET_NAME          15 /* of the calling thread */
#define PR_GET_NAME          16
#define PR_SET_TIMERSLACK    29
#define PR_GET_TIMERSLACK    30
#define PR_SET_NO_NEW_PRIVS  38
#define PR_GET_NO_NEW_PRIVS  39
#define PR_SET_THP_DISABLE   41
#define PR_GET_THP_DISABLE   42

__BEGIN_DECLS

int prctl(int, ...);

__END_DECLS

#endif
