/*
 * A server of HTTP/1.1 in one thread, which waits with epoll: connections that nothing comes
 * from cost nothing, and there may be thousands:
 *
 *   hermit run --forward 8080:8080 examples-c/http_server_epoll
 *   curl http://127.0.0.1:8080/
 *
 * The first argument is the port. With a second one it ends after so many requests.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

/* What has come of a request, and what has to go of answers. */
struct client {
	char in[4096], out[8192];
	size_t in_count, out_start, out_count;
	int goes_on;
};

static long requests, most;

/* Answers the first request in the buffer; 0: not all of it has come. */
static int answer(struct client *client)
{
	char method[16], path[256], body[512];

	client->in[client->in_count] = 0;
	char *end = strstr(client->in, "\r\n\r\n");
	if (end == NULL)
		return 0;
	size_t used = (size_t)(end - client->in) + 4;
	char next = client->in[used], *out = client->out + client->out_count;
	size_t room = sizeof(client->out) - client->out_count;
	client->in[used] = 0;
	if (sscanf(client->in, "%15s %255s HTTP/1.", method, path) == 2) {
		client->goes_on = strcasestr(client->in, "connection: close") == NULL
			&& strstr(client->in, "HTTP/1.0") == NULL;
		int length = snprintf(body, sizeof(body), "Hello from a unikernel: %s %s\n", method, path);
		client->out_count += (size_t)snprintf(out, room,
			"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\nConnection: %s\r\n\r\n%s",
			length, client->goes_on ? "keep-alive" : "close", strcmp(method, "HEAD") ? body : "");
	} else {
		client->goes_on = 0;
		client->out_count += (size_t)snprintf(out, room,
			"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
	}
	client->in[used] = next;
	client->in_count -= used;
	memmove(client->in, client->in + used, client->in_count);
	requests++;
	return 1;
}

/*
 * Reads, answers and writes until nothing more can be done; 0: the connection is over.
 * No more is read while an answer waits for room: the other end has to read, too.
 */
static int serve(int connection, struct client *client)
{
	for (;;) {
		while (client->out_count > client->out_start) {
			ssize_t sent = send(connection, client->out + client->out_start,
					    client->out_count - client->out_start, MSG_NOSIGNAL);
			if (sent < 0)
				return errno == EAGAIN;
			client->out_start += (size_t)sent;
		}
		client->out_start = client->out_count = 0;
		if (!client->goes_on)
			return 0;
		/* Several requests may have come at once. */
		while (client->goes_on && sizeof(client->out) - client->out_count > 1024 && answer(client))
			continue;
		if (client->out_count > 0)
			continue;
		if (client->in_count + 1 == sizeof(client->in))
			return 0;
		ssize_t count = recv(connection, client->in + client->in_count,
				     sizeof(client->in) - 1 - client->in_count, 0);
		if (count <= 0)
			return count < 0 && errno == EAGAIN;
		client->in_count += (size_t)count;
	}
}

static struct client *new_client(void)
{
	struct client *client = malloc(sizeof(*client));

	if (client != NULL) {
		client->in_count = client->out_start = client->out_count = 0;
		client->goes_on = 1;
	}
	return client;
}

static int listen_at(int port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_ANY)};
	int one = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	address.sin_port = htons((unsigned short)port);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0
	    || listen(listener, 1024) < 0) {
		perror("listen");
		exit(1);
	}
	printf("listening on port %d\n", port);
	fflush(stdout);
	return listener;
}

/* A connection has a buffer only while something of a request or an answer is in it. */
static struct client **clients;
static size_t most_descriptors;

static void end(int connection)
{
	free(clients[connection]);
	clients[connection] = NULL;
	close(connection);
}

/* What can be done with a connection is done: its next event is a change. */
static void attend(int connection)
{
	struct client *client = clients[connection];

	if (client == NULL && (client = clients[connection] = new_client()) == NULL) {
		end(connection);
		return;
	}
	if (!serve(connection, client)) {
		end(connection);
	} else if (client->in_count == 0 && client->out_count == 0) {
		free(client);
		clients[connection] = NULL;
	}
}

static void take_connections(int set, int listener)
{
	int connection;

	while ((connection = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
		struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.fd = connection};
		if ((size_t)connection >= most_descriptors || epoll_ctl(set, EPOLL_CTL_ADD, connection, &event) < 0)
			close(connection);
	}
}

int main(int argc, char **argv)
{
	struct rlimit limit;
	struct epoll_event events[256];
	int listener = listen_at(argc > 1 ? atoi(argv[1]) : 8080), set = epoll_create1(0);

	most = argc > 2 ? atol(argv[2]) : 0;
	/* As many descriptors as there may be. */
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	getrlimit(RLIMIT_NOFILE, &limit);
	most_descriptors = limit.rlim_cur > 100000 ? 100000 : limit.rlim_cur;
	clients = calloc(most_descriptors, sizeof(*clients));
	struct epoll_event first = {.events = EPOLLIN, .data.fd = listener};
	if (set < 0 || clients == NULL || epoll_ctl(set, EPOLL_CTL_ADD, listener, &first) < 0) {
		perror("epoll");
		return 1;
	}
	while (most == 0 || requests < most) {
		int count = epoll_wait(set, events, sizeof(events) / sizeof(events[0]), -1);
		if (count < 0) {
			perror("epoll_wait");
			return 1;
		}
		for (int i = 0; i < count; i++) {
			if (events[i].data.fd == listener)
				take_connections(set, listener);
			else
				attend(events[i].data.fd);
		}
	}
	for (size_t connection = 0; connection < most_descriptors; connection++)
		free(clients[connection]);
	printf("%ld requests\n", requests);
	return 0;
}
