/*
 * The addresses of hosts, in the order in which they are to be tried:
 *
 *   hermit run examples-c/getaddrinfo -- localhost www.example.com
 *
 * An argument NAME:SERVICE asks for a service, too. The status is 1 where a name has led to nothing.
 */
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

static int look(char *name)
{
	struct addrinfo hints = {.ai_flags = AI_CANONNAME, .ai_socktype = SOCK_STREAM}, *list;
	char *service = strrchr(name, ':');

	/* Of an address of IPv6 the last colon begins no service. */
	if (service != NULL && strchr(name, ':') == service)
		*service++ = '\0';
	else
		service = NULL;
	int error = getaddrinfo(name, service, &hints, &list);
	if (error != 0) {
		printf("%s: %s\n", name, gai_strerror(error));
		return 1;
	}
	printf("%s is %s\n", name, list->ai_canonname);
	for (struct addrinfo *one = list; one != NULL; one = one->ai_next) {
		char host[NI_MAXHOST], port[NI_MAXSERV];
		error = getnameinfo(one->ai_addr, one->ai_addrlen, host, sizeof(host), port, sizeof(port),
				    NI_NUMERICHOST | NI_NUMERICSERV);
		if (error == 0)
			printf("  %s port %s\n", host, port);
	}
	freeaddrinfo(list);
	return 0;
}

int main(int argc, char **argv)
{
	static char own[] = "localhost";
	int status = 0;

	if (argc == 1)
		return look(own);
	for (int i = 1; i < argc; i++)
		status |= look(argv[i]);
	return status;
}
