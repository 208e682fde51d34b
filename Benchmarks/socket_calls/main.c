/* Sockets over the loopback: what 64 bytes to another end and back cost. */
#include "../calls/measure.h"

enum { SIZE = 64 };

static char bytes[SIZE];
static int ends[2], local[2], messages[2];

/* One task is at both ends, and nobody waits. */
static void pass(const int fds[2])
{
	sys_write(fds[0], bytes, SIZE);
	sys_read(fds[1], bytes, SIZE);
	sys_write(fds[1], bytes, SIZE);
	sys_read(fds[0], bytes, SIZE);
}

static void pass_stream(void) { pass(ends); }
static void pass_local(void) { pass(local); }
static void pass_messages(void) { pass(messages); }

/* Another task answers: each waits for the other. */
static void play(const int fds[2])
{
	sys_write(fds[0], bytes, SIZE);
	sys_read(fds[0], bytes, SIZE);
}

static void play_stream(void) { play(ends); }
static void play_local(void) { play(local); }
static void play_messages(void) { play(messages); }

static void answer(size_t fd)
{
	char own[SIZE];

	while (sys_read((int)fd, own, SIZE) == SIZE)
		sys_write((int)fd, own, SIZE);
}

static struct hermit_sockaddr_in at;
#define ADDRESS ((struct hermit_sockaddr *)&at)

static void bound(int fd)
{
	hermit_socklen_t length = sizeof at;

	at = (struct hermit_sockaddr_in){sizeof at, HERMIT_AF_INET, 0, {0x0100007f}, ""};
	sys_bind(fd, ADDRESS, sizeof at);
	sys_getsockname(fd, ADDRESS, &length);
}

static int listener;

static void connect_and_close(void)
{
	int one = sys_socket(HERMIT_AF_INET, HERMIT_SOCK_STREAM, 0), other;

	sys_connect(one, ADDRESS, sizeof at);
	other = sys_accept(listener, NULL, NULL);
	sys_close(one);
	sys_close(other);
}

static void join(void)
{
	messages[0] = sys_socket(HERMIT_AF_INET, HERMIT_SOCK_DGRAM, 0);
	messages[1] = sys_socket(HERMIT_AF_INET, HERMIT_SOCK_DGRAM, 0);
	bound(messages[0]);
	sys_connect(messages[1], ADDRESS, sizeof at);
	bound(messages[1]);
	hermit_socklen_t length = sizeof at;
	sys_getsockname(messages[1], ADDRESS, &length);
	sys_connect(messages[0], ADDRESS, sizeof at);
	sys_socketpair(HERMIT_AF_UNIX, HERMIT_SOCK_STREAM, 0, local);
	listener = sys_socket(HERMIT_AF_INET, HERMIT_SOCK_STREAM, 0);
	bound(listener);
	sys_listen(listener, 10);
	ends[0] = sys_socket(HERMIT_AF_INET, HERMIT_SOCK_STREAM, 0);
	sys_connect(ends[0], ADDRESS, sizeof at);
	ends[1] = sys_accept(listener, NULL, NULL);
}

int main(void)
{
	static const struct row alone[] = {
		{"64 bytes and back: AF_UNIX, one task", pass_local, 1},
		{"64 bytes and back: UDP, one task", pass_messages, 1},
		{"64 bytes and back: TCP, one task", pass_stream, 1},
		{"connect, accept, close: TCP, one task", connect_and_close, 1},
	};
	static const struct row rows[] = {
		{"64 bytes and back: AF_UNIX, two tasks", play_local, 1},
		{"64 bytes and back: UDP, two tasks", play_messages, 1},
		{"64 bytes and back: TCP, two tasks", play_stream, 1},
	};

	join();
	measure_rows(alone, sizeof alone / sizeof *alone);
	sys_spawn2(answer, (size_t)ends[1], HERMIT_PRIO_NORMAL, 0, 0);
	sys_spawn2(answer, (size_t)local[1], HERMIT_PRIO_NORMAL, 0, 0);
	sys_spawn2(answer, (size_t)messages[1], HERMIT_PRIO_NORMAL, 0, 0);
	measure_rows(rows, sizeof rows / sizeof *rows);
	return 0;
}
