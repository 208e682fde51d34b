/*
 * Terminals: what is one, and what its settings are made of. Standard input
 * and output of a guest are channels to the host, whose terminal does the
 * line editing; they are none themselves, and every function says so.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static const char *why(int result)
{
	return result == 0 ? "done" : errno == ENOTTY ? "ENOTTY" : errno == EBADF ? "EBADF" : "?";
}

int main(void)
{
	struct termios settings;
	struct winsize size;
	int fds[2];

	memset(&settings, 0, sizeof settings);
	if (pipe(fds))
		return 1;
	printf("standard output is a terminal: %d\n", isatty(1));
	printf("tcgetattr: %s\n", why(tcgetattr(0, &settings)));
	printf("tcsetattr: %s\n", why(tcsetattr(0, TCSANOW, &settings)));
	printf("tcflush: %s\n", why(tcflush(fds[0], TCIOFLUSH)));
	printf("tcdrain: %s\n", why(tcdrain(fds[1])));
	printf("window size: %s\n", why(ioctl(1, TIOCGWINSZ, &size)));
	printf("a closed descriptor: %s\n", why(tcgetattr(99, &settings)));

	settings.c_lflag = ICANON | ECHO | ISIG;
	settings.c_iflag = ICRNL;
	settings.c_oflag = OPOST | ONLCR;
	cfsetospeed(&settings, B115200);
	cfmakeraw(&settings);
	printf("raw: lines %d, echo %d, signals %d, output as it is %d, reads of %d byte\n",
	       !!(settings.c_lflag & ICANON), !!(settings.c_lflag & ECHO),
	       !!(settings.c_lflag & ISIG), !(settings.c_oflag & OPOST), settings.c_cc[VMIN]);
	printf("speed kept: %d\n", cfgetospeed(&settings) == B115200);
	return 0;
}
