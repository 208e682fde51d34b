/*
 * Sockets and names.
 *
 * Addresses are BSD's: a length, a family, and what the family needs. Ports
 * and IP addresses are in network byte order (the most significant byte first).
 */
#ifndef HERMIT_NETWORK_H
#define HERMIT_NETWORK_H

#include "files.h"
#include "types.h"

/* Families of addresses. */
#define HERMIT_AF_UNSPEC 0
#define HERMIT_AF_INET6  1
#define HERMIT_AF_VSOCK  2
#define HERMIT_AF_INET   3
#define HERMIT_AF_UNIX   4

/* Types of sockets, and flags that may be or-ed to one. */
#define HERMIT_SOCK_STREAM   1
#define HERMIT_SOCK_DGRAM    2
#define HERMIT_SOCK_RAW      3 /* messages of HERMIT_IPPROTO_ICMP or _ICMPV6 with their headers */
#define HERMIT_SOCK_SEQPACKET 5 /* a stream of messages */
#define HERMIT_SOCK_NONBLOCK 04000
#define HERMIT_SOCK_CLOEXEC  040000

/* Protocols, which are also levels of options. */
#define HERMIT_IPPROTO_IP   0
#define HERMIT_IPPROTO_ICMP 1
#define HERMIT_IPPROTO_TCP  6
#define HERMIT_IPPROTO_UDP  17
#define HERMIT_IPPROTO_IPV6 41
#define HERMIT_IPPROTO_ICMPV6 58
#define HERMIT_SOL_RAW      255

/* Options of level HERMIT_SOL_SOCKET. */
#define HERMIT_SOL_SOCKET   4095
#define HERMIT_SO_ACCEPTCONN 0x0002 /* asked alone: it listens */
#define HERMIT_SO_REUSEADDR 0x0004
#define HERMIT_SO_KEEPALIVE 0x0008
#define HERMIT_SO_BROADCAST 0x0020
#define HERMIT_SO_LINGER    0x0080
#define HERMIT_SO_REUSEPORT 0x0200 /* who has it, too, shares the port */
#define HERMIT_SO_TIMESTAMP 0x0400 /* datagrams come with HERMIT_SCM_TIMESTAMP */
#define HERMIT_SO_SNDBUF    0x1001
#define HERMIT_SO_RCVBUF    0x1002
#define HERMIT_SO_SNDLOWAT  0x1003 /* asked alone: 1 */
#define HERMIT_SO_RCVLOWAT  0x1004 /* bytes that a read of a stream waits for */
#define HERMIT_SO_SNDTIMEO  0x1005
#define HERMIT_SO_RCVTIMEO  0x1006
#define HERMIT_SO_ERROR     0x1007 /* asked alone, and cleared by that */
#define HERMIT_SO_TYPE      0x1008 /* asked alone, as the next two */
#define HERMIT_SO_BINDTODEVICE 0x100b /* an interface's name; none: any */
#define HERMIT_SO_PROTOCOL  0x1016
#define HERMIT_SO_DOMAIN    0x1019
#define HERMIT_SO_PASSCRED  0x1021 /* messages come with HERMIT_SCM_CREDENTIALS */
#define HERMIT_SO_PEERCRED  0x1022 /* asked alone: a struct hermit_ucred */
#define HERMIT_SO_PEEK_OFF  0x1023 /* where HERMIT_MSG_PEEK begins, and goes on; -1: at the front */
#define HERMIT_SO_TIMESTAMPNS 0x1025 /* datagrams come with HERMIT_SCM_TIMESTAMPNS */

/* Options of the protocols' levels. */
#define HERMIT_TCP_NODELAY          1
#define HERMIT_TCP_MAXSEG           2
#define HERMIT_TCP_CORK             3
#define HERMIT_TCP_KEEPIDLE         4  /* seconds */
#define HERMIT_TCP_KEEPINTVL        5  /* seconds */
#define HERMIT_TCP_KEEPCNT          6
#define HERMIT_TCP_DEFER_ACCEPT     9  /* seconds that an ACK without text makes no connection */
#define HERMIT_TCP_INFO             11 /* asked alone: a struct hermit_tcp_info */
#define HERMIT_TCP_QUICKACK         12
#define HERMIT_TCP_CONGESTION       13 /* a name: "cubic", "reno" */
#define HERMIT_TCP_USER_TIMEOUT     18 /* milliseconds */
#define HERMIT_IP_TOS               1
#define HERMIT_IP_TTL               2
#define HERMIT_IP_ADD_MEMBERSHIP    3
#define HERMIT_IP_DROP_MEMBERSHIP   4
#define HERMIT_IP_MULTICAST_TTL     5
#define HERMIT_IP_MULTICAST_IF      6  /* an address, a struct hermit_ip_mreq or _mreqn */
#define HERMIT_IP_MULTICAST_LOOP    7
#define HERMIT_IP_PKTINFO           8  /* datagrams come with a message of that type */
#define HERMIT_IP_RECVTTL           12 /* with one of type HERMIT_IP_TTL, an int */
#define HERMIT_IP_RECVTOS           13 /* with one of type HERMIT_IP_TOS, a byte */
#define HERMIT_IP_MULTICAST_ALL     49 /* datagrams of groups that others have joined */
#define HERMIT_IPV6_ADD_MEMBERSHIP  12
#define HERMIT_IPV6_DROP_MEMBERSHIP 13
#define HERMIT_IPV6_UNICAST_HOPS    16
#define HERMIT_IPV6_MULTICAST_IF    17 /* an interface's number */
#define HERMIT_IPV6_MULTICAST_HOPS  18
#define HERMIT_IPV6_MULTICAST_LOOP  19
#define HERMIT_IPV6_V6ONLY          27
#define HERMIT_IPV6_MULTICAST_ALL   29
#define HERMIT_IPV6_RECVPKTINFO     49 /* datagrams come with HERMIT_IPV6_PKTINFO */
#define HERMIT_IPV6_PKTINFO         50
#define HERMIT_IPV6_RECVHOPLIMIT    51 /* with HERMIT_IPV6_HOPLIMIT, an int */
#define HERMIT_IPV6_HOPLIMIT        52
#define HERMIT_IPV6_RECVTCLASS      66 /* with HERMIT_IPV6_TCLASS, an int */
#define HERMIT_IPV6_TCLASS          67

/*
 * Of HERMIT_SOCK_RAW, at HERMIT_SOL_RAW and at HERMIT_IPPROTO_ICMPV6: types of messages
 * that are not wanted, a bit for each, in 4 bytes and in 32.
 */
#define HERMIT_ICMP_FILTER  1
#define HERMIT_ICMP6_FILTER 1

/* Receiving: what is read stays there. */
#define HERMIT_MSG_PEEK 1

/* The function does not wait; no signal for who writes to nobody: there is none. */
#define HERMIT_MSG_DONTWAIT 0x40
#define HERMIT_MSG_NOSIGNAL 0x4000

/*
 * Receiving: the whole length of a message is returned, however little of it there
 * was room for, and bytes of a TCP stream are thrown away; a stream waits until all is
 * there; descriptors close on exec.
 */
#define HERMIT_MSG_TRUNC        0x20
#define HERMIT_MSG_WAITALL      0x100
#define HERMIT_MSG_CMSG_CLOEXEC 0x40000000

/*
 * Sending: the end of a record, which changes nothing; more follows: of TCP what does
 * not fill a segment waits, 200 ms at most; of UDP all is one datagram, which the first
 * call without it sends.
 */
#define HERMIT_MSG_EOR  0x80
#define HERMIT_MSG_MORE 0x8000

/* In msg_flags, beside HERMIT_MSG_TRUNC: control messages were cut off. */
#define HERMIT_MSG_CTRUNC 0x8

/*
 * Control messages of level HERMIT_SOL_SOCKET: descriptors; a struct hermit_ucred; when a
 * datagram has come, a struct hermit_timeval, a struct hermit_timespec.
 */
#define HERMIT_SCM_RIGHTS      1
#define HERMIT_SCM_CREDENTIALS 2
#define HERMIT_SCM_TIMESTAMP   HERMIT_SO_TIMESTAMP
#define HERMIT_SCM_TIMESTAMPNS HERMIT_SO_TIMESTAMPNS

/* What sys_shutdown ends. */
#define HERMIT_SHUT_RD   0
#define HERMIT_SHUT_WR   1
#define HERMIT_SHUT_RDWR 2

/*
 * Context identifiers of virtual-machine sockets (HERMIT_AF_VSOCK): any; one that is reserved; this
 * machine itself, which needs no device; the host. A machine has one of its own, too, which
 * HERMIT_IOCTL_VM_SOCKETS_GET_LOCAL_CID tells; HERMIT_VMADDR_CID_ANY: there is no device. Ports:
 * any, or one of the system's choice.
 */
#define HERMIT_VMADDR_CID_ANY        0xffffffffu
#define HERMIT_VMADDR_CID_HYPERVISOR 0
#define HERMIT_VMADDR_CID_LOCAL      1
#define HERMIT_VMADDR_CID_HOST       2
#define HERMIT_VMADDR_PORT_ANY       0xffffffffu

/* In the first byte of svm_zero: it goes to the host, as all does that is not this machine's. */
#define HERMIT_VMADDR_FLAG_TO_HOST 1

/*
 * Options of virtual-machine sockets, whose level is HERMIT_AF_VSOCK: bytes of the buffer for what
 * comes, and the least and the most that may be chosen, each a uint64_t of 1048576 at most; how
 * long sys_connect waits for an answer, a struct hermit_timeval (-HERMIT_ERANGE: it is none).
 */
#define HERMIT_SO_VM_SOCKETS_BUFFER_SIZE     0
#define HERMIT_SO_VM_SOCKETS_BUFFER_MIN_SIZE 1
#define HERMIT_SO_VM_SOCKETS_BUFFER_MAX_SIZE 2
#define HERMIT_SO_VM_SOCKETS_CONNECT_TIMEOUT 6

/* Of a socket: the machine's context identifier, an unsigned int. */
#define HERMIT_IOCTL_VM_SOCKETS_GET_LOCAL_CID 0x7b9

/*
 * What sys_getaddrinfo is asked for, in ai_flags: addresses to be bound; the host's canonical
 * name; the name is an address, the service a number; addresses of IPv4 in those of IPv6 where
 * there are none of IPv6, or beside them; only addresses of a version of which the host has one;
 * a signal does not end it.
 */
#define HERMIT_AI_PASSIVE     0x1
#define HERMIT_AI_CANONNAME   0x2
#define HERMIT_AI_NUMERICHOST 0x4
#define HERMIT_AI_V4MAPPED    0x8
#define HERMIT_AI_ALL         0x10
#define HERMIT_AI_ADDRCONFIG  0x20
#define HERMIT_AI_NUMERICSERV 0x400
#define HERMIT_AI_NOINTR      0x10000

/*
 * What sys_getnameinfo is asked for: the address, not a name; the port; the name without the
 * domain of the host's own; a name, or there is an error; a datagram's service.
 */
#define HERMIT_NI_NUMERICHOST 0x1
#define HERMIT_NI_NUMERICSERV 0x2
#define HERMIT_NI_NOFQDN      0x4
#define HERMIT_NI_NAMEREQD    0x8
#define HERMIT_NI_DGRAM       0x10
#define HERMIT_NI_NOINTR      0x10000

/* Errors of sys_getaddrinfo and sys_getnameinfo. */
#define HERMIT_EAI_AGAIN    2
#define HERMIT_EAI_BADFLAGS 3
#define HERMIT_EAI_FAIL     4
#define HERMIT_EAI_FAMILY   5
#define HERMIT_EAI_MEMORY   6
#define HERMIT_EAI_NODATA   7
#define HERMIT_EAI_NONAME   8
#define HERMIT_EAI_SERVICE  9
#define HERMIT_EAI_SOCKTYPE 10
#define HERMIT_EAI_SYSTEM   11
#define HERMIT_EAI_OVERFLOW 14

/* Any address; sa_len is the whole address's length. */
struct hermit_sockaddr {
	uint8_t sa_len;
	uint8_t sa_family;
	char sa_data[14];
};
HERMIT_ASSERT(sizeof(struct hermit_sockaddr) == 16, "hermit_sockaddr");

/*
 * An address of HERMIT_AF_UNIX, as long as its name is: a path that ends with a
 * zero or with the address; or a zero and any bytes, which name no file. One that
 * ends before the path is no name.
 */
struct hermit_sockaddr_un {
	uint8_t sun_len;
	uint8_t sun_family;
	char sun_path[108];
};
HERMIT_ASSERT(sizeof(struct hermit_sockaddr_un) == 110, "hermit_sockaddr_un");

/* Who is at the other end. There is one process, of one user. */
struct hermit_ucred {
	int32_t pid;
	uint32_t uid;
	uint32_t gid;
};
HERMIT_ASSERT(sizeof(struct hermit_ucred) == 12, "hermit_ucred");

/* A message with everything. */
struct hermit_msghdr {
	void *msg_name;               /* an address; NULL if there is none, or not wanted */
	hermit_socklen_t msg_namelen; /* its length, or the room for it */
	struct hermit_iovec *msg_iov; /* the bytes, in parts */
	size_t msg_iovlen;
	void *msg_control;            /* control messages, one after the other */
	size_t msg_controllen;
	int msg_flags;                /* set by sys_recvmsg */
};
HERMIT_ASSERT(sizeof(struct hermit_msghdr) == 56, "hermit_msghdr");
HERMIT_ASSERT(offsetof(struct hermit_msghdr, msg_iov) == 16, "hermit_msghdr");
HERMIT_ASSERT(offsetof(struct hermit_msghdr, msg_flags) == 48, "hermit_msghdr");

/* A control message; its bytes follow, and the next one at a multiple of 8. */
struct hermit_cmsghdr {
	size_t cmsg_len; /* with these */
	int cmsg_level;
	int cmsg_type;
};
HERMIT_ASSERT(sizeof(struct hermit_cmsghdr) == 16, "hermit_cmsghdr");

struct hermit_in_addr {
	uint32_t s_addr;
};

struct hermit_sockaddr_in {
	uint8_t sin_len;
	uint8_t sin_family;
	uint16_t sin_port;
	struct hermit_in_addr sin_addr;
	char sin_zero[8];
};
HERMIT_ASSERT(sizeof(struct hermit_sockaddr_in) == 16, "hermit_sockaddr_in");
HERMIT_ASSERT(offsetof(struct hermit_sockaddr_in, sin_addr) == 4, "hermit_sockaddr_in");

/* Not named s6_addr: C libraries have a macro of that name. */
struct hermit_in6_addr {
	uint8_t s6_bytes[16];
};

struct hermit_sockaddr_in6 {
	uint8_t sin6_len;
	uint8_t sin6_family;
	uint16_t sin6_port;
	uint32_t sin6_flowinfo;
	struct hermit_in6_addr sin6_addr;
	uint32_t sin6_scope_id;
};
HERMIT_ASSERT(sizeof(struct hermit_sockaddr_in6) == 28, "hermit_sockaddr_in6");
HERMIT_ASSERT(offsetof(struct hermit_sockaddr_in6, sin6_addr) == 8, "hermit_sockaddr_in6");

/*
 * Control messages HERMIT_IP_PKTINFO and HERMIT_IPV6_PKTINFO: where a datagram has come,
 * or is to come from. Interfaces are numbered from 1; 0 is any.
 */
struct hermit_in_pktinfo {
	int32_t ipi_ifindex;
	struct hermit_in_addr ipi_spec_dst; /* this host's address, for the answer */
	struct hermit_in_addr ipi_addr;     /* what the datagram was sent to */
};
HERMIT_ASSERT(sizeof(struct hermit_in_pktinfo) == 12, "hermit_in_pktinfo");

struct hermit_in6_pktinfo {
	struct hermit_in6_addr ipi6_addr;
	uint32_t ipi6_ifindex;
};
HERMIT_ASSERT(sizeof(struct hermit_in6_pktinfo) == 20, "hermit_in6_pktinfo");

/* HERMIT_IP_ADD_MEMBERSHIP, HERMIT_IP_MULTICAST_IF: a group, and an interface's address. */
struct hermit_ip_mreq {
	struct hermit_in_addr imr_multiaddr;
	struct hermit_in_addr imr_interface;
};

/* The same, with the interface's number, which counts if it is not 0. */
struct hermit_ip_mreqn {
	struct hermit_in_addr imr_multiaddr;
	struct hermit_in_addr imr_address;
	int32_t imr_ifindex;
};

/* HERMIT_IPV6_ADD_MEMBERSHIP: a group, and an interface's number; 0 is any. */
struct hermit_ipv6_mreq {
	struct hermit_in6_addr ipv6mr_multiaddr;
	uint32_t ipv6mr_interface;
};
HERMIT_ASSERT(sizeof(struct hermit_ipv6_mreq) == 20, "hermit_ipv6_mreq");

/*
 * HERMIT_TCP_INFO. Times are in microseconds, those since something in milliseconds;
 * windows are in segments. What the system has not is 0.
 */
struct hermit_tcp_info {
	uint8_t tcpi_state; /* 1 established, 2 SYN sent, 3 received, 4 FIN-WAIT-1, 5 FIN-WAIT-2,
			       6 TIME-WAIT, 7 closed, 8 CLOSE-WAIT, 9 LAST-ACK, 10 listens, 11 CLOSING */
	uint8_t tcpi_ca_state; /* 0 all is well, 3 something was lost, 4 after a time-out */
	uint8_t tcpi_retransmits;
	uint8_t tcpi_probes;
	uint8_t tcpi_backoff;
	uint8_t tcpi_options; /* 1 timestamps, 2 SACK, 4 window scale */
	uint8_t tcpi_wscale;  /* of what is sent in the lower four bits, of what comes in the others */
	uint8_t tcpi_unused;
	uint32_t tcpi_rto;
	uint32_t tcpi_ato;
	uint32_t tcpi_snd_mss;
	uint32_t tcpi_rcv_mss;
	uint32_t tcpi_unacked; /* of a listener: connections that wait to be accepted */
	uint32_t tcpi_sacked;  /* of a listener: its backlog */
	uint32_t tcpi_lost;
	uint32_t tcpi_retrans;
	uint32_t tcpi_fackets;
	uint32_t tcpi_last_data_sent;
	uint32_t tcpi_last_ack_sent;
	uint32_t tcpi_last_data_recv;
	uint32_t tcpi_last_ack_recv;
	uint32_t tcpi_pmtu;
	uint32_t tcpi_rcv_ssthresh;
	uint32_t tcpi_rtt;
	uint32_t tcpi_rttvar;
	uint32_t tcpi_snd_ssthresh;
	uint32_t tcpi_snd_cwnd;
	uint32_t tcpi_advmss;
	uint32_t tcpi_reordering;
	uint32_t tcpi_rcv_rtt;
	uint32_t tcpi_rcv_space;
	uint32_t tcpi_total_retrans;
};
HERMIT_ASSERT(sizeof(struct hermit_tcp_info) == 104, "hermit_tcp_info");

struct hermit_sockaddr_vm {
	uint8_t svm_len;
	uint8_t svm_family;
	uint16_t svm_reserved;
	uint32_t svm_port;
	uint32_t svm_cid;
	uint8_t svm_zero[4];
};
HERMIT_ASSERT(sizeof(struct hermit_sockaddr_vm) == 16, "hermit_sockaddr_vm");
HERMIT_ASSERT(offsetof(struct hermit_sockaddr_vm, svm_cid) == 8, "hermit_sockaddr_vm");

/* What sys_getaddrinfo is asked for, and finds. */
struct hermit_addrinfo {
	int32_t ai_flags;
	int32_t ai_family;
	int32_t ai_socktype;
	int32_t ai_protocol;
	hermit_socklen_t ai_addrlen;
	char *ai_canonname;
	struct hermit_sockaddr *ai_addr;
	struct hermit_addrinfo *ai_next;
};
HERMIT_ASSERT(sizeof(struct hermit_addrinfo) == 48, "hermit_addrinfo");
HERMIT_ASSERT(offsetof(struct hermit_addrinfo, ai_canonname) == 24, "hermit_addrinfo");
HERMIT_ASSERT(offsetof(struct hermit_addrinfo, ai_next) == 40, "hermit_addrinfo");

/* What an interface is, in flags. */
#define HERMIT_IFF_UP        0x1u
#define HERMIT_IFF_BROADCAST 0x2u
#define HERMIT_IFF_LOOPBACK  0x8u
#define HERMIT_IFF_RUNNING   0x40u /* it has a link */
#define HERMIT_IFF_MULTICAST 0x1000u

/* An interface of the host's, or one of its addresses. */
struct hermit_interface {
	uint32_t index;     /* from 1 on */
	uint32_t flags;     /* HERMIT_IFF_* */
	uint32_t mtu;       /* bytes of the largest packet */
	uint32_t prefix;    /* bits of the address that are its subnet's */
	char name[16];      /* lo, eth0, eth1 and so on */
	uint8_t station[8]; /* six bytes; zeros: it has none */
	struct hermit_sockaddr_in6 address; /* or a struct hermit_sockaddr_in */
	uint32_t zero;
};
HERMIT_ASSERT(sizeof(struct hermit_interface) == 72, "hermit_interface");
HERMIT_ASSERT(offsetof(struct hermit_interface, address) == 40, "hermit_interface");

/* Room for the names that sys_getnameinfo finds. */
struct hermit_namerooms {
	char *host;
	char *service;
	hermit_socklen_t host_length;
	hermit_socklen_t service_length;
};
HERMIT_ASSERT(sizeof(struct hermit_namerooms) == 24, "hermit_namerooms");

HERMIT_BEGIN_DECLARATIONS

/*
 * A function of a socket may return, besides what is listed:
 *
 *   -HERMIT_EBADF     fd is not open.
 *   -HERMIT_ENOTSOCK  fd is not a socket.
 *   -HERMIT_EINVAL    a length, flag or family is not valid for the socket.
 *
 * Where an address is returned, the caller says how much room there is in
 * *length and finds there how long the address is; it is cut off if there
 * is less room.
 */

/*
 * sys_socket: makes a socket.
 *
 * family    HERMIT_AF_*.
 * type      HERMIT_SOCK_*, or-ed.
 * protocol  HERMIT_IPPROTO_*; the family's usual one is 0. Of HERMIT_IPPROTO_ICMP and
 *           _ICMPV6 a HERMIT_SOCK_DGRAM sends echoes, to which it gives its port as the
 *           identifier, and receives their answers.
 *
 * Returns a descriptor, or
 *
 *   -HERMIT_EAFNOSUPPORT     there is no such family.
 *   -HERMIT_EMFILE           no descriptor is free.
 *   -HERMIT_ENOBUFS          not enough memory.
 *   -HERMIT_EPROTONOSUPPORT  the family has no such protocol.
 *   -HERMIT_ESOCKTNOSUPPORT  the family has no such type.
 */
int sys_socket(int family, int type, int protocol);

/*
 * sys_socketpair: makes two sockets that are connected with each other.
 * Writing to one whose other end is closed gives -HERMIT_EPIPE, and
 * -HERMIT_ECONNREFUSED for HERMIT_SOCK_DGRAM.
 *
 * family    HERMIT_AF_UNIX.
 * type      HERMIT_SOCK_STREAM, _DGRAM or _SEQPACKET, and flags or-ed to it.
 * protocol  0.
 * fds       the caller's, two ints.
 *
 * Returns 0, or
 *
 *   -HERMIT_EAFNOSUPPORT     there is no such family.
 *   -HERMIT_EINVAL           flags are not valid.
 *   -HERMIT_EMFILE           two descriptors are not free.
 *   -HERMIT_ENFILE, -HERMIT_ENOMEM  not enough memory.
 *   -HERMIT_EOPNOTSUPP       the family has no pairs.
 *   -HERMIT_EPROTONOSUPPORT  protocol is not 0.
 *   -HERMIT_ESOCKTNOSUPPORT  the family has no such type.
 */
int sys_socketpair(int family, int type, int protocol, int *fds);

/*
 * sys_bind: gives a socket its own address; port 0 means a free one. A path of
 * HERMIT_AF_UNIX becomes a file, which stays until it is removed as others are;
 * no name becomes a free one that is no file.
 *
 * Returns 0, or
 *
 *   -HERMIT_EADDRINUSE     the address is taken.
 *   -HERMIT_EADDRNOTAVAIL  the machine does not have the address.
 *   -HERMIT_EINVAL         it has an address, or the address is not one of the
 *                          socket's family.
 *
 * and what sys_mknod says of a path.
 */
int sys_bind(int fd, const struct hermit_sockaddr *address, hermit_socklen_t length);

/*
 * sys_listen: lets others connect.
 *
 * backlog  how many connections may wait for sys_accept.
 *
 * Returns 0, or
 *
 *   -HERMIT_EADDRINUSE  another socket listens there.
 *   -HERMIT_EOPNOTSUPP  not a stream.
 */
int sys_listen(int fd, int backlog);

/*
 * sys_accept: takes a waiting connection. Blocks.
 *
 * address, length  where the other end's address goes; NULL if not wanted.
 *
 * Returns the connection's descriptor, or
 *
 *   -HERMIT_EAGAIN        none waits, and fd is non-blocking.
 *   -HERMIT_ECONNABORTED  it was ended before it was taken.
 *   -HERMIT_EMFILE        no descriptor is free.
 *   -HERMIT_EOPNOTSUPP    not a stream.
 */
int sys_accept(int fd, struct hermit_sockaddr *address, hermit_socklen_t *length);

/*
 * sys_accept4: the same, with how the new descriptor is used.
 *
 * flags  HERMIT_SOCK_NONBLOCK, HERMIT_SOCK_CLOEXEC, or-ed.
 */
int sys_accept4(int fd, struct hermit_sockaddr *address, hermit_socklen_t *length, int flags);

/*
 * sys_connect: connects to an address; of a datagram socket, sets where
 * sys_send sends to and from where alone it receives, or, with an address of
 * HERMIT_AF_UNSPEC, that there is no such place any more. Blocks.
 *
 * Returns 0, or
 *
 *   -HERMIT_EAGAIN         as many wait to be accepted as may, and fd is
 *                          non-blocking or its HERMIT_SO_SNDTIMEO is over.
 *   -HERMIT_EADDRNOTAVAIL  no local port is free.
 *   -HERMIT_EALREADY       a connection is being made already.
 *   -HERMIT_ECONNREFUSED   nobody listens there.
 *   -HERMIT_EINPROGRESS    it goes on, and fd is non-blocking.
 *   -HERMIT_EISCONN        connected already.
 *   -HERMIT_ECONNRESET     nobody listens there (HERMIT_AF_VSOCK).
 *   -HERMIT_ENETUNREACH    there is no way there.
 *   -HERMIT_ENODEV         no device leads there (HERMIT_AF_VSOCK).
 *   -HERMIT_EPERM          it sends to another one, and receives from no other.
 *   -HERMIT_EPROTOTYPE     a socket of another type is there.
 *   -HERMIT_ETIMEDOUT      no answer.
 *
 * and what sys_stat says of a path.
 */
int sys_connect(int fd, const struct hermit_sockaddr *address, hermit_socklen_t length);

/*
 * sys_getsockname: a socket's own address. sys_getpeername: the other end's.
 *
 * Return 0, or
 *
 *   -HERMIT_ENOTCONN  there is no other end (getpeername).
 */
int sys_getsockname(int fd, struct hermit_sockaddr *address, hermit_socklen_t *length);
int sys_getpeername(int fd, struct hermit_sockaddr *address, hermit_socklen_t *length);

/*
 * sys_shutdown, sys_shutdown_socket: ends one direction of a connection, or
 * both. The two are the same.
 *
 * how  HERMIT_SHUT_*.
 *
 * Return 0, or
 *
 *   -HERMIT_ENOTCONN  not connected.
 */
int sys_shutdown(int fd, int how);
int sys_shutdown_socket(int fd, int how);

/*
 * sys_setsockopt, sys_getsockopt: change and ask an option.
 *
 * value  the option's value: an int, or what is said above; of SO_LINGER two, whether
 *        and how many seconds; of the time-outs a struct hermit_timeval, where 0 is for
 *        ever. Room in queues is at least 4608 bytes, and at most 212992 of
 *        HERMIT_AF_UNIX and 1048576 of others.
 *
 * Return 0, or
 *
 *   -HERMIT_EADDRINUSE   the group was joined before.
 *   -HERMIT_EADDRNOTAVAIL  the group was not joined, or there is no such interface.
 *   -HERMIT_EDOM         microseconds out of range.
 *   -HERMIT_ENOBUFS      more groups than 20 are joined.
 *   -HERMIT_ENODEV       there is no such interface.
 *   -HERMIT_ENOENT       there is no such congestion control.
 *   -HERMIT_EOPNOTSUPP   the socket has no options of that level.
 *   -HERMIT_ENOPROTOOPT  level has no such option.
 *   -HERMIT_EPROTO       a stream joins no groups.
 */
int sys_setsockopt(int fd, int level, int option, const void *value, hermit_socklen_t length);
int sys_getsockopt(int fd, int level, int option, void *value, hermit_socklen_t *length);

/*
 * sys_send: sends to the other end. sys_sendto: the same, of a datagram
 * socket to address. Block.
 *
 * Return the number of bytes, or
 *
 *   -HERMIT_EAGAIN        no room now, and fd is non-blocking.
 *   -HERMIT_ECONNRESET    the other end reset the connection.
 *   -HERMIT_EDESTADDRREQ  there is no other end and no address.
 *   -HERMIT_EMSGSIZE      too long for a datagram.
 *   -HERMIT_ENETUNREACH   there is no way there.
 *   -HERMIT_ENOTCONN      not connected.
 *   -HERMIT_EPIPE         sending was shut down.
 */
hermit_ssize_t sys_send(int fd, const void *buffer, size_t length, int flags);
hermit_ssize_t sys_sendto(int fd, const void *buffer, size_t length, int flags,
			  const struct hermit_sockaddr *address, hermit_socklen_t address_length);

/*
 * sys_recv: receives what is there, at most length bytes; of a datagram the
 * rest is lost. sys_recvfrom: the same, and who sent it. Block.
 *
 * flags  HERMIT_MSG_*, or-ed.
 *
 * Return the number of bytes, 0 at a stream's end, or
 *
 *   -HERMIT_EAGAIN      nothing there now, and fd is non-blocking or its
 *                       HERMIT_SO_RCVTIMEO is over.
 *   -HERMIT_ECONNRESET  the other end reset the connection.
 *   -HERMIT_ENOTCONN    not connected.
 *   -HERMIT_ETIMEDOUT   the other end is gone.
 */
hermit_ssize_t sys_recv(int fd, void *buffer, size_t length, int flags);
hermit_ssize_t sys_recvfrom(int fd, void *buffer, size_t length, int flags,
			    struct hermit_sockaddr *address, hermit_socklen_t *address_length);

/*
 * sys_sendmsg: sends a message to msg_name, or to the other end where that is NULL,
 * and with it descriptors (HERMIT_SCM_RIGHTS, at most 253), which come out of the
 * other socket as duplicates do of sys_dup. A message that nobody receives closes
 * them. So do sockets that are on their way through each other and that nobody can
 * receive, but not at once: when more descriptors are sent.
 *
 * sys_recvmsg: receives one, and says in *message how long the address is and the
 * control messages are, and in msg_flags what was cut off. Of a stream what is
 * received ends with the bytes that descriptors were sent with. Descriptors that
 * there is no room for, or no free number, are closed.
 *
 * Block. Return as sys_sendto and sys_recvfrom, or
 *
 *   -HERMIT_EBADF         a descriptor that is sent is not open, or fd is not.
 *   -HERMIT_EINVAL        control messages are not valid, or not known.
 *   -HERMIT_EMSGSIZE      there are too many parts.
 *   -HERMIT_ETOOMANYREFS  more descriptors are on their way than may be open.
 */
hermit_ssize_t sys_sendmsg(int fd, const struct hermit_msghdr *message, int flags);
hermit_ssize_t sys_recvmsg(int fd, struct hermit_msghdr *message, int flags);

/*
 * Names are looked for in /etc/hosts and then asked of servers: those of /etc/resolv.conf, or
 * else those that the network has told of. Services are those of /etc/services, and well-known
 * ones. A server is waited for 5 seconds, and once more 10; when all keep silent there is
 * HERMIT_EAI_AGAIN.
 */

/*
 * sys_getaddrbyname: a host's addresses of IPv4 by its name. Blocks.
 *
 * addresses  where they go, four bytes each.
 * length     bytes of room there.
 *
 * Returns how many there are, or
 *
 *   -HERMIT_EAGAIN  no server of names answers.
 *   -HERMIT_EINTR   a signal came.
 *   -HERMIT_EINVAL  length is not a multiple of 4.
 *   -HERMIT_ENOENT  there is no such host.
 */
int sys_getaddrbyname(const char *name, uint8_t *addresses, size_t length);

/*
 * sys_getaddrinfo: addresses by names of a host and of a service, in the order in which they
 * are to be tried (RFC 6724). Blocks.
 *
 * name     a host's name, or an address; NULL: the host itself, or with HERMIT_AI_PASSIVE
 *          any of its addresses.
 * service  a service's name, or a port; NULL: none. Not both are NULL.
 * hints    which addresses are wanted; NULL for all.
 * result   where the list's first goes. The list, or a part of it, is the caller's until it
 *          gives it back with sys_freeaddrinfo.
 *
 * Returns 0, or HERMIT_EAI_*, a positive number: HERMIT_EAI_NODATA a host that has no address
 * of the kind; with HERMIT_EAI_SYSTEM errno says more, HERMIT_EINTR that a signal came.
 */
int sys_getaddrinfo(const char *name, const char *service, const struct hermit_addrinfo *hints,
		    struct hermit_addrinfo **result);

/*
 * sys_getnameinfo: names of a host and of a service by an address. Blocks. What has no name
 * is given as a number, unless HERMIT_NI_NAMEREQD is asked for.
 *
 * rooms  where they go, each with a zero at its end; NULL if not wanted. Not both are NULL.
 *
 * Returns 0, or HERMIT_EAI_*: HERMIT_EAI_OVERFLOW there is no room.
 */
int sys_getnameinfo(const struct hermit_sockaddr *address, hermit_socklen_t length,
		    const struct hermit_namerooms *rooms, int flags);

/*
 * sys_freeaddrinfo: gives a list back; NULL is one of no elements.
 */
void sys_freeaddrinfo(struct hermit_addrinfo *list);

/*
 * sys_gai_strerror: what an error of sys_getaddrinfo means, in English.
 *
 * Returns a string of the kernel's that stays; for a number that is none of
 * HERMIT_EAI_* too. Never NULL.
 */
const char *sys_gai_strerror(int error);

/*
 * sys_getinterfaces: the host's interfaces, of which the first is the loopback: each has an
 * entry without an address (sa_family is HERMIT_AF_UNSPEC), and one for each of its addresses
 * behind that. Blocks, while an address is about to be there.
 *
 * list   where they go.
 * count  how many there is room for; others are left out.
 *
 * Returns how many there are, or
 *
 *   -HERMIT_EINVAL  count is negative.
 *   -HERMIT_ENOMEM  not enough memory.
 */
int sys_getinterfaces(struct hermit_interface *list, size_t count);

HERMIT_END_DECLARATIONS

#endif
