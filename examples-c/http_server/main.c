/*
 * A server of HTTP/1.1 with a thread for each connection:
 *
 *   hermit run --forward 8080:8080 examples-c/http_server
 *   curl http://127.0.0.1:8080/
 *
 * The first argument is the port. With a second one it ends after so many requests.
 */
#define _GNU_SOURCE
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

static atomic_long requests;
static long most;

static int send_all(int connection, const char *bytes, size_t count)
{
	while (count > 0) {
		ssize_t sent = send(connection, bytes, count, MSG_NOSIGNAL);
		if (sent < 0)
			return -1;
		bytes += sent;
		count -= (size_t)sent;
	}
	return 0;
}

/* Answers one request, whose head is in `head`; whether the connection goes on. */
static int answer(int connection, const char *head)
{
	char path[256], method[16], body[512], response[1024];

	if (sscanf(head, "%15s %255s HTTP/1.", method, path) != 2) {
		const char *bad = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
		send_all(connection, bad, strlen(bad));
		return 0;
	}
	int goes_on = strcasestr(head, "connection: close") == NULL && strstr(head, "HTTP/1.0") == NULL;
	int is_head = strcmp(method, "HEAD") == 0;
	int length = snprintf(body, sizeof(body), "Hello from a unikernel: %s %s\n", method, path);
	int count = snprintf(response, sizeof(response),
		"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\nConnection: %s\r\n\r\n%s",
		length, goes_on ? "keep-alive" : "close", is_head ? "" : body);
	return send_all(connection, response, (size_t)count) == 0 && goes_on;
}

static void *serve(void *argument)
{
	int connection = (int)(long)argument;
	char head[8192];
	size_t count = 0;

	for (;;) {
		char *end;
		while (head[count] = 0, (end = strstr(head, "\r\n\r\n")) == NULL) {
			if (count + 1 == sizeof(head))
				goto done;
			ssize_t read = recv(connection, head + count, sizeof(head) - 1 - count, 0);
			if (read <= 0)
				goto done;
			count += (size_t)read;
		}
		size_t used = (size_t)(end - head) + 4;
		char next = head[used];
		head[used] = 0;
		int goes_on = answer(connection, head);
		head[used] = next;
		count -= used;
		memmove(head, head + used, count);
		long done = atomic_fetch_add(&requests, 1) + 1;
		if (most > 0 && done >= most) {
			shutdown(connection, SHUT_RDWR);
			close(connection);
			printf("%ld requests\n", done);
			exit(0);
		}
		if (!goes_on)
			break;
	}
done:
	close(connection);
	return NULL;
}

int main(int argc, char **argv)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_ANY)};
	int port = argc > 1 ? atoi(argv[1]) : 8080, one = 1;
	pthread_attr_t detached;

	most = argc > 2 ? atol(argv[2]) : 0;
	address.sin_port = htons((unsigned short)port);
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0
	    || listen(listener, 1024) < 0) {
		perror("listen");
		return 1;
	}
	printf("listening on port %d\n", port);
	fflush(stdout);
	pthread_attr_init(&detached);
	pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	for (;;) {
		pthread_t thread;
		int connection = accept(listener, NULL, NULL);
		if (connection < 0) {
			perror("accept");
			return 1;
		}
		if (pthread_create(&thread, &detached, serve, (void *)(long)connection) != 0)
			close(connection);
	}
}
