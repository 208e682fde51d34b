/* Requests that only some kinds of descriptors know. */
#ifndef _SYS_IOCTL_H
#define _SYS_IOCTL_H

#include <sys/cdefs.h>

#define FIONREAD   0x541b
#define FIONBIO    0x8008667eul
#define TIOCGWINSZ 0x5413
#define TIOCSWINSZ 0x5414

/* The size of a terminal's window. */
struct winsize {
	unsigned short ws_row, ws_col, ws_xpixel, ws_ypixel;
};

__BEGIN_DECLS

int ioctl(int, unsigned long, ...);

__END_DECLS

#endif
