/*
 * Sockets (POSIX): those of AF_UNIX within the program, and those of AF_INET and AF_INET6
 * over the loopback and network cards, and those of AF_VSOCK (linux/vm_sockets.h) to the host.
 * hermit/network.h says what the system's functions do; the numbers are its own.
 */
#ifndef _SYS_SOCKET_H
#define _SYS_SOCKET_H

#include <sys/cdefs.h>
#include <sys/types.h>
#include <sys/uio.h>

struct timespec;

typedef __uint32_t socklen_t;
typedef __uint8_t sa_family_t;

#define AF_UNSPEC 0
#define AF_INET6  1
#define AF_VSOCK  2
#define AF_INET   3
#define AF_UNIX   4
#define AF_LOCAL  AF_UNIX
#define PF_UNSPEC AF_UNSPEC
#define PF_INET6  AF_INET6
#define PF_VSOCK  AF_VSOCK
#define PF_INET   AF_INET
#define PF_UNIX   AF_UNIX
#define PF_LOCAL  AF_UNIX

#define SOCK_STREAM    1
#define SOCK_DGRAM     2
#define SOCK_RAW       3
#define SOCK_SEQPACKET 5
/* Those of open. */
#define SOCK_NONBLOCK 0x4000
#define SOCK_CLOEXEC  0x40000

#define SOMAXCONN 4096

#define SOL_SOCKET    4095
#define SO_ACCEPTCONN 0x0002
#define SO_REUSEADDR  0x0004
#define SO_KEEPALIVE  0x0008
#define SO_BROADCAST  0x0020
#define SO_LINGER     0x0080
#define SO_REUSEPORT  0x0200
#define SO_TIMESTAMP  0x0400
#define SO_SNDBUF     0x1001
#define SO_RCVBUF     0x1002
#define SO_SNDLOWAT   0x1003
#define SO_RCVLOWAT   0x1004
#define SO_SNDTIMEO   0x1005
#define SO_RCVTIMEO   0x1006
#define SO_ERROR      0x1007
#define SO_TYPE       0x1008
#define SO_BINDTODEVICE 0x100b
#define SO_PROTOCOL   0x1016
#define SO_DOMAIN     0x1019
#define SO_PASSCRED   0x1021
#define SO_PEERCRED   0x1022
#define SO_PEEK_OFF   0x1023
#define SO_TIMESTAMPNS 0x1025

#define MSG_PEEK         1
#define MSG_CTRUNC       0x8
#define MSG_TRUNC        0x20
#define MSG_DONTWAIT     0x40
#define MSG_EOR          0x80
#define MSG_WAITALL      0x100
#define MSG_NOSIGNAL     0x4000
#define MSG_MORE         0x8000
#define MSG_WAITFORONE   0x10000 /* recvmmsg: only the first one is waited for */
#define MSG_CMSG_CLOEXEC 0x40000000

#define SHUT_RD   0
#define SHUT_WR   1
#define SHUT_RDWR 2

/* Control messages of level SOL_SOCKET. */
#define SCM_RIGHTS      1
#define SCM_CREDENTIALS 2
#define SCM_TIMESTAMP   SO_TIMESTAMP
#define SCM_TIMESTAMPNS SO_TIMESTAMPNS

struct sockaddr {
	__uint8_t sa_len;
	sa_family_t sa_family;
	char sa_data[14];
};

/* Room for an address of any family. */
struct sockaddr_storage {
	__uint8_t ss_len;
	sa_family_t ss_family;
	char __ss_fill[6];
	__uint64_t __ss_rest[15];
};

struct linger {
	int l_onoff;
	int l_linger; /* seconds */
};

struct msghdr {
	void *msg_name;
	socklen_t msg_namelen;
	struct iovec *msg_iov;
	size_t msg_iovlen;
	void *msg_control;
	size_t msg_controllen;
	int msg_flags;
};

struct cmsghdr {
	size_t cmsg_len; /* with these */
	int cmsg_level;
	int cmsg_type;
};

#define CMSG_ALIGN(n)    (((n) + sizeof(size_t) - 1) & ~(sizeof(size_t) - 1))
#define CMSG_LEN(n)      (sizeof(struct cmsghdr) + (n))
#define CMSG_SPACE(n)    (sizeof(struct cmsghdr) + CMSG_ALIGN(n))
#define CMSG_DATA(c)     ((unsigned char *)((struct cmsghdr *)(c) + 1))
#define CMSG_FIRSTHDR(m) \
	((m)->msg_controllen >= sizeof(struct cmsghdr) ? (struct cmsghdr *)(m)->msg_control \
						       : (struct cmsghdr *)0)
#define CMSG_NXTHDR(m, c) __cmsg_next(m, c)

/* The control message behind another one; NULL: there is none. */
static __inline__ struct cmsghdr *__cmsg_next(const struct msghdr *message,
					      const struct cmsghdr *last)
{
	char *end = (char *)message->msg_control + message->msg_controllen;
	size_t left = (size_t)(end - (char *)last), size = CMSG_ALIGN(last->cmsg_len);

	if (last->cmsg_len < sizeof *last || size > left || left - size < sizeof *last)
		return (struct cmsghdr *)0;
	return (struct cmsghdr *)((char *)last + size);
}

#if __BSD_VISIBLE || __GNU_VISIBLE
/* Who is at the other end (SO_PEERCRED, SCM_CREDENTIALS). */
struct ucred {
	pid_t pid;
	uid_t uid;
	gid_t gid;
};
#endif

#if __GNU_VISIBLE
/* Of several messages one, and how long it is. */
struct mmsghdr {
	struct msghdr msg_hdr;
	unsigned msg_len;
};
#endif

__BEGIN_DECLS

int socket(int, int, int);
int socketpair(int, int, int, int[2]);
int bind(int, const struct sockaddr *, socklen_t);
int listen(int, int);
int accept(int, struct sockaddr *, socklen_t *);
int connect(int, const struct sockaddr *, socklen_t);
int getsockname(int, struct sockaddr *, socklen_t *);
int getpeername(int, struct sockaddr *, socklen_t *);
int shutdown(int, int);
int setsockopt(int, int, int, const void *, socklen_t);
int getsockopt(int, int, int, void *, socklen_t *);
ssize_t send(int, const void *, size_t, int);
ssize_t sendto(int, const void *, size_t, int, const struct sockaddr *, socklen_t);
ssize_t sendmsg(int, const struct msghdr *, int);
ssize_t recv(int, void *, size_t, int);
ssize_t recvfrom(int, void *, size_t, int, struct sockaddr *, socklen_t *);
ssize_t recvmsg(int, struct msghdr *, int);
#if __BSD_VISIBLE || __GNU_VISIBLE
int accept4(int, struct sockaddr *, socklen_t *, int);
#endif
#if __GNU_VISIBLE
int sendmmsg(int, struct mmsghdr *, unsigned, int);
int recvmmsg(int, struct mmsghdr *, unsigned, int, struct timespec *);
#endif

__END_DECLS

#endif
