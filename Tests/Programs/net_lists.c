/*
 * What /proc/net says of this program's own sockets, without what differs from run to run: the same
 * on Linux, in a namespace of its own.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static char text[1 << 19], again[1 << 19];

static void fail(const char *what)
{
	printf("%s: %s\n", what, strerror(errno));
	exit(1);
}

static int check(int result, const char *what)
{
	if (result < 0)
		fail(what);
	return result;
}

/* The whole file, read in pieces of so many bytes. */
static size_t take(const char *path, char *into, size_t piece)
{
	int fd = check(open(path, O_RDONLY), path);
	size_t count = 0;
	ssize_t got;

	while ((got = read(fd, into + count, piece)) > 0)
		count += (size_t)got;
	check((int)got, "read");
	close(fd);
	into[count] = 0;
	return count;
}

/* Sockets that are known, by the letters that stand for their ports. */
static struct { int fd; unsigned port; } known[26];

static void know(char letter, int fd)
{
	union {
		struct sockaddr any;
		struct sockaddr_in four;
		struct sockaddr_in6 six;
	} at;
	socklen_t length = sizeof at;

	check(getsockname(fd, &at.any, &length), "getsockname");
	known[letter - 'a'].fd = fd;
	known[letter - 'a'].port = ntohs(at.any.sa_family == AF_INET ? at.four.sin_port : at.six.sin6_port);
}

static char letter_of(unsigned port)
{
	if (!port)
		return '0';
	for (int i = 0; i < 26; i++)
		if (known[i].port == port)
			return (char)('a' + i);
	return '?';
}

static char owner_of(unsigned long inode)
{
	struct stat status;

	if (!inode)
		return '0';
	for (int i = 0; i < 26; i++)
		if (known[i].port && known[i].fd >= 0 && !fstat(known[i].fd, &status) && status.st_ino == inode)
			return (char)('a' + i);
	return '?';
}

static int compare(const void *one, const void *other) { return strcmp(one, other); }

/* The lines of a list whose ports are all known, sorted. */
static void show(const char *path, const char *title)
{
	static char lines[64][200];
	int count = 0;
	char *line, *rest;

	take(path, text, sizeof text - 1);
	rest = strchr(text, '\n') + 1;
	printf("%s:\n", title);
	while ((line = strsep(&rest, "\n")) && *line) {
		char local[33], remote[33], tail[160] = "";
		unsigned from, to, state, sent, received, timer, repeats, user, probes, references;
		unsigned long when, inode;
		unsigned long long number;
		int at = 0, fields = 0;

		if (sscanf(line, "%llu: %32[0-9A-F]:%4X %32[0-9A-F]:%4X %2X %8X:%8X %2X:%8lX %8X %u %u %lu %u %n",
		           &number, local, &from, remote, &to, &state, &sent, &received, &timer, &when, &repeats,
		           &user, &probes, &inode, &references, &at) != 15) {
			printf("not a line: %s\n", line);
			exit(1);
		}
		if (letter_of(from) == '?' || letter_of(to) == '?')
			continue;
		strncpy(tail, line + at, sizeof tail - 1);
		for (char *word = strtok(tail, " "); word; word = strtok(NULL, " "))
			fields++;
		snprintf(lines[count++], sizeof lines[0], "  %s:%c %s:%c %02X tx %u rx %u tr %u %s repeats %u uid %u probes %u inode %c tail %d%s",
		         local, letter_of(from), remote, letter_of(to), state, sent, received, timer, when ? "running" : "-",
		         repeats, user, probes, owner_of(inode), fields,
		         strstr(path, "6") ? "" : strlen(line) == (strstr(path, "tcp") ? 149 : 127) ? " full" : " not full");
	}
	qsort(lines, (size_t)count, sizeof lines[0], compare);
	for (int i = 0; i < count; i++)
		puts(lines[i]);
}

/* In how many ways of reading a list its text differs from what was read before. */
static int differences(const char *path, size_t count)
{
	static const size_t pieces[] = {1, 7, 100, 149, 150, 151, 1000, 4096};
	int fd, wrong = 0;

	for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++)
		if (take(path, again, pieces[i]) != count || memcmp(text, again, count))
			wrong++;
	fd = check(open(path, O_RDONLY), path);
	for (size_t at = 0; at < count + 40; at += 37) {
		ssize_t wanted = at > count ? 0 : count - at < 61 ? (ssize_t)(count - at) : 61;

		if (pread(fd, again, 61, (off_t)at) != wanted || memcmp(text + (at > count ? count : at), again, (size_t)wanted))
			wrong++;
	}
	/* Reads go on where the last one has ended, whatever was looked at meanwhile. */
	for (size_t at = 0; at < count; at += 50) {
		char byte;

		pread(fd, &byte, 1, (off_t)(count / 2));
		if (read(fd, again + at, 50) < 0)
			wrong++;
	}
	if (memcmp(text, again, count))
		wrong++;
	for (size_t at = count; at > 0; at -= at < 41 ? at : 41) {
		if (lseek(fd, (off_t)(at - 1), SEEK_SET) != (off_t)(at - 1) || read(fd, again, 1) != 1 || again[0] != text[at - 1])
			wrong++;
	}
	close(fd);
	return wrong;
}

/* Every way of reading a list gives the same text: once more where it has changed meanwhile, as
   times and windows of connections do. */
static void read_in_pieces(const char *path)
{
	size_t count, ends = 0;
	int wrong, turn = 0;

	do {
		count = take(path, text, sizeof text - 1);
		wrong = differences(path, count);
	} while ((take(path, again, sizeof again - 1) != count || memcmp(text, again, count)) && ++turn < 20);
	for (size_t i = 0; i < count; i++)
		ends += text[i] == '\n';
	printf("%s: %d lines, wrong %d\n", path, (int)ends, wrong);
}

/* ---- Counters ---- */

static const char *const names[] = {
	"Tcp: ActiveOpens", "Tcp: PassiveOpens", "Tcp: AttemptFails", "Tcp: EstabResets", "Tcp: CurrEstab",
	"Tcp: RetransSegs", "Tcp: InErrs", "Tcp: OutRsts", "Udp: InDatagrams", "Udp: NoPorts", "Udp: InErrors", "Udp: OutDatagrams",
	"Icmp: InMsgs", "Icmp: InDestUnreachs", "Icmp: OutMsgs", "Icmp: OutDestUnreachs", "Icmp: InErrors",
	"Ip: InReceives", "Ip: InDelivers", "Ip: OutRequests", "Ip: InHdrErrors", "Ip: OutNoRoutes", "lo received packets", "lo received bytes",
	"lo sent packets", "lo sent bytes", "Tcp: InSegs", "Tcp: OutSegs",
};
enum { COUNTERS = sizeof names / sizeof names[0] };

static long long counter(const char *name)
{
	char group[16], field[32], *line = text, *values;
	int at = 0;

	sscanf(name, "%15s %31s", group, field);
	if (!(line = strstr(line, group)) || !(values = strstr(line + 1, group)))
		return -1;
	for (char *word = line + strlen(group); *word != '\n'; at++) {
		size_t length = strcspn(++word, " \n");

		if (length == strlen(field) && !memcmp(word, field, length))
			break;
		word += length;
	}
	values += strlen(group);
	while (at-- > 0)
		values = strchr(values + 1, ' ');
	return strtoll(values, NULL, 10);
}

static void look(long long values[COUNTERS])
{
	char *line;

	take("/proc/net/snmp", text, sizeof text - 1);
	for (int i = 0; i < COUNTERS; i++)
		values[i] = counter(names[i]);
	take("/proc/net/dev", text, sizeof text - 1);
	if (!(line = strstr(text, " lo:")))
		fail("no loopback");
	for (int i = 0; i < COUNTERS; i++) {
		if (!strcmp(names[i], "lo received bytes"))
			sscanf(line, " lo: %lld", &values[i]);
		if (!strcmp(names[i], "lo received packets"))
			sscanf(line, " lo: %*d %lld", &values[i]);
		if (!strcmp(names[i], "lo sent bytes"))
			sscanf(line, " lo: %*d %*d %*d %*d %*d %*d %*d %*d %lld", &values[i]);
		if (!strcmp(names[i], "lo sent packets"))
			sscanf(line, " lo: %*d %*d %*d %*d %*d %*d %*d %*d %*d %lld", &values[i]);
	}
}

/* Which acknowledgments there are is TCP's own choice: then only the first ones are told. */
static void tell(const char *title, const long long before[COUNTERS], int all)
{
	long long after[COUNTERS];

	look(after);
	printf("%s:", title);
	for (int i = 0; i < (all ? COUNTERS - 2 : 17); i++)
		if (after[i] != before[i])
			printf(" %s %+lld,", names[i], after[i] - before[i]);
	/* What goes to this host comes. */
	if (after[COUNTERS - 2] - before[COUNTERS - 2] != after[COUNTERS - 1] - before[COUNTERS - 1])
		printf(" segments differ");
	puts("");
}

static int make(int family, int type, const char *address)
{
	int fd = check(socket(family, type, 0), "socket");
	struct sockaddr_in four = {.sin_family = AF_INET};
	struct sockaddr_in6 six = {.sin6_family = AF_INET6};

	if (family == AF_INET) {
		inet_pton(AF_INET, address, &four.sin_addr);
		check(bind(fd, (struct sockaddr *)&four, sizeof four), "bind");
	} else {
		inet_pton(AF_INET6, address, &six.sin6_addr);
		check(bind(fd, (struct sockaddr *)&six, sizeof six), "bind");
	}
	return fd;
}

static int reach(int fd, int family, const char *address, unsigned port)
{
	struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
	struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons((unsigned short)port)};

	inet_pton(AF_INET, address, &four.sin_addr);
	inet_pton(AF_INET6, address, &six.sin6_addr);
	return connect(fd, family == AF_INET ? (struct sockaddr *)&four : (struct sockaddr *)&six,
	               family == AF_INET ? sizeof four : sizeof six);
}

/* Waits until everything is acknowledged, and the connection has a state of tcp(7), or any (0). */
static void settle(int fd, int state)
{
	for (int i = 0; i < 10000; i++) {
		struct tcp_info info;
		socklen_t length = sizeof info;

		check(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length), "TCP_INFO");
		if (!info.tcpi_unacked && (!state || info.tcpi_state == state))
			return;
		poll(NULL, 0, 1);
	}
	fail("it does not settle");
}

static void until_readable(int fd)
{
	struct pollfd one = {fd, POLLIN, 0};

	if (poll(&one, 1, 10000) != 1)
		fail("poll");
}

int main(void)
{
	static const char *const files[] = {"/proc/net/tcp", "/proc/net/tcp6", "/proc/net/udp", "/proc/net/udp6"};
	long long before[COUNTERS];
	char bytes[5000] = "";
	int a, b, c, d, e, f, on = 1;
	unsigned closed;

	a = make(AF_INET, SOCK_STREAM, "127.0.0.1");
	know('a', a);
	show(files[0], "bound");
	check(listen(a, 5), "listen");
	b = make(AF_INET6, SOCK_STREAM, "::");
	check(listen(b, 5), "listen");
	know('b', b);
	for (int i = 0; i < 4; i++) {
		size_t count = take(files[i], text, sizeof text - 1);
		printf("[%.*s]\n", (int)(strchr(text, '\n') - text), text);
		if (text[count - 1] != '\n')
			puts("no end");
	}
	take("/proc/net/dev", text, sizeof text - 1);
	printf("[%.*s]\n", (int)(strstr(text, "    lo:") - text), text);
	printf("%zu\n", strcspn(strstr(text, "    lo:"), "\n") > 120 ? (size_t)1 : 0);
	show(files[0], "tcp, listening");
	show(files[1], "tcp6, listening");

	look(before);
	c = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
	check(reach(c, AF_INET, "127.0.0.1", known[0].port), "connect");
	know('c', c);
	until_readable(a);
	tell("connect", before, 0);
	show(files[0], "waits");
	d = check(accept(a, NULL, NULL), "accept");
	/* Its port is the listener's. */
	known[3].fd = d;
	known[3].port = 65536;
	show(files[0], "accepted");
	if (write(c, bytes, 1000) != 1000)
		fail("write");
	until_readable(d);
	settle(c, 0);
	show(files[0], "unread");
	if (read(d, bytes, 400) != 400)
		fail("read");
	show(files[0], "read in part");
	if (read(d, bytes, 600) != 600)
		fail("read");

	/* Of both versions. */
	e = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
	check(reach(e, AF_INET, "127.0.0.1", known[1].port), "connect");
	know('e', e);
	f = check(accept(b, NULL, NULL), "accept");
	known[5].fd = f;
	known[5].port = 65537;
	show(files[0], "tcp, to a socket of both");
	show(files[1], "tcp6, of IPv4");
	/* Nothing of it stays. */
	check(setsockopt(e, SOL_SOCKET, SO_LINGER, &(struct linger){1, 0}, sizeof(struct linger)), "linger");
	close(e);
	until_readable(f);
	close(f);
	known[4].port = known[5].port = 0;
	e = check(socket(AF_INET6, SOCK_STREAM, 0), "socket");
	check(reach(e, AF_INET6, "::1", known[1].port), "connect");
	know('e', e);
	f = check(accept(b, NULL, NULL), "accept");
	known[5].fd = f;
	known[5].port = 65537;
	show(files[1], "tcp6");

	int u = make(AF_INET, SOCK_DGRAM, "127.0.0.1"), v = make(AF_INET6, SOCK_DGRAM, "::"), w;
	know('u', u);
	know('v', v);
	w = check(socket(AF_INET, SOCK_DGRAM, 0), "socket");
	show(files[2], "udp");
	look(before);
	check(reach(w, AF_INET, "127.0.0.1", known['u' - 'a'].port), "connect");
	know('w', w);
	tell("connect of datagrams", before, 1);
	show(files[2], "udp, one connected");
	show(files[3], "udp6");
	look(before);
	for (int i = 1; i <= 5; i++)
		if (send(w, bytes, 100 * (size_t)i, 0) != 100 * i)
			fail("send");
	tell("datagrams, not received", before, 1);
	for (int i = 1; i <= 3; i++)
		if (recv(u, bytes, sizeof bytes, 0) != 100 * i || recv(u, bytes, sizeof bytes, MSG_PEEK) != 100 * (i + 1))
			fail("recv");
	tell("datagrams, three received", before, 1);
	recv(u, bytes, sizeof bytes, 0);
	recv(u, bytes, sizeof bytes, 0);

	for (int i = 0; i < 4; i++)
		read_in_pieces(files[i]);
	{
		int files_of[40];

		for (int i = 0; i < 40; i++)
			check(listen(files_of[i] = make(AF_INET, SOCK_STREAM, "127.0.0.1"), 1), "listen");
		read_in_pieces(files[0]);
		for (int i = 0; i < 40; i++)
			close(files_of[i]);
	}

	/* Nobody is there. */
	int gone = make(AF_INET, SOCK_DGRAM, "127.0.0.1");
	know('g', gone);
	closed = known['g' - 'a'].port;
	close(gone);
	known['g' - 'a'].port = 0;
	check(reach(w, AF_INET, "127.0.0.1", closed), "connect");
	look(before);
	if (send(w, bytes, 10, 0) != 10)
		fail("send");
	tell("a datagram for nobody", before, 1);
	printf("then %d\n", send(w, bytes, 10, 0) < 0 ? errno == ECONNREFUSED : -1);
	look(before);
	gone = make(AF_INET, SOCK_STREAM, "127.0.0.1");
	know('g', gone);
	closed = known['g' - 'a'].port;
	close(gone);
	known['g' - 'a'].port = 0;
	gone = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
	printf("refused %d\n", reach(gone, AF_INET, "127.0.0.1", closed) < 0 ? errno == ECONNREFUSED : -1);
	close(gone);
	tell("a connection with nobody", before, 0);

	/* Lost for want of room. */
	int few = 4096;
	check(setsockopt(u, SOL_SOCKET, SO_RCVBUF, &few, sizeof few), "setsockopt");
	check(reach(w, AF_INET, "127.0.0.1", known['u' - 'a'].port), "connect");
	look(before);
	for (int i = 0; i < 100; i++)
		send(w, bytes, 1000, 0);
	long long after[COUNTERS];
	look(after);
	int lost = (int)(after[10] - before[10]), received = 0;
	while (recv(u, bytes, sizeof bytes, MSG_DONTWAIT) == 1000)
		received++;
	printf("100 sent: %d, all accounted for %d\n", (int)(after[11] - before[11]), lost > 0 && lost + received == 100);
	take(files[2], text, sizeof text - 1);
	for (char *line = strchr(text, '\n') + 1; *line; line = strchr(line, '\n') + 1) {
		unsigned port, drops;

		if (sscanf(line, " %*d: %*8X:%4X %*8X:%*4X %*s %*s %*s %*s %*s %*s %*s %*s %*s %u", &port, &drops) == 2 &&
		    port == known['u' - 'a'].port)
			printf("told of the socket %d\n", (int)drops == lost);
	}

	/* Ends. */
	look(before);
	shutdown(c, SHUT_WR);
	until_readable(d);
	if (read(d, bytes, 1) != 0)
		fail("end");
	settle(c, 5);
	tell("one end", before, 0);
	show(files[0], "one end");
	close(d);
	known[3].port = 0;
	until_readable(c);
	show(files[0], "both ends");
	close(c);
	show(files[0], "closed");
	tell("both ends", before, 0);
	look(before);
	check(setsockopt(e, SOL_SOCKET, SO_LINGER, &(struct linger){1, 0}, sizeof(struct linger)), "linger");
	close(e);
	until_readable(f);
	printf("reset %d\n", read(f, bytes, 1) < 0 ? errno == ECONNRESET : -1);
	tell("reset", before, 0);
	show(files[1], "after a reset");
	known[4].port = 0;
	check(setsockopt(u, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on), "setsockopt");
	puts("done");
	return 0;
}
