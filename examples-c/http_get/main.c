/*
 * Asks a server of HTTP for a document, and writes it to standard output:
 *
 *   hermit run examples-c/http_get -- http://10.0.2.2:8000/ > document
 *
 * 10.0.2.2 is the host, as seen from the network of `--net user`. The status is 0 where the
 * server has sent a document, and 1 otherwise.
 */
#define _GNU_SOURCE
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

static char host[256], port[16] = "80", path[1024] = "/";

/* Takes http://HOST[:PORT][/PATH] apart, where an address of IPv6 is in brackets. */
static int parse(const char *text)
{
	if (strncasecmp(text, "http://", 7) != 0)
		return 0;
	text += 7;
	const char *end = *text == '[' ? strchr(text, ']') : text + strcspn(text, ":/");
	if (end == NULL)
		return 0;
	snprintf(host, sizeof(host), "%.*s", (int)(end - text) - (*text == '['), text + (*text == '['));
	text = end + (*end == ']');
	if (*text == ':') {
		end = text + strcspn(text, "/");
		snprintf(port, sizeof(port), "%.*s", (int)(end - text - 1), text + 1);
		text = end;
	}
	if (*text == '/')
		snprintf(path, sizeof(path), "%s", text);
	return host[0] != '\0' && (*text == '/' || *text == '\0');
}

/* Connects with the first address of the host's where there is a server. */
static int connect_to_host(void)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list;
	int error = getaddrinfo(host, port, &hints, &list), connection = -1;

	if (error != 0) {
		fprintf(stderr, "%s: %s\n", host, gai_strerror(error));
		return -1;
	}
	for (struct addrinfo *one = list; one != NULL && connection < 0; one = one->ai_next) {
		connection = socket(one->ai_family, one->ai_socktype, one->ai_protocol);
		if (connection >= 0 && connect(connection, one->ai_addr, one->ai_addrlen) < 0) {
			perror(host);
			close(connection);
			connection = -1;
		}
	}
	freeaddrinfo(list);
	return connection;
}

int main(int argc, char **argv)
{
	char *line = NULL;
	size_t room = 0;
	long length = -1;
	int code = 0;

	if (argc != 2 || !parse(argv[1])) {
		fprintf(stderr, "usage: http_get http://HOST[:PORT][/PATH]\n");
		return 1;
	}
	int connection = connect_to_host();
	FILE *stream = connection < 0 ? NULL : fdopen(connection, "r+");
	if (stream == NULL)
		return 1;
	fprintf(stream, "GET %s HTTP/1.1\r\nHost: %s:%s\r\nConnection: close\r\n\r\n", path, host, port);
	fflush(stream);
	if (getline(&line, &room, stream) < 0 || sscanf(line, "HTTP/1.%*d %d", &code) != 1) {
		fprintf(stderr, "%s: that is no answer\n", host);
		return 1;
	}
	while (getline(&line, &room, stream) > 2)
		if (strncasecmp(line, "content-length:", 15) == 0)
			length = atol(line + 15);
	if (code != 200) {
		fprintf(stderr, "%s: the server says %d\n", argv[1], code);
		return 1;
	}
	char buffer[8192];
	long done = 0;
	for (size_t count; (count = fread(buffer, 1, sizeof(buffer), stream)) > 0; done += (long)count)
		fwrite(buffer, 1, count, stdout);
	if (length >= 0 && done != length) {
		fprintf(stderr, "%s: the document ends after %ld bytes of %ld\n", argv[1], done, length);
		return 1;
	}
	free(line);
	fclose(stream);
	return 0;
}
