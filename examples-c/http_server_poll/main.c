/*
 * A server of HTTP/1.1 in one thread, which waits with poll for all connections at once:
 *
 *   hermit run --forward 8080:8080 examples-c/http_server_poll
 *   curl http://127.0.0.1:8080/
 *
 * The first argument is the port. With a second one it ends after so many requests.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
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

enum { MOST = 1000 };

/* The listener's is the first. */
static struct pollfd polled[1 + MOST];
static struct client *clients[1 + MOST];
static nfds_t count = 1;

static void take_connections(void)
{
	while (count <= MOST) {
		int connection = accept4(polled[0].fd, NULL, NULL, SOCK_NONBLOCK);
		if (connection < 0)
			return;
		if ((clients[count] = new_client()) == NULL) {
			close(connection);
			return;
		}
		polled[count++] = (struct pollfd){.fd = connection, .events = POLLIN};
	}
}

static void end(nfds_t place)
{
	close(polled[place].fd);
	free(clients[place]);
	count--;
	polled[place] = polled[count];
	clients[place] = clients[count];
}

int main(int argc, char **argv)
{
	polled[0].fd = listen_at(argc > 1 ? atoi(argv[1]) : 8080);
	most = argc > 2 ? atol(argv[2]) : 0;
	while (most == 0 || requests < most) {
		/* Who comes when there are as many as may be waits. */
		polled[0].events = count <= MOST ? POLLIN : 0;
		if (poll(polled, count, -1) < 0) {
			perror("poll");
			return 1;
		}
		for (nfds_t place = count; place-- > 1;) {
			if (polled[place].revents == 0)
				continue;
			if (!serve(polled[place].fd, clients[place]))
				end(place);
			else
				polled[place].events = clients[place]->out_count > 0 ? POLLOUT : POLLIN;
		}
		if (polled[0].revents)
			take_connections();
	}
	while (count > 1)
		end(1);
	printf("%ld requests\n", requests);
	return 0;
}
