/* Addresses of sockets within the program (POSIX). */
#ifndef _SYS_UN_H
#define _SYS_UN_H

#include <sys/socket.h>

struct sockaddr_un {
	__uint8_t sun_len;
	sa_family_t sun_family;
	char sun_path[108]; /* a path; or a zero, and a name that is no file's */
};

#define SUN_LEN(address) \
	(__builtin_offsetof(struct sockaddr_un, sun_path) + __builtin_strlen((address)->sun_path))

#endif
