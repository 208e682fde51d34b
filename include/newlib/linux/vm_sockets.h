/* Sockets between a virtual machine and its host (Linux, vsock(7)). */
#ifndef _LINUX_VM_SOCKETS_H
#define _LINUX_VM_SOCKETS_H

#include <sys/socket.h>

/* Options, whose level is AF_VSOCK. */
#define SO_VM_SOCKETS_BUFFER_SIZE         0
#define SO_VM_SOCKETS_BUFFER_MIN_SIZE     1
#define SO_VM_SOCKETS_BUFFER_MAX_SIZE     2
#define SO_VM_SOCKETS_CONNECT_TIMEOUT_OLD 6
#define SO_VM_SOCKETS_CONNECT_TIMEOUT_NEW 8
#define SO_VM_SOCKETS_CONNECT_TIMEOUT     SO_VM_SOCKETS_CONNECT_TIMEOUT_OLD

#define VMADDR_CID_ANY        0xffffffffu
#define VMADDR_CID_HYPERVISOR 0
#define VMADDR_CID_LOCAL      1
#define VMADDR_CID_HOST       2
#define VMADDR_PORT_ANY       0xffffffffu
#define VMADDR_FLAG_TO_HOST   1

struct sockaddr_vm {
	__uint8_t svm_len;
	sa_family_t svm_family;
	unsigned short svm_reserved1;
	unsigned int svm_port;
	unsigned int svm_cid;
	__uint8_t svm_flags;
	unsigned char svm_zero[3];
};

/* Of a socket: the machine's context identifier. */
#define IOCTL_VM_SOCKETS_GET_LOCAL_CID 0x7b9

#endif
