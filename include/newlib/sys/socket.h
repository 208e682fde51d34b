/*
 * Sockets (POSIX): pairs of connected ones. hermit/network.h says what the
 * system's functions do; the numbers are its own.
 */
#ifndef _SYS_SOCKET_H
#define _SYS_SOCKET_H

#include <sys/cdefs.h>
#include <sys/types.h>

#define AF_UNSPEC 0
#define AF_UNIX   4
#define AF_LOCAL  AF_UNIX
#define PF_UNIX   AF_UNIX
#define PF_LOCAL  AF_UNIX

#define SOCK_STREAM 1
#define SOCK_DGRAM  2
/* Those of open. */
#define SOCK_NONBLOCK 0x4000
#define SOCK_CLOEXEC  0x40000

#define MSG_PEEK     1
#define MSG_DONTWAIT 0x40
#define MSG_NOSIGNAL 0x4000

#define SHUT_RD   0
#define SHUT_WR   1
#define SHUT_RDWR 2

__BEGIN_DECLS

int socketpair(int, int, int, int[2]);
int shutdown(int, int);
ssize_t send(int, const void *, size_t, int);
ssize_t recv(int, void *, size_t, int);

__END_DECLS

#endif
