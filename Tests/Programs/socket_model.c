/*
 * Connected sockets of AF_UNIX while messages and descriptors go through them, and
 * they are shut, closed and made again at random, against a model of them. Runs on
 * Linux, too. An argument is the seed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { PAIRS = 6, ENDS = 2 * PAIRS, PIPES = 4, STEPS = 40000, ITEMS = 300, LARGEST = 60000 };

/* What was sent by one call and is not received. */
struct item {
	int size, pattern, count; /* bytes, the first one, descriptors */
	int pipes[2];             /* which they are */
};

static struct end {
	int fd, type; /* fd -1: closed */
	struct item items[ITEMS];
	int first, count; /* items */
	long bytes;
	bool readShut, writeShut, reset, left, told;
} ends[ENDS];

static struct { int in, out; ino_t number; } pipes[PIPES];
static uint64_t state = 88172645463325252u;
static char bytes[LARGEST];
static long sent, received, passed;

static uint32_t chance(uint32_t limit)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 32) % limit;
}

static void fail(const char *what, int step, long value)
{
	printf("step %d: %s: %ld, errno %d\n", step, what, value, errno);
	exit(1);
}

#define CHECK(CONDITION, VALUE) \
	do { \
		if (!(CONDITION)) \
			fail(#CONDITION, step, (long)(VALUE)); \
	} while (0)

static struct item *item(struct end *end, int i)
{
	return &end->items[(end->first + i) % ITEMS];
}

static void drop(struct end *end)
{
	end->bytes -= end->items[end->first].size;
	end->first = (end->first + 1) % ITEMS;
	end->count--;
}

/* By a pair, or by a name that is no file. */
static void make(int pair, int step)
{
	static const int types[] = {SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET};
	int type = types[chance(3)], fds[2];

	if (chance(2)) {
		CHECK(socketpair(AF_UNIX, type | SOCK_NONBLOCK, 0, fds) == 0, type);
	} else {
		struct sockaddr_un names[2];
		socklen_t length = 0;

		for (int i = 0; i < 2; i++) {
			memset(&names[i], 0, sizeof names[i]);
			names[i].sun_family = AF_UNIX;
			/* Others may run the same at the same time. */
			length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
					     snprintf(names[i].sun_path + 1, 40, "model%d-%05d-%d",
						      i, step, (int)getpid()));
			fds[i] = socket(AF_UNIX, type | SOCK_NONBLOCK, 0);
			CHECK(fds[i] >= 0, i);
			CHECK(bind(fds[i], (struct sockaddr *)&names[i], length) == 0, i);
		}
		if (type == SOCK_DGRAM) {
			for (int i = 0; i < 2; i++)
				CHECK(connect(fds[i], (struct sockaddr *)&names[1 - i], length) == 0, i);
		} else {
			int end;

			CHECK(listen(fds[1], 1) == 0, type);
			CHECK(connect(fds[0], (struct sockaddr *)&names[1], length) == 0, type);
			end = accept4(fds[1], NULL, NULL, SOCK_NONBLOCK);
			CHECK(end >= 0 && close(fds[1]) == 0, end);
			fds[1] = end;
		}
	}
	for (int i = 0; i < 2; i++) {
		ends[2 * pair + i] = (struct end){0};
		ends[2 * pair + i].fd = fds[i];
		ends[2 * pair + i].type = type;
	}
}

static void sendSome(struct end *end, struct end *other, int step)
{
	_Alignas(8) char control[CMSG_SPACE(2 * sizeof(int))] = "";
	struct item new = {.size = 1 + chance(3000), .pattern = (int)chance(256)};
	struct iovec part = {bytes, 0};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	bool isQuiet = other->count == 0;
	long result;

	if (other->count == ITEMS)
		return;
	/* Linux forgets then what is unread. */
	if (end->left && end->type == SOCK_DGRAM && end->count)
		return;
	if (chance(10) == 0)
		new.size = 1 + chance(LARGEST);
	else if (chance(10) == 0 && end->type == SOCK_DGRAM)
		new.size = 0;
	if (chance(4) == 0) {
		struct cmsghdr *header = (struct cmsghdr *)control;
		int fds[2];

		new.size = new.size ? 1 + new.size % 1000 : 0;
		new.count = 1 + (int)chance(2);
		for (int i = 0; i < new.count; i++) {
			new.pipes[i] = (int)chance(PIPES);
			fds[i] = pipes[new.pipes[i]].in;
		}
		header->cmsg_len = CMSG_LEN(new.count * sizeof(int));
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		memcpy(CMSG_DATA(header), fds, new.count * sizeof(int));
		message.msg_control = control;
		message.msg_controllen = CMSG_SPACE(new.count * sizeof(int));
	}
	part.iov_len = (size_t)new.size;
	for (int i = 0; i < new.size; i++)
		bytes[i] = (char)(new.pattern + i);
	errno = 0;
	result = sendmsg(end->fd, &message, 0);
	if (end->reset && end->type == SOCK_SEQPACKET) {
		CHECK(result < 0 && errno == ECONNRESET, result);
		end->reset = false;
	} else if (end->left && end->type == SOCK_DGRAM) {
		CHECK(result < 0 && errno == (end->told ? ENOTCONN : ECONNREFUSED), result);
		end->told = true;
	} else if (end->writeShut) {
		CHECK(result < 0 && errno == EPIPE, result);
	} else if (result < 0) {
		CHECK(errno == EAGAIN && !(isQuiet && new.size <= 4000), new.size);
	} else {
		CHECK(end->type == SOCK_STREAM ? result > 0 && result <= new.size : result == new.size,
		      result);
		new.size = (int)result;
		sent += result;
		passed += new.count;
		other->count++;
		other->bytes += new.size;
		*item(other, other->count - 1) = new;
	}
}

/* The first of a stream's bytes, or a message; how many, and which descriptors. */
static long expect(struct end *end, long size, struct item *found, bool peeks, int step)
{
	long done = 0;
	int i = 0, offset = 0;

	found->count = 0;
	while (i < end->count && done < size) {
		struct item *next = item(end, i);
		int count = next->size < size - done ? next->size : (int)(size - done);
		bool hasDescriptors = next->count > 0;

		for (int j = 0; j < count; j++)
			CHECK(bytes[done + j] == (char)(next->pattern + j), done + j);
		done += count;
		if (hasDescriptors) {
			found->count = next->count;
			memcpy(found->pipes, next->pipes, sizeof next->pipes);
		}
		if (!peeks) {
			next->count = 0;
			next->size -= count;
			next->pattern += count;
			end->bytes -= count;
		}
		if (offset + count < (peeks ? next->size : next->size + count))
			break;
		i++;
		if (hasDescriptors)
			break;
	}
	if (!peeks) {
		end->first = (end->first + i) % ITEMS;
		end->count -= i;
	}
	return done;
}

static void receiveSome(struct end *end, int step)
{
	_Alignas(8) char control[CMSG_SPACE(4 * sizeof(int))] = "";
	long size = 1 + chance(chance(3) ? 3000 : LARGEST), result;
	struct iovec part = {bytes, (size_t)size};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control,
				 .msg_controllen = sizeof control};
	bool peeks = chance(6) == 0, isMessage = end->type != SOCK_STREAM;
	struct item found = {0};
	struct cmsghdr *header;
	int got = 0, fds[4];

	errno = 0;
	result = recvmsg(end->fd, &message, peeks ? MSG_PEEK : 0);
	if (end->reset && (isMessage || end->count == 0)) {
		CHECK(result < 0 && errno == ECONNRESET, result);
		end->reset = false;
		return;
	}
	if (end->count == 0) {
		CHECK(end->readShut ? result == 0 : result < 0 && errno == EAGAIN, result);
		return;
	}
	CHECK(result >= 0, result);
	if (isMessage) {
		struct item *next = item(end, 0);

		CHECK(result == (next->size < size ? next->size : size), result);
		CHECK(!(message.msg_flags & MSG_TRUNC) == (next->size <= size), next->size);
		for (int i = 0; i < result; i++)
			CHECK(bytes[i] == (char)(next->pattern + i), i);
		found = *next;
		if (!peeks)
			drop(end);
	} else {
		long expected = expect(end, size, &found, peeks, step);

		CHECK(result == expected, expected);
	}
	CHECK(!(message.msg_flags & MSG_CTRUNC), message.msg_flags);
	received += peeks ? 0 : result;
	header = CMSG_FIRSTHDR(&message);
	if (header) {
		CHECK(header->cmsg_type == SCM_RIGHTS, header->cmsg_type);
		got = (int)((header->cmsg_len - CMSG_LEN(0)) / sizeof(int));
		memcpy(fds, CMSG_DATA(header), got * sizeof(int));
	}
	/* Linux lets who looks see those behind the last byte, too. */
	if (!isMessage && peeks && found.count == 0 && result == size)
		found.count = -got;
	CHECK(got == abs(found.count), got);
	for (int i = 0; i < got; i++) {
		struct stat status;

		CHECK(fstat(fds[i], &status) == 0, fds[i]);
		CHECK(found.count < 0 || status.st_ino == pipes[found.pipes[i]].number,
		      found.pipes[i]);
		CHECK(close(fds[i]) == 0, fds[i]);
	}
}

static void closeEnd(struct end *end, struct end *other)
{
	close(end->fd);
	end->fd = -1;
	if (other->fd >= 0) {
		if (end->type != SOCK_DGRAM) {
			other->readShut = other->writeShut = true;
			if (end->count)
				other->reset = true;
		}
		other->left = true;
	}
	end->count = 0;
	end->bytes = 0;
}

static void shut(struct end *end, struct end *other, int step)
{
	int how = (int)chance(2);

	CHECK(shutdown(end->fd, how ? SHUT_WR : SHUT_RD) == 0, how);
	if (how) {
		end->writeShut = other->readShut = true;
	} else {
		end->readShut = other->writeShut = true;
	}
}

static void check(int step)
{
	struct pollfd fds[ENDS];

	for (int i = 0; i < ENDS; i++)
		fds[i] = (struct pollfd){ends[i].fd, POLLIN | POLLOUT | POLLRDHUP, 0};
	CHECK(poll(fds, ENDS, 0) >= 0, 0);
	for (int i = 0; i < ENDS; i++) {
		const struct end *end = ends + i, *other = ends + (i ^ 1);
		int found = fds[i].revents & ~POLLOUT;
		int expected = (end->count || end->readShut ? POLLIN : 0) |
			(end->readShut ? POLLRDHUP : 0) |
			(end->readShut && end->writeShut ? POLLHUP : 0) | (end->reset ? POLLERR : 0);
		int waiting = -1;

		if (end->fd < 0)
			continue;
		CHECK(found == expected, found);
		/* When there is room again each system has a rule of its own. */
		if (other->fd < 0 || other->count == 0)
			CHECK(fds[i].revents & POLLOUT, fds[i].revents);
		CHECK(ioctl(end->fd, FIONREAD, &waiting) == 0, 0);
		CHECK(waiting == (end->type != SOCK_DGRAM ? end->bytes
				  : end->count ? end->items[end->first].size : 0), waiting);
	}
}

int main(int count, char **words)
{
	int step = -1, lowest;

	if (count > 1)
		state ^= strtoull(words[1], NULL, 0) * 0x9E3779B97F4A7C15u;
	signal(SIGPIPE, SIG_IGN);
	lowest = dup(1);
	close(lowest);
	for (int i = 0; i < PIPES; i++) {
		struct stat status;
		int fds[2];

		CHECK(pipe(fds) == 0 && fstat(fds[0], &status) == 0, i);
		pipes[i].in = fds[0];
		pipes[i].out = fds[1];
		pipes[i].number = status.st_ino;
	}
	for (int i = 0; i < PAIRS; i++)
		make(i, i);
	for (step = PAIRS; step < STEPS; step++) {
		int i = (int)chance(ENDS), what = (int)chance(100);
		struct end *end = &ends[i], *other = &ends[i ^ 1];

		if (end->fd < 0) {
			if (other->fd < 0)
				make(i / 2, step);
			else if (chance(8) == 0)
				closeEnd(other, end);
		} else if (what < 45) {
			sendSome(end, other, step);
		} else if (what < 95) {
			receiveSome(end, step);
		} else if (what < 97) {
			if (other->fd >= 0 && end->type != SOCK_DGRAM)
				shut(end, other, step);
		} else {
			closeEnd(end, other);
		}
		if (step % 4 == 0)
			check(step);
	}
	CHECK(sent > 1000000 && received > 1000000 && passed > 1000, sent);
	for (int i = 0; i < ENDS; i++)
		if (ends[i].fd >= 0)
			closeEnd(&ends[i], &ends[i ^ 1]);
	/* What was on its way is closed. */
	for (int i = 0; i < PIPES; i++) {
		close(pipes[i].in);
		CHECK(write(pipes[i].out, "x", 1) < 0 && errno == EPIPE, i);
		close(pipes[i].out);
	}
	CHECK(dup(1) == lowest, lowest);
	puts("all as it should be");
	return 0;
}
