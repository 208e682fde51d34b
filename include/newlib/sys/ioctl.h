/* Requests that only some kinds of descriptors know. */
#ifndef _SYS_IOCTL_H
#define _SYS_IOCTL_H

#include <sys/cdefs.h>

#define FIONREAD   0x541b
#define FIONBIO    0x8008667eul
#define TIOCGWINSZ 0x5413
#define TIOCSWINSZ 0x5414

/* Of sockets: bytes to read, not acknowledged, and not sent. */
#define SIOCINQ     0x541b
#define SIOCOUTQ    0x5411
#define SIOCOUTQNSD 0x894b

/* Of sockets: what net/if.h's struct ifconf and struct ifreq are for. */
#define SIOCGIFNAME    0x8910
#define SIOCGIFCONF    0x8912
#define SIOCGIFFLAGS   0x8913
#define SIOCGIFADDR    0x8915
#define SIOCGIFDSTADDR 0x8917
#define SIOCGIFBRDADDR 0x8919
#define SIOCGIFNETMASK 0x891b
#define SIOCGIFMETRIC  0x891d
#define SIOCGIFMTU     0x8921
#define SIOCGIFHWADDR  0x8927
#define SIOCGIFINDEX   0x8933

/* The size of a terminal's window. */
struct winsize {
	unsigned short ws_row, ws_col, ws_xpixel, ws_ypixel;
};

__BEGIN_DECLS

int ioctl(int, unsigned long, ...);

__END_DECLS

#endif
