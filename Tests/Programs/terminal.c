/*
 * The console as a terminal: its input comes from a pipe of the test's, its
 * output is compared byte by byte.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#define CHECK(CONDITION) \
	do { \
		if (!(CONDITION)) { \
			fprintf(stderr, "line %d: %s, errno %d\n", __LINE__, #CONDITION, errno); \
			return 1; \
		} \
	} while (0)

static volatile sig_atomic_t interrupts;

static void interrupt(int number)
{
	interrupts += number;
	write(1, "caught\n", 7);
}

/* A line as it is read. */
static int expect(const char *line)
{
	char buffer[256];
	ssize_t count = read(0, buffer, sizeof buffer);

	if (count != (ssize_t)strlen(line) || memcmp(buffer, line, count)) {
		fprintf(stderr, "read %zd, not \"%s\"\n", count, line);
		return 0;
	}
	return 1;
}

int main(void)
{
	struct termios original, settings;
	struct winsize size;
	struct pollfd poller = {.fd = 0, .events = POLLIN};
	struct sigaction action = {.sa_handler = interrupt};
	char buffer[16];
	ssize_t count;
	int fd, waiting;

	setvbuf(stdout, NULL, _IONBF, 0);
	for (fd = 0; fd < 3; fd++)
		CHECK(isatty(fd) == 1);
	CHECK(tcgetattr(0, &original) == 0);
	CHECK(original.c_lflag & ICANON && original.c_lflag & ECHO && original.c_lflag & ISIG);
	CHECK(ioctl(1, TIOCGWINSZ, &size) == 0 && size.ws_row == 24 && size.ws_col == 80);
	size.ws_row = 50;
	CHECK(ioctl(1, TIOCSWINSZ, &size) == 0 && ioctl(0, TIOCGWINSZ, &size) == 0 && size.ws_row == 50);
	CHECK(tcdrain(1) == 0 && tcgetpgrp(0) == getpid() && tcgetsid(0) == getpid());
	CHECK(tcsetpgrp(0, getpid()) == 0 && tcsetpgrp(0, 4711) == -1);
	CHECK(tcflush(0, 7) == -1 && errno == EINVAL);
	CHECK(tcsetattr(0, 7, &original) == -1 && errno == EINVAL);
	CHECK(ioctl(0, 0x5401, (void *)8) == -1 && errno == EFAULT);
	CHECK(ioctl(0, 0x5402, (void *)8) == -1 && errno == EFAULT);
	CHECK(ioctl(0, TIOCGWINSZ, (void *)-8) == -1 && errno == EFAULT);
	CHECK(ioctl(0, TIOCSWINSZ, NULL) == -1 && errno == EFAULT);

	/* Lines that are edited; the last one is empty, then comes an end of input. */
	settings = original;
	settings.c_iflag &= ~(tcflag_t)IXON;
	CHECK(tcsetattr(0, TCSANOW, &settings) == 0);
	CHECK(expect("plain\n") && expect("erased\n") && expect("words one\n") && expect("\n"));
	CHECK(expect("") && expect("after\n"));

	/* Without echo, as a password is read. */
	CHECK(expect("secret?\n"));
	settings.c_lflag &= ~(tcflag_t)ECHO;
	CHECK(tcsetattr(0, TCSADRAIN, &settings) == 0);

	/* Raw bytes: three at least. */
	cfmakeraw(&settings);
	settings.c_cc[VMIN] = 3;
	CHECK(tcsetattr(0, TCSANOW, &settings) == 0);
	CHECK(write(1, "go\n", 3) == 3);
	CHECK(poll(&poller, 1, -1) == 1 && poller.revents == POLLIN);
	CHECK(ioctl(0, FIONREAD, &waiting) == 0 && waiting >= 3);
	CHECK(read(0, buffer, 3) == 3 && !memcmp(buffer, "\003\004\r", 3));
	settings.c_cc[VMIN] = 0;
	settings.c_cc[VTIME] = 1;
	CHECK(tcsetattr(0, TCSANOW, &settings) == 0);
	CHECK(read(0, buffer, sizeof buffer) == 0);
	CHECK(poll(&poller, 1, 0) == 0);
	CHECK(fcntl(0, F_SETFL, O_NONBLOCK) == 0);
	settings.c_cc[VMIN] = 1;
	settings.c_cc[VTIME] = 0;
	CHECK(tcsetattr(0, TCSANOW, &settings) == 0);
	CHECK(read(0, buffer, sizeof buffer) == -1 && errno == EAGAIN);
	CHECK(fcntl(0, F_SETFL, 0) == 0);

	/* A character sends a signal, also to who waits. */
	CHECK(sigaction(SIGINT, &action, NULL) == 0);
	CHECK(tcsetattr(0, TCSAFLUSH, &original) == 0);
	printf("now\n");
	count = read(0, buffer, sizeof buffer);
	if (count < 0) {
		CHECK(errno == EINTR);
		count = read(0, buffer, sizeof buffer);
	}
	CHECK(count == 5 && !memcmp(buffer, "line\n", 5) && interrupts == SIGINT);

	/* By name. */
	CHECK((fd = open("/dev/tty", O_RDWR)) > 2 && isatty(fd) == 1);
	CHECK(write(fd, "name: ", 6) == 6);
	CHECK(read(fd, buffer, sizeof buffer) == 6 && !memcmp(buffer, "hello\n", 6));
	CHECK(close(fd) == 0 && tcgetattr(fd, &settings) == -1 && errno == EBADF);

	/* The host's end of the terminal is gone. */
	CHECK(read(0, buffer, sizeof buffer) == 0 && read(0, buffer, sizeof buffer) == 0);
	CHECK(poll(&poller, 1, 0) == 1);
	return 0;
}
