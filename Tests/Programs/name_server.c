/*
 * For the host: a server of names at 127.0.0.1, by UDP and TCP, in a network namespace of its
 * own, and a command that is run beside it; its status is the command's. Without the right to
 * make a namespace it is 77.
 *
 *   name_server COMMAND [ARGUMENT...]
 *
 * A guest that asks 10.0.2.2 (QEMU's user network) asks this server. What it knows is in
 * `answer`. A question's letters are those of its answer (0x20).
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <signal.h>

enum { A = 1, CNAME = 5, SOA = 6, PTR = 12, AAAA = 28 };

struct message {
	unsigned char bytes[4096];
	int count;
	int answers, authorities;
	int code, truncated;
};

static void put(struct message *m, const void *bytes, int count)
{
	memcpy(m->bytes + m->count, bytes, (size_t)count);
	m->count += count;
}

static void put16(struct message *m, int value)
{
	unsigned char bytes[2] = {(unsigned char)(value >> 8), (unsigned char)value};
	put(m, bytes, 2);
}

static void put_name(struct message *m, const char *name)
{
	for (const char *end; *name; name = *end ? end + 1 : end) {
		end = strchrnul(name, '.');
		unsigned char length = (unsigned char)(end - name);
		put(m, &length, 1);
		put(m, name, length);
	}
	put(m, "", 1);
}

/* A record of the question's name (NULL), or another one's. */
static void record(struct message *m, const char *name, int type, int seconds, const void *data, int count)
{
	if (name)
		put_name(m, name);
	else
		put16(m, 0xc00c);
	put16(m, type);
	put16(m, 1);
	put16(m, 0);
	put16(m, seconds);
	put16(m, count);
	put(m, data, count);
	m->answers++;
}

static void address(struct message *m, const char *name, const char *text)
{
	unsigned char bytes[16];
	int family = strchr(text, ':') ? AF_INET6 : AF_INET;

	inet_pton(family, text, bytes);
	record(m, name, family == AF_INET ? A : AAAA, 300, bytes, family == AF_INET ? 4 : 16);
}

static void to_name(struct message *m, int type, const char *target)
{
	struct message name = {0};

	put_name(&name, target);
	record(m, NULL, type, 300, name.bytes, name.count);
}

/* That there is nothing, which may be remembered for a minute. */
static void zone(struct message *m)
{
	struct message data = {0};

	put_name(&data, "ns.test");
	put_name(&data, "root.test");
	for (int i = 0; i < 4; i++) {
		put16(&data, 0);
		put16(&data, 1);
	}
	put16(&data, 0);
	put16(&data, 60);
	record(m, "test", SOA, 60, data.bytes, data.count);
	m->answers--;
	m->authorities++;
}

/* Answers a question; 0: keeps silent. */
static int answer(struct message *m, const char *name, int type, int stream)
{
	static int asked;

	if (strcasecmp(name, "one.test") == 0) {
		if (type == A)
			address(m, NULL, "192.0.2.1");
		else
			zone(m);
	} else if (strcasecmp(name, "both.test") == 0) {
		if (type == A) {
			address(m, NULL, "192.0.2.2");
			address(m, NULL, "192.0.2.3");
		} else {
			address(m, NULL, "2001:db8::2");
		}
	} else if (strcasecmp(name, "six.test") == 0) {
		if (type == AAAA)
			address(m, NULL, "2001:db8::6");
		else
			zone(m);
	} else if (strcasecmp(name, "alias.test") == 0) {
		to_name(m, CNAME, "both.test");
		address(m, "both.test", type == A ? "192.0.2.2" : "2001:db8::2");
	} else if (strcasecmp(name, "many.test") == 0) {
		if (!stream) {
			m->truncated = 1;
			return 1;
		}
		for (int i = 1; i <= 40 && type == A; i++) {
			char text[32];
			snprintf(text, sizeof text, "198.51.100.%d", i);
			address(m, NULL, text);
		}
		if (type != A)
			zone(m);
	} else if (strcasecmp(name, "counted.test") == 0) {
		char text[32];
		if (type == A) {
			snprintf(text, sizeof text, "203.0.113.%d", ++asked);
			address(m, NULL, text);
		} else {
			zone(m);
		}
	} else if (strcasecmp(name, "1.2.0.192.in-addr.arpa") == 0 && type == PTR) {
		to_name(m, PTR, "one.test");
	} else if (strcasecmp(name, "6.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa") == 0) {
		to_name(m, PTR, "six.test");
	} else if (strcasecmp(name, "9.2.0.192.in-addr.arpa") == 0) {
		to_name(m, PTR, "far.example");
	} else if (strcasecmp(name, "refused.test") == 0) {
		m->code = 5;
	} else if (strcasecmp(name, "silent.test") == 0) {
		return 0;
	} else {
		m->code = 3;
		zone(m);
	}
	return 1;
}

/* The answer to a query; its length, or 0. */
static int respond(const unsigned char *query, int count, struct message *m, int stream)
{
	char name[256] = "";
	int at = 12, length = 0;

	if (count < 17)
		return 0;
	while (at < count && query[at]) {
		if (length + query[at] + 1 > 250 || at + query[at] >= count)
			return 0;
		length += sprintf(name + length, "%s%.*s", length ? "." : "", query[at], query + at + 1);
		at += query[at] + 1;
	}
	at += 5;
	if (at > count)
		return 0;
	memset(m, 0, sizeof *m);
	put(m, query, at);
	if (!answer(m, name, query[at - 4] << 8 | query[at - 3], stream))
		return 0;
	m->bytes[2] = (unsigned char)(0x81 | (m->truncated ? 2 : 0));
	m->bytes[3] = (unsigned char)(0x80 | m->code);
	m->bytes[6] = (unsigned char)(m->answers >> 8);
	m->bytes[7] = (unsigned char)m->answers;
	m->bytes[8] = 0;
	m->bytes[9] = (unsigned char)m->authorities;
	m->bytes[10] = m->bytes[11] = 0;
	return m->count;
}

static void serve(int datagrams, int listener)
{
	struct message m;
	unsigned char query[1024];

	for (;;) {
		struct pollfd both[2] = {{.fd = datagrams, .events = POLLIN}, {.fd = listener, .events = POLLIN}};
		struct sockaddr_storage from;
		socklen_t size = sizeof from;

		poll(both, 2, -1);
		if (both[0].revents) {
			ssize_t count = recvfrom(datagrams, query, sizeof query, 0, (struct sockaddr *)&from, &size);
			int length = count > 0 ? respond(query, (int)count, &m, 0) : 0;
			if (length)
				sendto(datagrams, m.bytes, (size_t)length, 0, (struct sockaddr *)&from, size);
		}
		if (both[1].revents) {
			int one = accept(listener, NULL, NULL);
			unsigned char head[2];
			if (one >= 0 && recv(one, head, 2, MSG_WAITALL) == 2 && (head[0] << 8 | head[1]) <= (int)sizeof query
			    && recv(one, query, (size_t)(head[0] << 8 | head[1]), MSG_WAITALL) == (head[0] << 8 | head[1])) {
				int length = respond(query, head[0] << 8 | head[1], &m, 1);
				head[0] = (unsigned char)(length >> 8);
				head[1] = (unsigned char)length;
				if (length) {
					send(one, head, 2, MSG_NOSIGNAL);
					send(one, m.bytes, (size_t)length, MSG_NOSIGNAL);
				}
			}
			close(one);
		}
	}
}

int main(int argc, char **argv)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(53), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct ifreq loopback = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
	int yes = 1, status;

	if (argc < 2)
		return 2;
	if (unshare(CLONE_NEWNET) < 0)
		return 77;
	int datagrams = socket(AF_INET, SOCK_DGRAM, 0), listener = socket(AF_INET, SOCK_STREAM, 0);
	if (ioctl(datagrams, SIOCSIFFLAGS, &loopback) < 0)
		return 77;
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
	if (bind(datagrams, (struct sockaddr *)&at, sizeof at) < 0 || bind(listener, (struct sockaddr *)&at, sizeof at) < 0
	    || listen(listener, 8) < 0) {
		perror("bind");
		return 2;
	}
	pid_t server = fork();
	if (server == 0) {
		/* Not longer than who has asked for it. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		serve(datagrams, listener);
	}
	close(datagrams);
	close(listener);
	pid_t command = fork();
	if (command == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execvp(argv[1], argv + 1);
		_exit(127);
	}
	waitpid(command, &status, 0);
	kill(server, SIGKILL);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
