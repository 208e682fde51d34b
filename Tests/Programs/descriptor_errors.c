/*
 * What functions of descriptors say to arguments that they refuse, one line a
 * call. The same source is compiled for the host's Linux, and says the same.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

static const char *name(int error)
{
	static const struct {
		int number;
		const char *name;
	} names[] = {
		{EAGAIN, "EAGAIN"}, {EBADF, "EBADF"}, {EEXIST, "EEXIST"}, {EFAULT, "EFAULT"},
		{EINTR, "EINTR"}, {EINVAL, "EINVAL"}, {ELOOP, "ELOOP"}, {EMFILE, "EMFILE"},
		{ENOENT, "ENOENT"}, {ENOTSOCK, "ENOTSOCK"}, {ENOTTY, "ENOTTY"}, {EPERM, "EPERM"},
		{EPIPE, "EPIPE"}, {ESPIPE, "ESPIPE"}, {EMSGSIZE, "EMSGSIZE"},
		{EAFNOSUPPORT, "EAFNOSUPPORT"}, {EPROTONOSUPPORT, "EPROTONOSUPPORT"},
		{EOPNOTSUPP, "EOPNOTSUPP"},
		{ECONNREFUSED, "ECONNREFUSED"}, {ECONNRESET, "ECONNRESET"}, {ENOTCONN, "ENOTCONN"},
	};
	static char other[16];

	for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
		if (names[i].number == error)
			return names[i].name;
	snprintf(other, sizeof other, "%d", error);
	return other;
}

static void tell(const char *call, long result, int error)
{
	printf("%s: %ld %s\n", call, result, result < 0 ? name(error) : "");
}

#define T(CALL) \
	do { \
		errno = 0; \
		long result_ = (long)(CALL); \
		tell(#CALL, result_, errno); \
	} while (0)

#define BAD ((void *)8)

static int in, out, event, watch, timer, one, two;
static char buffer[70000];

static void openAll(void)
{
	int fds[2];

	if (pipe(fds))
		return;
	in = fds[0];
	out = fds[1];
	event = eventfd(0, EFD_NONBLOCK);
	watch = epoll_create1(0);
	timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds))
		return;
	one = fds[0];
	two = fds[1];
}

static void descriptors(void)
{
	struct stat status;
	struct rlimit limit = {5, 4};
	int bytes = 0;

	T(dup(-1));
	T(dup(999));
	T(dup2(999, 3));
	T(dup2(in, -1));
	T(dup2(in, 1 << 20));
	T(dup2(999, 999));
	T(dup2(in, in) - in);
	T(dup3(in, in, 0));
	T(dup3(in, 50, O_APPEND));
	T(dup3(in, -1, 0));
	T(dup3(in, 50, O_CLOEXEC));
	T(fcntl(50, F_GETFD));
	T(fcntl(50, F_SETFD, 0));
	T(fcntl(50, F_GETFD));
	T(close(50));
	T(close(50));
	T(close(-1));
	T(fcntl(999, F_GETFD));
	T(fcntl(999, F_GETFL));
	T(fcntl(in, 999, 0));
	T(fcntl(in, F_DUPFD, -1));
	T(fcntl(in, F_DUPFD, 1 << 20));
	T(fcntl(in, F_DUPFD_CLOEXEC, 60));
	T(fcntl(60, F_GETFD));
	T(close(60));
	T(fcntl(in, F_GETFL) & (O_ACCMODE | O_NONBLOCK));
	T((fcntl(out, F_GETFL) & O_ACCMODE) == O_WRONLY);
	T((fcntl(event, F_GETFL) & (O_ACCMODE | O_NONBLOCK)) == (O_RDWR | O_NONBLOCK));
	T(fstat(999, &status));
	T(fstat(in, &status));
	T(S_ISFIFO(status.st_mode));
	T(fstat(one, &status));
	T((status.st_mode & S_IFMT) == S_IFSOCK);
	T(isatty(in));
	T(isatty(999));
	T(lseek(in, 0, SEEK_SET));
	T(lseek(one, 0, SEEK_CUR));
	T(lseek(999, 0, SEEK_SET));
	T(ioctl(999, FIONBIO, &bytes));
	T(ioctl(in, FIONBIO, BAD));
	T(ioctl(in, 0x1234, &bytes));
	T(ioctl(in, TIOCGWINSZ, BAD));
	T(ioctl(in, FIONREAD, &bytes));
	T(bytes);
	T(getrlimit(99, &limit));
	T(getrlimit(RLIMIT_NOFILE, BAD));
	T(setrlimit(RLIMIT_NOFILE, &limit));
	T(setrlimit(99, &limit));
}

static void pipes(void)
{
	struct iovec parts[2] = {{"ab", 2}, {BAD, 2}};
	int fds[2];

	T(pipe(BAD));
	T(pipe2(fds, 1));
	T(pipe2(BAD, O_CLOEXEC));
	T(read(out, buffer, 1));
	T(write(in, buffer, 1));
	T(read(in, buffer, 0));
	T(write(out, "abc", 3));
	T(read(in, BAD, 3));
	T(read(in, buffer, 100));
	T(write(out, BAD, 3));
	T(write(out, buffer, 0));
	T(pread(in, buffer, 1, 0));
	T(pwrite(out, buffer, 1, 0));
	T(pread(999, buffer, 1, 0));
	T(readv(in, NULL, -1));
	T(readv(in, BAD, 1));
	T(writev(out, NULL, 0));
	T(writev(out, NULL, 1025));
	T(writev(out, parts, 1));
	T(read(in, buffer, 100));
	T(writev(999, parts, 1));
	T(fcntl(in, F_SETFL, O_NONBLOCK));
	T(fcntl(out, F_SETFL, O_NONBLOCK));
	T(read(in, buffer, 1));
	T(write(out, buffer, 65536));
	T(write(out, buffer, 1));
	T(read(in, buffer, 4096));
	T(write(out, buffer, 4097) > 0);
	T(write(out, buffer, 4096));
	while (read(in, buffer, sizeof buffer) > 0)
		;
	T(write(out, buffer, 70000));
	while (read(in, buffer, sizeof buffer) > 0)
		;
	T(write(out, "xy", 2));
	T(close(out));
	T(read(in, buffer, 10));
	T(read(in, buffer, 10));
	T(close(in));
	T(pipe(fds));
	T(close(fds[0]));
	T(write(fds[1], "x", 1));
	T(write(fds[1], "x", 0));
	T(close(fds[1]));
}

static void events(void)
{
	uint64_t value = 5, large = ~0ull;

	T(eventfd(0, 2));
	T(read(event, &value, 8));
	T(read(event, &value, 7));
	T(write(event, &value, 7));
	T(write(event, &large, 8));
	T(write(event, BAD, 8));
	value = ~0ull - 1;
	T(write(event, &value, 8));
	value = 1;
	T(write(event, &value, 8));
	T(read(event, &value, 100));
	T(value == ~0ull - 1);
	T(lseek(event, 0, SEEK_SET) < 1);
}

static void timers(void)
{
	struct itimerspec value = {{0, 0}, {0, 1000000000}}, old;
	uint64_t count;

	T(timerfd_create(99, 0));
	T(timerfd_create(CLOCK_MONOTONIC, 1));
	T(timerfd_settime(999, 0, &(struct itimerspec){0}, NULL));
	T(timerfd_settime(event, 0, &(struct itimerspec){0}, NULL));
	T(timerfd_settime(timer, 0, &value, NULL));
	value.it_value.tv_nsec = -1;
	T(timerfd_settime(timer, 0, &value, NULL));
	T(timerfd_settime(timer, 99, &(struct itimerspec){0}, NULL));
	T(timerfd_gettime(event, &old));
	T(timerfd_gettime(999, &old));
	T(read(timer, &count, 8));
	T(read(timer, &count, 4));
	T(write(timer, &count, 8));
	value.it_value = (struct timespec){100, 0};
	value.it_interval = (struct timespec){7, 0};
	T(timerfd_settime(timer, 0, &value, &old));
	T(old.it_value.tv_sec + old.it_value.tv_nsec);
	T(timerfd_gettime(timer, &old));
	T(old.it_value.tv_sec > 0 && old.it_value.tv_sec <= 100);
	T(old.it_interval.tv_sec);
	value.it_value = (struct timespec){0, 1};
	value.it_interval = (struct timespec){0, 0};
	T(timerfd_settime(timer, TFD_TIMER_ABSTIME, &value, NULL));
	T(poll(&(struct pollfd){timer, POLLIN, 0}, 1, -1));
	T(read(timer, &count, 8));
	T(count);
	T(read(timer, &count, 8));
}

static void sets(void)
{
	struct epoll_event wanted = {EPOLLIN, {.fd = 1}}, found[4];
	int row[8], outer, inner;

	T(epoll_create(0));
	T(epoll_create1(1));
	T(epoll_ctl(999, EPOLL_CTL_ADD, event, &wanted));
	T(epoll_ctl(watch, EPOLL_CTL_ADD, 999, &wanted));
	T(epoll_ctl(watch, EPOLL_CTL_ADD, watch, &wanted));
	T(epoll_ctl(event, EPOLL_CTL_ADD, watch, &wanted));
	T(epoll_ctl(watch, 99, event, &wanted));
	T(epoll_ctl(watch, EPOLL_CTL_ADD, event, BAD));
	T(epoll_ctl(watch, EPOLL_CTL_MOD, event, &wanted));
	T(epoll_ctl(watch, EPOLL_CTL_DEL, event, NULL));
	T(epoll_ctl(watch, EPOLL_CTL_ADD, event, &wanted));
	T(epoll_ctl(watch, EPOLL_CTL_ADD, event, &wanted));
	T(epoll_ctl(watch, EPOLL_CTL_DEL, event, NULL));
	wanted.events = EPOLLIN | EPOLLEXCLUSIVE | EPOLLONESHOT;
	T(epoll_ctl(watch, EPOLL_CTL_ADD, event, &wanted));
	wanted.events = EPOLLIN | EPOLLEXCLUSIVE;
	T(epoll_ctl(watch, EPOLL_CTL_ADD, event, &wanted));
	T(epoll_ctl(watch, EPOLL_CTL_MOD, event, &wanted));
	wanted.events = EPOLLIN;
	T(epoll_ctl(watch, EPOLL_CTL_MOD, event, &wanted));
	T(epoll_ctl(watch, EPOLL_CTL_DEL, event, &wanted));
	T(epoll_wait(999, found, 4, 0));
	T(epoll_wait(event, found, 4, 0));
	T(epoll_wait(watch, found, 0, 0));
	T(epoll_wait(watch, found, -1, 0));
	T(epoll_wait(watch, found, 4, 0));
	T(read(watch, buffer, 8));
	T(write(watch, buffer, 8));
	outer = epoll_create1(0);
	inner = epoll_create1(0);
	T(epoll_ctl(outer, EPOLL_CTL_ADD, inner, &wanted));
	T(epoll_ctl(inner, EPOLL_CTL_ADD, outer, &wanted));
	wanted.events = EPOLLIN | EPOLLEXCLUSIVE;
	T(epoll_ctl(watch, EPOLL_CTL_ADD, inner, &wanted));
	wanted.events = EPOLLIN;
	for (int i = 0; i < 8; i++) {
		row[i] = epoll_create1(0);
		if (i > 0)
			T(epoll_ctl(row[i], EPOLL_CTL_ADD, row[i - 1], &wanted));
	}
	T(epoll_ctl(watch, EPOLL_CTL_ADD, row[7], &wanted));
	for (int i = 0; i < 8; i++)
		close(row[i]);
	close(outer);
	close(inner);
	/* What is ready can't be stored, and stays ready. */
	T(eventfd_write(event, 1));
	T(epoll_ctl(watch, EPOLL_CTL_ADD, event, &wanted));
	T(epoll_wait(watch, BAD, 4, 0));
	T(epoll_wait(watch, found, 4, 0));
	T(found[0].events == EPOLLIN && found[0].data.fd == 1);
}

static void polls(void)
{
	struct pollfd fds[4] = {{-1, POLLIN, 77}, {999, POLLIN, 0}, {event, POLLIN | POLLOUT, 0}};
	fd_set set;
	struct timespec bad = {0, 1000000000}, none = {0, 0};

	T(poll(fds, 3, 0));
	T(fds[0].revents);
	T(fds[1].revents == POLLNVAL);
	T(fds[2].revents == (POLLIN | POLLOUT));
	T(poll(BAD, 1, 0));
	T(poll(NULL, 0, 0));
	T(poll(fds, 1 << 20, 0));
	T(ppoll(fds, 3, &bad, NULL));
	T(ppoll(fds, 3, &none, NULL));
	FD_ZERO(&set);
	T(select(0, NULL, NULL, NULL, &(struct timeval){0, 0}));
	T(select(-1, &set, NULL, NULL, &(struct timeval){0, 0}));
	FD_SET(event, &set);
	T(select(event + 1, &set, NULL, NULL, &(struct timeval){0, 0}));
	T(FD_ISSET(event, &set) != 0);
	FD_SET(60, &set);
	T(select(61, &set, NULL, NULL, &(struct timeval){0, 0}));
	T(select(event + 1, &set, NULL, NULL, &(struct timeval){-1, 0}));
	T(pselect(event + 1, &set, NULL, NULL, &bad, NULL));
	T(select(event + 1, BAD, NULL, NULL, &(struct timeval){0, 0}));
}

static void sockets(void)
{
	int fds[2];

	T(socketpair(AF_UNIX, SOCK_STREAM, 0, BAD));
	T(socketpair(77, SOCK_STREAM, 0, fds));
	T(socketpair(AF_UNIX, SOCK_STREAM, 77, fds));
	T(send(event, "x", 1, 0));
	T(recv(999, buffer, 1, 0));
	T(shutdown(event, SHUT_RD));
	T(shutdown(one, 99));
	T(recv(one, buffer, 10, MSG_DONTWAIT));
	T(send(one, "hello", 5, 0));
	T(recv(two, buffer, 3, MSG_PEEK));
	T(recv(two, buffer, 10, 0));
	T(send(one, BAD, 5, 0));
	T(write(two, "ab", 2));
	T(recv(one, BAD, 2, 0));
	T(recv(one, buffer, 2, 0));
	T(shutdown(one, SHUT_WR));
	T(send(one, "x", 1, MSG_NOSIGNAL));
	T(recv(two, buffer, 10, 0));
	T(send(two, "y", 1, 0));
	T(close(two));
	T(recv(one, buffer, 10, 0));
	T(recv(one, buffer, 10, 0));
	T(close(one));
	T(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds));
	T(recv(fds[0], buffer, 10, 0));
	T(send(fds[0], "unread", 6, 0));
	T(close(fds[1]));
	T(recv(fds[0], buffer, 10, 0));
	T(recv(fds[0], buffer, 10, 0));
	T(send(fds[0], "x", 1, MSG_NOSIGNAL));
	T(close(fds[0]));
	T(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, fds));
	T(send(fds[0], "first", 5, 0));
	T(send(fds[0], "second", 6, 0));
	T(send(fds[0], "", 0, 0));
	T(recv(fds[1], buffer, 3, 0));
	T(recv(fds[1], buffer, 100, 0));
	T(recv(fds[1], buffer, 100, 0));
	T(recv(fds[1], buffer, 100, 0));
	T(close(fds[1]));
	T(send(fds[0], "x", 1, MSG_NOSIGNAL));
	T(close(fds[0]));
}

int main(void)
{
	struct rlimit limit;
	int count = 0, fd;

	signal(SIGPIPE, SIG_IGN);
	/* Descriptors that whoever starts the program has left open. */
	for (fd = 3; fd < 200; fd++)
		close(fd);
	limit = (struct rlimit){200, 200};
	T(setrlimit(RLIMIT_NOFILE, &limit));
	openAll();
	descriptors();
	pipes();
	events();
	timers();
	sets();
	polls();
	sockets();
	while ((fd = dup(event)) >= 0)
		count++;
	T(dup(event));
	T(count > 180);
	T(dup2(event, 199));
	T(dup2(event, 200));
	T(pipe(&fd));
	T(eventfd(0, 0));
	T(epoll_create1(0));
	T(timerfd_create(CLOCK_MONOTONIC, 0));
	T(fcntl(event, F_DUPFD, 100));
	return 0;
}
