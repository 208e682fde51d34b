/* Sockets: made, named, connected. */
#include <netinet/in.h>
#include <linux/vm_sockets.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "broken_pipe.h"
#include "cancel.h"
#include "interruption.h"
#include "shim.h"
#include "socket_flags.h"

_Static_assert(AF_UNIX == HERMIT_AF_UNIX && AF_INET == HERMIT_AF_INET &&
	       AF_INET6 == HERMIT_AF_INET6 && SOCK_STREAM == HERMIT_SOCK_STREAM &&
	       SOCK_DGRAM == HERMIT_SOCK_DGRAM && SOCK_SEQPACKET == HERMIT_SOCK_SEQPACKET &&
	       SHUT_RDWR == HERMIT_SHUT_RDWR, "sockets");
_Static_assert(SOL_SOCKET == HERMIT_SOL_SOCKET && SO_ACCEPTCONN == HERMIT_SO_ACCEPTCONN &&
	       SO_REUSEADDR == HERMIT_SO_REUSEADDR && SO_KEEPALIVE == HERMIT_SO_KEEPALIVE &&
	       SO_BROADCAST == HERMIT_SO_BROADCAST && SO_LINGER == HERMIT_SO_LINGER &&
	       SO_SNDBUF == HERMIT_SO_SNDBUF && SO_RCVBUF == HERMIT_SO_RCVBUF &&
	       SO_SNDTIMEO == HERMIT_SO_SNDTIMEO && SO_RCVTIMEO == HERMIT_SO_RCVTIMEO &&
	       SO_ERROR == HERMIT_SO_ERROR && SO_TYPE == HERMIT_SO_TYPE &&
	       SO_PROTOCOL == HERMIT_SO_PROTOCOL && SO_DOMAIN == HERMIT_SO_DOMAIN &&
	       SO_PASSCRED == HERMIT_SO_PASSCRED && SO_PEERCRED == HERMIT_SO_PEERCRED &&
	       SO_SNDLOWAT == HERMIT_SO_SNDLOWAT && SO_RCVLOWAT == HERMIT_SO_RCVLOWAT &&
	       SO_PEEK_OFF == HERMIT_SO_PEEK_OFF && SO_REUSEPORT == HERMIT_SO_REUSEPORT &&
	       SO_TIMESTAMP == HERMIT_SO_TIMESTAMP && SO_TIMESTAMPNS == HERMIT_SO_TIMESTAMPNS &&
	       SO_BINDTODEVICE == HERMIT_SO_BINDTODEVICE, "options");
_Static_assert(IPPROTO_IP == HERMIT_IPPROTO_IP && IPPROTO_TCP == HERMIT_IPPROTO_TCP &&
	       IPPROTO_UDP == HERMIT_IPPROTO_UDP && IPPROTO_IPV6 == HERMIT_IPPROTO_IPV6 &&
	       IP_TOS == HERMIT_IP_TOS && IP_TTL == HERMIT_IP_TTL &&
	       IPV6_V6ONLY == HERMIT_IPV6_V6ONLY &&
	       IPV6_UNICAST_HOPS == HERMIT_IPV6_UNICAST_HOPS, "protocols");
_Static_assert(IP_ADD_MEMBERSHIP == HERMIT_IP_ADD_MEMBERSHIP &&
	       IP_DROP_MEMBERSHIP == HERMIT_IP_DROP_MEMBERSHIP &&
	       IP_MULTICAST_TTL == HERMIT_IP_MULTICAST_TTL &&
	       IP_MULTICAST_IF == HERMIT_IP_MULTICAST_IF &&
	       IP_MULTICAST_LOOP == HERMIT_IP_MULTICAST_LOOP &&
	       IP_MULTICAST_ALL == HERMIT_IP_MULTICAST_ALL &&
	       IP_PKTINFO == HERMIT_IP_PKTINFO && IP_RECVTTL == HERMIT_IP_RECVTTL &&
	       IP_RECVTOS == HERMIT_IP_RECVTOS &&
	       IPV6_JOIN_GROUP == HERMIT_IPV6_ADD_MEMBERSHIP &&
	       IPV6_LEAVE_GROUP == HERMIT_IPV6_DROP_MEMBERSHIP &&
	       IPV6_MULTICAST_IF == HERMIT_IPV6_MULTICAST_IF &&
	       IPV6_MULTICAST_HOPS == HERMIT_IPV6_MULTICAST_HOPS &&
	       IPV6_MULTICAST_LOOP == HERMIT_IPV6_MULTICAST_LOOP &&
	       IPV6_MULTICAST_ALL == HERMIT_IPV6_MULTICAST_ALL &&
	       IPV6_RECVPKTINFO == HERMIT_IPV6_RECVPKTINFO &&
	       IPV6_PKTINFO == HERMIT_IPV6_PKTINFO &&
	       IPV6_RECVHOPLIMIT == HERMIT_IPV6_RECVHOPLIMIT &&
	       IPV6_HOPLIMIT == HERMIT_IPV6_HOPLIMIT &&
	       IPV6_RECVTCLASS == HERMIT_IPV6_RECVTCLASS && IPV6_TCLASS == HERMIT_IPV6_TCLASS &&
	       sizeof(struct ip_mreqn) == sizeof(struct hermit_ip_mreqn) &&
	       sizeof(struct ipv6_mreq) == sizeof(struct hermit_ipv6_mreq) &&
	       sizeof(struct in_pktinfo) == sizeof(struct hermit_in_pktinfo) &&
	       sizeof(struct in6_pktinfo) == sizeof(struct hermit_in6_pktinfo), "groups and places");
_Static_assert(TCP_NODELAY == HERMIT_TCP_NODELAY && TCP_MAXSEG == HERMIT_TCP_MAXSEG &&
	       TCP_CORK == HERMIT_TCP_CORK && TCP_KEEPIDLE == HERMIT_TCP_KEEPIDLE &&
	       TCP_KEEPINTVL == HERMIT_TCP_KEEPINTVL && TCP_KEEPCNT == HERMIT_TCP_KEEPCNT &&
	       TCP_QUICKACK == HERMIT_TCP_QUICKACK &&
	       TCP_DEFER_ACCEPT == HERMIT_TCP_DEFER_ACCEPT && TCP_INFO == HERMIT_TCP_INFO &&
	       TCP_CONGESTION == HERMIT_TCP_CONGESTION &&
	       sizeof(struct tcp_info) == sizeof(struct hermit_tcp_info) &&
	       TCP_USER_TIMEOUT == HERMIT_TCP_USER_TIMEOUT, "TCP");
_Static_assert(sizeof(struct sockaddr) == sizeof(struct hermit_sockaddr) &&
	       sizeof(struct sockaddr_storage) == 128 &&
	       sizeof(struct sockaddr_un) == sizeof(struct hermit_sockaddr_un) &&
	       offsetof(struct sockaddr_un, sun_path) ==
		       offsetof(struct hermit_sockaddr_un, sun_path), "addresses");
_Static_assert(AF_VSOCK == HERMIT_AF_VSOCK && VMADDR_CID_ANY == HERMIT_VMADDR_CID_ANY &&
	       VMADDR_CID_LOCAL == HERMIT_VMADDR_CID_LOCAL &&
	       VMADDR_CID_HOST == HERMIT_VMADDR_CID_HOST &&
	       VMADDR_PORT_ANY == HERMIT_VMADDR_PORT_ANY &&
	       VMADDR_FLAG_TO_HOST == HERMIT_VMADDR_FLAG_TO_HOST &&
	       SO_VM_SOCKETS_BUFFER_SIZE == HERMIT_SO_VM_SOCKETS_BUFFER_SIZE &&
	       SO_VM_SOCKETS_BUFFER_MIN_SIZE == HERMIT_SO_VM_SOCKETS_BUFFER_MIN_SIZE &&
	       SO_VM_SOCKETS_BUFFER_MAX_SIZE == HERMIT_SO_VM_SOCKETS_BUFFER_MAX_SIZE &&
	       SO_VM_SOCKETS_CONNECT_TIMEOUT == HERMIT_SO_VM_SOCKETS_CONNECT_TIMEOUT &&
	       IOCTL_VM_SOCKETS_GET_LOCAL_CID == HERMIT_IOCTL_VM_SOCKETS_GET_LOCAL_CID &&
	       sizeof(struct sockaddr_vm) == sizeof(struct hermit_sockaddr_vm) &&
	       offsetof(struct sockaddr_vm, svm_port) ==
		       offsetof(struct hermit_sockaddr_vm, svm_port) &&
	       offsetof(struct sockaddr_vm, svm_flags) ==
		       offsetof(struct hermit_sockaddr_vm, svm_zero), "AF_VSOCK");

WEAK int socket(int family, int type, int protocol)
{
	CAN_BREAK();
	return (int)checked(sys_socket(family, socketFlags(type), protocol));
}

WEAK int socketpair(int family, int type, int protocol, int fds[2])
{
	CAN_BREAK();
	return (int)checked(sys_socketpair(family, socketFlags(type), protocol, fds));
}

WEAK int bind(int fd, const struct sockaddr *address, socklen_t length)
{
	return (int)checked(sys_bind(fd, (const struct hermit_sockaddr *)address, length));
}

WEAK int listen(int fd, int backlog)
{
	return (int)checked(sys_listen(fd, backlog));
}

WEAK int accept4(int fd, struct sockaddr *address, socklen_t *length, int flags)
{
	unsigned interrupted = handlersRun(true);
	int result;

	cancellationPoint();
	/* A handler with SA_RESTART, or none, lets it go on. */
	do
		result = sys_accept4(fd, (struct hermit_sockaddr *)address, length, socketFlags(flags));
	while (result == -HERMIT_EINTR && __hermit_handlers_run && handlersRun(true) == interrupted);
	return (int)checked(result);
}

WEAK int accept(int fd, struct sockaddr *address, socklen_t *length)
{
	return accept4(fd, address, length, 0);
}

WEAK int connect(int fd, const struct sockaddr *address, socklen_t length)
{
	unsigned interrupted = handlersRun(true);
	int result;

	cancellationPoint();
	do
		result = sys_connect(fd, (const struct hermit_sockaddr *)address, length);
	while (result == -HERMIT_EINTR && __hermit_handlers_run && handlersRun(true) == interrupted);
	return (int)checked(result);
}

WEAK int getsockname(int fd, struct sockaddr *address, socklen_t *length)
{
	return (int)checked(sys_getsockname(fd, (struct hermit_sockaddr *)address, length));
}

WEAK int getpeername(int fd, struct sockaddr *address, socklen_t *length)
{
	return (int)checked(sys_getpeername(fd, (struct hermit_sockaddr *)address, length));
}

WEAK int shutdown(int fd, int how)
{
	return (int)checked(sys_shutdown(fd, how));
}

WEAK int setsockopt(int fd, int level, int option, const void *value, socklen_t length)
{
	return (int)checked(sys_setsockopt(fd, level, option, value, length));
}

WEAK int getsockopt(int fd, int level, int option, void *value, socklen_t *length)
{
	int result = sys_getsockopt(fd, level, option, value, length);

	/* What is told are hermit.h's numbers of errors. */
	if (result == 0 && level == SOL_SOCKET && option == SO_ERROR && *length == sizeof(int) &&
	    *(int *)value > 0)
		*(int *)value = __hermit_errno(*(int *)value);
	return (int)checked(result);
}
