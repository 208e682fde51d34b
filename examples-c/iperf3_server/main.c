/*
 * What iperf3's client measures against: streams of TCP, by IPv4 and IPv6, either way.
 *
 *   hermit run --forward 5201:5201 examples-c/iperf3_server
 *   iperf3 -c 127.0.0.1 -P 8
 *   iperf3 -c 127.0.0.1 -R
 *
 * The first argument is the port. With a second one it ends after so many tests. One test runs at a
 * time; datagrams (-u) and both ways at once (--bidir) are refused. Of what is sent to it all is
 * received before it says how much that was.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

/* What the two ends tell each other, a byte each, by the first connection. */
enum state {
	TEST_START = 1, TEST_RUNNING = 2, TEST_END = 4, PARAM_EXCHANGE = 9, CREATE_STREAMS = 10, CLIENT_TERMINATE = 12,
	EXCHANGE_RESULTS = 13, DISPLAY_RESULTS = 14, IPERF_DONE = 16, ACCESS_DENIED = -1, SERVER_ERROR = -2,
};

enum { COOKIE = 37, MOST_STREAMS = 128, LONGEST_TEXT = 65536, IEUNIMP = 13, PATIENCE = 20 };

struct stream {
	int fd;
	pthread_t thread;
	atomic_llong bytes;
	/* What the client was told. */
	long long told;
};

static struct stream streams[MOST_STREAMS];
static long stream_count, block_length;
static long long bytes_wanted;
static int is_reverse;
static atomic_int is_over;

static void limit_waiting(int fd, int seconds)
{
	struct timeval limit = {.tv_sec = seconds};

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
}

static int receive_all(int fd, void *bytes, size_t count)
{
	return recv(fd, bytes, count, MSG_WAITALL) == (ssize_t)count;
}

static int send_all(int fd, const void *bytes, size_t count)
{
	for (size_t done = 0; done < count;) {
		ssize_t part = send(fd, (const char *)bytes + done, count - done, MSG_NOSIGNAL);
		if (part <= 0)
			return 0;
		done += (size_t)part;
	}
	return 1;
}

static int say(int fd, enum state state)
{
	signed char byte = (signed char)state;

	return send_all(fd, &byte, 1);
}

static int hear(int fd)
{
	signed char byte;

	return receive_all(fd, &byte, 1) ? byte : CLIENT_TERMINATE;
}

/* Says what is not possible. */
static int refuse(int fd, int error)
{
	uint32_t numbers[2] = {htonl((uint32_t)error), 0};

	return say(fd, SERVER_ERROR) && send_all(fd, numbers, sizeof(numbers));
}

/* A text of JSON, behind its length; the caller frees it. NULL: there is none. */
static char *receive_text(int fd)
{
	uint32_t length;

	if (!receive_all(fd, &length, sizeof(length)) || (length = ntohl(length)) > LONGEST_TEXT)
		return NULL;
	char *text = malloc(length + 1);
	if (text == NULL || !receive_all(fd, text, length)) {
		free(text);
		return NULL;
	}
	text[length] = 0;
	return text;
}

static int send_text(int fd, const char *text)
{
	uint32_t length = htonl((uint32_t)strlen(text));

	return send_all(fd, &length, sizeof(length)) && send_all(fd, text, strlen(text));
}

/* The value of a key, behind its colon; NULL: it is not there. */
static const char *value(const char *text, const char *key)
{
	size_t length = strlen(key);

	for (const char *at = text; (at = strchr(at, '"')) != NULL; at++)
		if (strncmp(at + 1, key, length) == 0 && at[1 + length] == '"') {
			at += length + 2;
			return at + strspn(at, " \t:");
		}
	return NULL;
}

static long long number(const char *text, const char *key, long long otherwise)
{
	const char *found = value(text, key);

	return found == NULL ? otherwise : strtoll(found, NULL, 10);
}

static int is_true(const char *text, const char *key)
{
	const char *found = value(text, key);

	return found != NULL && strncmp(found, "true", 4) == 0;
}

/* Receives until there is nothing more, or sends until the test is over. */
static void *carry(void *argument)
{
	struct stream *stream = argument;
	char *block = calloc(1, (size_t)block_length);
	ssize_t count = 0;

	while (block != NULL && !(is_reverse && is_over)) {
		size_t length = (size_t)block_length;
		if (is_reverse && bytes_wanted > 0) {
			long long left = (bytes_wanted + stream_count - 1) / stream_count - stream->bytes;
			if (left <= 0)
				break;
			length = left < block_length ? (size_t)left : length;
		}
		count = is_reverse ? send(stream->fd, block, length, MSG_NOSIGNAL) : recv(stream->fd, block, length, 0);
		if (count <= 0)
			break;
		stream->bytes += count;
	}
	free(block);
	return NULL;
}

/*
 * Ends what is sent, so that all that was is counted. The client may wait for the rest of a block,
 * and hears of nothing else meanwhile; a sender waits for room that there will not be.
 */
static void end_sending(void)
{
	for (long i = 0; i < stream_count; i++)
		shutdown(streams[i].fd, SHUT_WR);
}

static void join(long *started)
{
	while (*started > 0)
		pthread_join(streams[--*started].thread, NULL);
}

/* What the client says that it has sent is on its way: what has come when nothing more does counts. */
static void await_bytes(const char *results)
{
	long long expected = 0;

	for (const char *at = value(results, "streams"); at != NULL && (at = value(at, "bytes")) != NULL;)
		expected += strtoll(at, NULL, 10);
	for (int turn = 0; turn < PATIENCE * 100; turn++) {
		long long all = 0;
		struct timespec pause = {.tv_nsec = 10000000};
		for (long i = 0; i < stream_count; i++)
			all += streams[i].bytes;
		if (all >= expected)
			break;
		nanosleep(&pause, NULL);
	}
}

static int tell_results(int control, double seconds)
{
	size_t size = 512 + 256 * (size_t)stream_count;
	char *text = malloc(size);

	if (text == NULL)
		return 0;
	int length = snprintf(text, size,
		"{\"cpu_util_total\":0,\"cpu_util_user\":0,\"cpu_util_system\":0,"
		"\"sender_has_retransmits\":0,\"congestion_used\":\"cubic\",\"streams\":[");
	for (long i = 0; i < stream_count; i++) {
		streams[i].told = streams[i].bytes;
		/* iperf3 counts its streams 1, 3, 4 and so on. */
		length += snprintf(text + length, size - (size_t)length,
			"%s{\"id\":%ld,\"bytes\":%lld,\"retransmits\":-1,\"jitter\":0,\"errors\":0,\"packets\":0,"
			"\"start_time\":0,\"end_time\":%.6f}",
			i == 0 ? "" : ",", i == 0 ? 1 : i + 2, streams[i].told, seconds);
	}
	snprintf(text + length, size - (size_t)length, "]}");
	int is_sent = send_text(control, text);
	free(text);
	return is_sent;
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Takes the parameters; 0: the test is not possible. */
static int agree(int control)
{
	char *text = say(control, PARAM_EXCHANGE) ? receive_text(control) : NULL;

	if (text == NULL)
		return 0;
	stream_count = (long)number(text, "parallel", 1);
	block_length = (long)number(text, "len", 131072);
	bytes_wanted = number(text, "num", 0);
	is_reverse = is_true(text, "reverse");
	int is_possible = is_true(text, "tcp") && !is_true(text, "bidirectional") && stream_count > 0
		&& stream_count <= MOST_STREAMS && block_length > 0 && block_length <= 1 << 20;
	free(text);
	if (!is_possible)
		refuse(control, IEUNIMP);
	return is_possible;
}

/* Takes the client's streams; each begins with the test's cookie. */
static int take_streams(int control, int listener, const char *cookie)
{
	char theirs[COOKIE];
	long opened = 0;

	if (!say(control, CREATE_STREAMS))
		return 0;
	while (opened < stream_count) {
		int fd = accept(listener, NULL, NULL);
		if (fd < 0)
			break;
		limit_waiting(fd, PATIENCE);
		if (!receive_all(fd, theirs, COOKIE) || memcmp(theirs, cookie, COOKIE) != 0) {
			/* Another client's test. */
			say(fd, ACCESS_DENIED);
			close(fd);
			continue;
		}
		streams[opened].fd = fd;
		streams[opened++].bytes = 0;
	}
	if (opened == stream_count)
		return 1;
	stream_count = opened;
	for (long i = 0; i < opened; i++)
		close(streams[i].fd);
	return 0;
}

/* From the test's start until the client says that it has ended; the client's results, or NULL. */
static char *exchange(int control, double *seconds)
{
	double start = now();
	int state;

	if (!say(control, TEST_START) || !say(control, TEST_RUNNING))
		return NULL;
	/* The client says how long it is. */
	limit_waiting(control, 0);
	state = hear(control);
	*seconds = now() - start;
	is_over = 1;
	if (is_reverse)
		end_sending();
	limit_waiting(control, PATIENCE);
	if (state != TEST_END || !say(control, EXCHANGE_RESULTS))
		return NULL;
	return receive_text(control);
}

/* One test; 0: it came to nothing. */
static int test(int control, int listener)
{
	char cookie[COOKIE], *results;
	double seconds = 0;
	long started = 0;
	int is_done = 0;

	if (!receive_all(control, cookie, COOKIE) || !agree(control) || !take_streams(control, listener, cookie))
		return 0;
	is_over = 0;
	while (started < stream_count
	       && pthread_create(&streams[started].thread, NULL, carry, &streams[started]) == 0)
		started++;
	if (started == stream_count && (results = exchange(control, &seconds)) != NULL) {
		if (is_reverse)
			join(&started);
		else
			await_bytes(results);
		free(results);
		is_done = tell_results(control, seconds) && say(control, DISPLAY_RESULTS) && hear(control) == IPERF_DONE;
	}
	is_over = 1;
	for (long i = 0; i < stream_count; i++)
		shutdown(streams[i].fd, SHUT_RDWR);
	join(&started);
	for (long i = 0; i < stream_count; i++)
		close(streams[i].fd);
	return is_done;
}

int main(int argc, char **argv)
{
	struct sockaddr_in6 address = {.sin6_family = AF_INET6};
	int port = argc > 1 ? atoi(argv[1]) : 5201, one = 1, off = 0;
	int listener = socket(AF_INET6, SOCK_STREAM, 0);
	long most = argc > 2 ? atol(argv[2]) : 0, tests = 0;

	address.sin6_port = htons((unsigned short)port);
	setsockopt(listener, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0
	    || listen(listener, MOST_STREAMS) < 0) {
		perror("listen");
		return 1;
	}
	printf("listening on port %d\n", port);
	fflush(stdout);
	while (most == 0 || tests < most) {
		int control = accept(listener, NULL, NULL);
		if (control < 0)
			continue;
		setsockopt(control, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		limit_waiting(control, PATIENCE);
		if (test(control, listener)) {
			long long all = 0;
			for (long i = 0; i < stream_count; i++)
				all += streams[i].told;
			printf("%ld streams, %lld bytes %s\n", stream_count, all, is_reverse ? "sent" : "received");
			fflush(stdout);
			tests++;
		}
		close(control);
	}
	return 0;
}
