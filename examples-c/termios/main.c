/*
 * Terminals: what is one, and what its settings are made of. A guest's standard
 * streams are terminals where the host's are (or with hermit run --terminal
 * always). Where they are none, every function says so.
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

/* Lines first, which the terminal lets be edited; then every key as it is typed. */
static int typeAtTerminal(void)
{
	struct termios original, settings;
	struct winsize size;
	char line[256];
	unsigned char key;

	if (tcgetattr(0, &original) || ioctl(1, TIOCGWINSZ, &size))
		return 1;
	printf("a terminal of %d rows, %d columns\n", size.ws_row, size.ws_col);
	/* From here on the lines are the guest's to edit. */
	if (tcsetattr(0, TCSADRAIN, &original))
		return 1;
	printf("a line: ");
	fflush(stdout);
	if (!fgets(line, sizeof line, stdin))
		return 1;
	line[strcspn(line, "\n")] = 0;
	printf("the line was \"%s\"\n", line);
	settings = original;
	cfmakeraw(&settings);
	if (tcsetattr(0, TCSADRAIN, &settings))
		return 1;
	printf("keys, q ends:\r\n");
	do {
		if (read(0, &key, 1) != 1)
			break;
		printf("%d\r\n", key);
	} while (key != 'q');
	return tcsetattr(0, TCSADRAIN, &original) != 0;
}

int main(void)
{
	struct termios settings;
	struct winsize size;
	int fds[2];

	memset(&settings, 0, sizeof settings);
	if (pipe(fds))
		return 1;
	if (isatty(0) && isatty(1))
		return typeAtTerminal();
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
