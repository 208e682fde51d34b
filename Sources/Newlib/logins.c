/* Who is at which terminal: root, at the console. */
#define _GNU_SOURCE

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "shim.h"

static const char terminal[] = "/dev/tty", console[] = "/dev/console", user[] = "root";

/* Copies a text: 0, or ERANGE where it does not fit. */
static int give(char *to, size_t size, const char *text)
{
	if (strlen(text) >= size)
		return ERANGE;
	strcpy(to, text);
	return 0;
}

WEAK char *ctermid(char *buffer)
{
	static char own[L_ctermid];

	return strcpy(buffer ? buffer : own, terminal);
}

/* /dev/tty may be open, too, which has a device's number of its own. */
static const char *nameOf(int fd)
{
	struct stat status, known;

	if (!isatty(fd))
		return NULL;
	if (fstat(fd, &status) == 0 && stat(terminal, &known) == 0 &&
	    status.st_rdev == known.st_rdev)
		return terminal;
	return console;
}

WEAK int ttyname_r(int fd, char *buffer, size_t size)
{
	const char *name = nameOf(fd);

	return name ? give(buffer, size, name) : errno;
}

WEAK char *ttyname(int fd)
{
	return (char *)nameOf(fd);
}

/* Without a terminal nobody has logged in. */
WEAK int getlogin_r(char *buffer, size_t size)
{
	if (!isatty(STDIN_FILENO) && !isatty(STDOUT_FILENO) && !isatty(STDERR_FILENO))
		return ENOTTY;
	return give(buffer, size, user);
}

WEAK char *getlogin(void)
{
	static char name[sizeof user];
	int error = getlogin_r(name, sizeof name);

	if (error)
		failed(_REENT, error);
	return error ? NULL : name;
}

/* Reads a line that the terminal does not show; without one from standard input. */
WEAK char *getpass(const char *prompt)
{
	static char line[256];
	struct termios before, silent;
	int fd = open(terminal, O_RDWR | O_CLOEXEC), in = fd < 0 ? STDIN_FILENO : fd;
	int out = fd < 0 ? STDERR_FILENO : fd, isSilent;
	size_t length = 0;
	ssize_t count;
	char c = 0;

	isSilent = tcgetattr(in, &before) == 0;
	if (isSilent) {
		silent = before;
		silent.c_lflag &= ~(tcflag_t)(ECHO | ISIG);
		(void)tcsetattr(in, TCSAFLUSH, &silent);
	}
	(void)write(out, prompt, strlen(prompt));
	while ((count = read(in, &c, 1)) > 0 && c != '\n')
		if (length < sizeof line - 1)
			line[length++] = c;
	line[length] = 0;
	if (isSilent) {
		(void)tcsetattr(in, TCSAFLUSH, &before);
		(void)write(out, "\n", 1);
	}
	if (fd >= 0)
		close(fd);
	return count < 0 || (count == 0 && length == 0) ? NULL : line;
}
