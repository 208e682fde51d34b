/*
 * What getaddrinfo, getnameinfo and their elders say. Without arguments: of what needs nobody
 * to be asked, as the host's Linux says it. With arguments, each of which is NAME or
 * NAME,FAMILY,FLAGS,SERVICE with letters for the flags; or =ADDRESS,FLAGS; or @NAME for
 * gethostbyname; or #ADDRESS for gethostbyaddr: of these.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#ifndef SOCK_RAW
#define SOCK_RAW 3
#endif

static const char *error(int number)
{
	switch (number) {
	case EAI_AGAIN: return "AGAIN";
	case EAI_BADFLAGS: return "BADFLAGS";
	case EAI_FAIL: return "FAIL";
	case EAI_FAMILY: return "FAMILY";
	case EAI_MEMORY: return "MEMORY";
	case EAI_NODATA: return "NODATA";
	case EAI_NONAME: return "NONAME";
	case EAI_SERVICE: return "SERVICE";
	case EAI_SOCKTYPE: return "SOCKTYPE";
	case EAI_SYSTEM: return "SYSTEM";
	case EAI_OVERFLOW: return "OVERFLOW";
#ifdef EAI_ADDRFAMILY
	/* POSIX has no such error: the name does not resolve for the supplied parameters. */
	case EAI_ADDRFAMILY: return "NONAME";
#endif
	default: return "?";
	}
}

static void show(const struct addrinfo *one)
{
	char text[64] = "?";
	unsigned port = 0, scope = 0;

	if (one->ai_family == AF_INET && one->ai_addrlen == sizeof(struct sockaddr_in)) {
		struct sockaddr_in *in = (struct sockaddr_in *)one->ai_addr;
		inet_ntop(AF_INET, &in->sin_addr, text, sizeof text);
		port = ntohs(in->sin_port);
	} else if (one->ai_family == AF_INET6 && one->ai_addrlen == sizeof(struct sockaddr_in6)) {
		struct sockaddr_in6 *in = (struct sockaddr_in6 *)one->ai_addr;
		inet_ntop(AF_INET6, &in->sin6_addr, text, sizeof text);
		port = ntohs(in->sin6_port);
		scope = in->sin6_scope_id;
	}
	printf(" [%s", text);
	if (scope)
		printf("%%%u", scope);
	printf(" %u type %d protocol %d%s%s]", port, one->ai_socktype, one->ai_protocol,
	       one->ai_canonname ? " " : "", one->ai_canonname ? one->ai_canonname : "");
}

static void look(const char *name, const char *service, int family, int type, int protocol, int flags)
{
	struct addrinfo hints = {.ai_family = family, .ai_socktype = type, .ai_protocol = protocol, .ai_flags = flags};
	struct addrinfo *list = NULL;
	int result = getaddrinfo(name, service, &hints, &list);

	printf("%s %s family %s type %d protocol %d flags %#x:", name ? name : "-", service ? service : "-",
	       family == AF_INET ? "4" : family == AF_INET6 ? "6" : "any", type, protocol, (unsigned)flags);
	if (result) {
		printf(" %s\n", error(result));
		return;
	}
	for (struct addrinfo *one = list; one; one = one->ai_next)
		show(one);
	putchar('\n');
	freeaddrinfo(list);
}

static void name(const char *address, unsigned short port, socklen_t host, socklen_t service, int flags)
{
	struct sockaddr_storage storage = {0};
	socklen_t length;
	char host_text[300] = "", service_text[64] = "";
	const char *percent = strchr(address, '%');
	char plain[64];

	snprintf(plain, sizeof plain, "%.*s", percent ? (int)(percent - address) : 63, address);
	if (strchr(plain, ':')) {
		struct sockaddr_in6 *in = (struct sockaddr_in6 *)&storage;
		in->sin6_family = AF_INET6;
		in->sin6_port = htons(port);
		in->sin6_scope_id = percent ? (unsigned)atoi(percent + 1) : 0;
		inet_pton(AF_INET6, plain, &in->sin6_addr);
		length = sizeof *in;
	} else {
		struct sockaddr_in *in = (struct sockaddr_in *)&storage;
		in->sin_family = AF_INET;
		in->sin_port = htons(port);
		inet_pton(AF_INET, plain, &in->sin_addr);
		length = sizeof *in;
	}
	int result = getnameinfo((struct sockaddr *)&storage, length, host ? host_text : NULL, host,
				 service ? service_text : NULL, service, flags);
	printf("%s %u flags %#x room %u %u:", address, port, (unsigned)flags, (unsigned)host, (unsigned)service);
	if (result)
		printf(" %s\n", error(result));
	else
		printf(" %s %s\n", host_text, service_text);
}

static void table(void)
{
	static const int families[] = {AF_UNSPEC, AF_INET, AF_INET6};
	static const char *const numbers[] = {
		"127.0.0.1", "10.1.2.3", "127.1", "0x7f.1", "1.2.3", "017700000001", "4294967295", "4294967296", "256.1.1.1",
		"1.2.3.4.5", "1.2.3.4.", "::", "::1", "2001:db8::7", "::ffff:1.2.3.4", "1::2::3", ":1", "2001:db8:", "fe80::1%1",
		"2001:db8::1%1", "12345::",
	};

	for (size_t f = 0; f < 3; f++) {
		for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
			look(numbers[i], NULL, families[f], SOCK_STREAM, 0, AI_NUMERICHOST);
			look(numbers[i], "80", families[f], 0, 0, AI_NUMERICHOST | AI_V4MAPPED);
		}
		look(NULL, "80", families[f] == AF_UNSPEC ? AF_INET6 : families[f], 0, 0, 0);
		look(NULL, "80", families[f] == AF_UNSPEC ? AF_INET6 : families[f], SOCK_STREAM, 0, AI_PASSIVE);
		look("192.0.2.9", "65535", families[f], SOCK_DGRAM, 0, AI_NUMERICHOST | AI_CANONNAME);
	}
	look(NULL, NULL, AF_UNSPEC, 0, 0, 0);
	look(NULL, "80", AF_UNSPEC, SOCK_STREAM, 0, 0);
	look(NULL, "80", AF_INET, 0, 0, AI_CANONNAME);
	look(NULL, "80", 77, 0, 0, 0);
	look("127.0.0.1", NULL, AF_INET, 77, 0, 0);
	look("127.0.0.1", NULL, AF_INET, 0, 77, 0);
	look("127.0.0.1", NULL, AF_INET, SOCK_STREAM, IPPROTO_UDP, 0);
	look("127.0.0.1", NULL, AF_INET, 0, IPPROTO_TCP, 0);
	look("127.0.0.1", NULL, AF_INET, 0, IPPROTO_UDP, 0);
	look("127.0.0.1", NULL, AF_INET, SOCK_DGRAM, IPPROTO_UDP, 0);
	look("127.0.0.1", NULL, AF_INET, SOCK_RAW, IPPROTO_ICMP, 0);
	look("127.0.0.1", NULL, AF_INET, 0, 0, 0x40000000);
	look("127.0.0.1", "ssh", AF_INET, SOCK_STREAM, 0, 0);
	look("127.0.0.1", "domain", AF_INET, 0, 0, 0);
	look("127.0.0.1", "ntp", AF_INET, SOCK_DGRAM, 0, 0);
	look("127.0.0.1", "ntp", AF_INET, SOCK_STREAM, 0, 0);
	look("127.0.0.1", "www", AF_INET, SOCK_STREAM, 0, 0);
	look("127.0.0.1", "http", AF_INET, SOCK_STREAM, 0, AI_NUMERICSERV);
	look("127.0.0.1", "no-such-service", AF_INET, 0, 0, 0);
	look("127.0.0.1", "ssh", AF_INET, SOCK_RAW, 0, 0);
	look("127.0.0.1", "0", AF_INET, 0, 0, 0);
	look("no address", NULL, AF_UNSPEC, 0, 0, AI_NUMERICHOST);
	look("localhost", "7", AF_INET, SOCK_STREAM, 0, 0);
	name("127.0.0.1", 80, 64, 64, NI_NUMERICHOST | NI_NUMERICSERV);
	name("2001:db8::9", 443, 64, 64, NI_NUMERICHOST);
	name("2001:db8::9", 123, 64, 64, NI_NUMERICHOST | NI_DGRAM);
	name("::ffff:1.2.3.4", 123, 64, 64, NI_NUMERICHOST);
	name("10.0.0.1", 80, 9, 3, NI_NUMERICHOST | NI_NUMERICSERV);
	name("10.0.0.1", 80, 8, 3, NI_NUMERICHOST | NI_NUMERICSERV);
	name("10.0.0.1", 80, 9, 2, NI_NUMERICHOST | NI_NUMERICSERV);
	name("10.0.0.1", 80, 9, 0, NI_NUMERICHOST);
	name("10.0.0.1", 80, 0, 5, 0);
	name("10.0.0.1", 80, 64, 0, NI_NUMERICHOST | NI_NAMEREQD);
	name("fe80::5%7", 80, 64, 0, NI_NUMERICHOST);
	struct sockaddr strange = {.sa_family = 77};
	char text[64];
	printf("%s\n", error(getnameinfo(&strange, sizeof strange, text, sizeof text, NULL, 0, 0)));
	struct sockaddr_in brief = {.sin_family = AF_INET};
	printf("%s\n", error(getnameinfo((struct sockaddr *)&brief, 4, text, sizeof text, NULL, 0, 0)));
	for (const char *const *one = (const char *const[]){"ssh", "domain", "ntp", "none", NULL}; *one; one++)
		for (const char *const *two = (const char *const[]){"tcp", "udp", "sctp", NULL}; *two; two++) {
			struct servent *service = getservbyname(*one, *two);
			printf("%s/%s: %s %d %s\n", *one, *two, service ? service->s_name : "none",
			       service ? ntohs((unsigned short)service->s_port) : 0, service ? service->s_proto : "");
		}
	struct servent *service = getservbyport(htons(22), "tcp");
	printf("22: %s\n", service ? service->s_name : "none");
	service = getservbyport(htons(3), NULL);
	printf("3: %s\n", service ? service->s_name : "none");
	printf("tcp is %d, 17 is %s, none is %d\n", getprotobyname("tcp")->p_proto, getprotobynumber(17)->p_name,
	       getprotobyname("none") != NULL);
	struct hostent *host = gethostbyname("10.20.30.40");
	printf("%s %d %s %d\n", host->h_name, host->h_length, inet_ntoa(*(struct in_addr *)host->h_addr),
	       host->h_addr_list[1] == NULL);
}

static int flags(const char *letters)
{
	int all = 0;

	for (; letters && *letters; letters++)
		all |= *letters == 'c' ? AI_CANONNAME : *letters == 'm' ? AI_V4MAPPED : *letters == 'a' ? AI_ALL
			: *letters == 'g' ? AI_ADDRCONFIG : 0;
	return all;
}

int main(int argc, char **argv)
{
	if (argc == 1)
		table();
	for (int i = 1; i < argc; i++) {
		char *words[4] = {0}, *rest = argv[i];
		struct hostent *host = NULL;

		for (int w = 0; w < 4; w++)
			words[w] = strsep(&rest, ",");
		switch (argv[i][0]) {
		case '=':
			name(words[0] + 1, 0, 256, 0, words[1] && *words[1] == 'r' ? NI_NAMEREQD : words[1] && *words[1] == 'f' ? NI_NOFQDN : 0);
			break;
		case '@':
		case '#':
			if (argv[i][0] == '@') {
				host = gethostbyname(words[0] + 1);
			} else {
				unsigned char bytes[16];
				int family = strchr(words[0], ':') ? AF_INET6 : AF_INET;
				inet_pton(family, words[0] + 1, bytes);
				host = gethostbyaddr(bytes, family == AF_INET ? 4 : 16, family);
			}
			printf("%s:", words[0]);
			if (!host)
				printf(" %s", hstrerror(h_errno));
			else
				printf(" %s", host->h_name);
			for (char **one = host ? host->h_addr_list : NULL; one && *one; one++) {
				char text[64];
				printf(" %s", inet_ntop(host->h_addrtype, *one, text, sizeof text));
			}
			putchar('\n');
			break;
		default:
			look(words[0], words[3], words[1] && *words[1] == '4' ? AF_INET : words[1] && *words[1] == '6' ? AF_INET6 : AF_UNSPEC,
			     SOCK_STREAM, 0, flags(words[2]));
		}
	}
	return 0;
}
