/*
 * Terminals. The requests and the structure are Linux's; what is no terminal
 * says so.
 */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "shim.h"

/* Linux's requests of sys_ioctl. */
enum { GET = 0x5401, SET = 0x5402, BREAK = 0x5409, FLOW = 0x540a, FLUSH = 0x540b, GROUP = 0x540f,
       SET_GROUP = 0x5410, SESSION = 0x5429 };

static int ask(int fd, int request, void *argument)
{
	return (int)checked(sys_ioctl(fd, request, argument));
}

WEAK int tcgetattr(int fd, struct termios *settings)
{
	return ask(fd, GET, settings);
}

WEAK int tcsetattr(int fd, int when, const struct termios *settings)
{
	if (when < TCSANOW || when > TCSAFLUSH)
		return failed(_REENT, EINVAL);
	return ask(fd, SET + when, (void *)settings);
}

WEAK int tcdrain(int fd)
{
	return ask(fd, BREAK, (void *)1);
}

WEAK int tcflow(int fd, int action)
{
	return ask(fd, FLOW, (void *)(long)action);
}

WEAK int tcflush(int fd, int queues)
{
	return ask(fd, FLUSH, (void *)(long)queues);
}

WEAK int tcsendbreak(int fd, int duration)
{
	(void)duration;
	return ask(fd, BREAK, NULL);
}

WEAK pid_t tcgetpgrp(int fd)
{
	pid_t group;

	return ask(fd, GROUP, &group) < 0 ? -1 : group;
}

WEAK int tcsetpgrp(int fd, pid_t group)
{
	return ask(fd, SET_GROUP, &group);
}

WEAK pid_t tcgetsid(int fd)
{
	pid_t session;

	return ask(fd, SESSION, &session) < 0 ? -1 : session;
}

/* The speed's part of c_cflag. */
#define SPEED 0010017

WEAK speed_t cfgetospeed(const struct termios *settings)
{
	return settings->c_cflag & SPEED;
}

WEAK speed_t cfgetispeed(const struct termios *settings)
{
	return cfgetospeed(settings);
}

WEAK int cfsetospeed(struct termios *settings, speed_t speed)
{
	if ((speed & ~(speed_t)SPEED) || speed > B115200)
		return failed(_REENT, EINVAL);
	settings->c_cflag = (settings->c_cflag & ~(tcflag_t)SPEED) | speed;
	return 0;
}

/* There is one speed for both directions; 0 is that of the output. */
WEAK int cfsetispeed(struct termios *settings, speed_t speed)
{
	return speed ? cfsetospeed(settings, speed) : 0;
}

WEAK void cfmakeraw(struct termios *settings)
{
	settings->c_iflag &= ~(tcflag_t)(IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IXON);
	settings->c_oflag &= ~(tcflag_t)OPOST;
	settings->c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | ISIG | IEXTEN);
	settings->c_cflag = (settings->c_cflag & ~(tcflag_t)(CSIZE | PARENB)) | CS8;
	settings->c_cc[VMIN] = 1;
	settings->c_cc[VTIME] = 0;
}
