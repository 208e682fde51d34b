/*
 * What sockets say of interfaces and of bytes by ioctl: the same on the host's Linux and in a
 * guest, where the loopback is the only interface. With an argument: what there is of that one.
 */
#include "socket_table.h"
#include <net/if.h>
#include <net/if_arp.h>
#include <sys/ioctl.h>
#include <sys/un.h>
#include <unistd.h>
#ifndef SIOCINQ
#define SIOCINQ     FIONREAD
#define SIOCOUTQ    0x5411
#define SIOCOUTQNSD 0x894b
#endif

static struct ifreq request;

static struct ifreq *of(const char *name)
{
	memset(&request, 0, sizeof request);
	strncpy(request.ifr_name, name, IFNAMSIZ);
	return &request;
}

static struct ifreq *number(int index)
{
	of("");
	request.ifr_ifindex = index;
	return &request;
}

static void tell(void)
{
	char text[INET_ADDRSTRLEN];
	struct sockaddr_in *address = (struct sockaddr_in *)&request.ifr_addr;

	inet_ntop(AF_INET, &address->sin_addr, text, sizeof text);
	printf("  %s %d %d\n", text, address->sin_family == AF_INET, address->sin_port);
}

static int count(int fd, unsigned long what)
{
	int bytes = -1;

	return ioctl(fd, what, &bytes) ? -1 : bytes;
}

static int list(int fd, int room, int isMeasured)
{
	struct ifreq all[4];
	struct ifconf configuration = {.ifc_len = room};

	memset(all, 0, sizeof all);
	configuration.ifc_req = isMeasured ? NULL : all;
	if (ioctl(fd, SIOCGIFCONF, &configuration))
		return -1;
	for (int i = 0; !isMeasured && i < configuration.ifc_len / (int)sizeof *all; i++) {
		request = all[i];
		printf("  %s", request.ifr_name);
		tell();
	}
	return configuration.ifc_len;
}

static void ask(int fd, const char *interface)
{
	T(ioctl(fd, SIOCGIFADDR, of(interface)));
	tell();
	T(ioctl(fd, SIOCGIFDSTADDR, of(interface)));
	tell();
	T(ioctl(fd, SIOCGIFBRDADDR, of(interface)));
	tell();
	T(ioctl(fd, SIOCGIFNETMASK, of(interface)));
	tell();
	T(ioctl(fd, SIOCGIFFLAGS, of(interface)));
	printf("  %#x\n", (unsigned)request.ifr_flags & (IFF_UP | IFF_BROADCAST | IFF_LOOPBACK | IFF_RUNNING | IFF_MULTICAST));
	T(ioctl(fd, SIOCGIFMETRIC, of(interface)));
	printf("  %d\n", request.ifr_metric);
	T(ioctl(fd, SIOCGIFMTU, of(interface)));
	printf("  %d\n", request.ifr_mtu);
	T(ioctl(fd, SIOCGIFINDEX, of(interface)));
	printf("  %d\n", request.ifr_ifindex);
	T(ioctl(fd, SIOCGIFHWADDR, of(interface)));
	printf("  %d %d", request.ifr_hwaddr.sa_family == ARPHRD_ETHER, request.ifr_hwaddr.sa_family == ARPHRD_LOOPBACK);
	for (int i = 0; i < 6; i++)
		printf(" %02x", (unsigned char)request.ifr_hwaddr.sa_data[i]);
	printf("\n");
}

static void ask_for_bytes(void)
{
	int listener = socket(AF_INET, SOCK_STREAM, 0), fd = socket(AF_INET, SOCK_STREAM, 0);
	int datagrams = socket(AF_INET, SOCK_DGRAM, 0), other;

	T(count(fd, SIOCOUTQ));
	T(count(fd, SIOCOUTQNSD));
	T(count(fd, SIOCINQ));
	bind(listener, A, at("127.0.0.1", 0));
	listen(listener, 1);
	T(count(listener, SIOCINQ));
	T(count(listener, SIOCOUTQ));
	T(count(listener, SIOCOUTQNSD));
	length = sizeof found;
	getsockname(listener, F, &length);
	connect(fd, F, length);
	other = accept(listener, NULL, NULL);
	T(send(fd, buffer, 100, 0));
	await(other, POLLIN);
	T(count(other, SIOCINQ));
	T(count(fd, SIOCOUTQNSD));
	T(recv(other, buffer, sizeof buffer, 0));
	T(count(other, SIOCINQ));
	/* What answers acknowledges. */
	T(send(other, buffer, 1, 0));
	await(fd, POLLIN);
	T(count(fd, SIOCINQ));
	T(count(fd, SIOCOUTQ));
	bind(datagrams, A, at("127.0.0.1", 0));
	T(count(datagrams, SIOCINQ));
	T(count(datagrams, SIOCOUTQ));
	T(count(datagrams, SIOCOUTQNSD));
	T(ioctl(fd, SIOCOUTQ, NULL));
	T(ioctl(fd, SIOCOUTQ, (void *)16));
	T(ioctl(fd, 0x8999, &request));
}

int main(int argc, char **argv)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0), six = socket(AF_INET6, SOCK_DGRAM, 0), stream = socket(AF_INET, SOCK_STREAM, 0);
	int pipes[2];

	if (argc > 1) {
		ask(fd, argv[1]);
		T(list(fd, 160, 0));
		return 0;
	}
	ask(fd, "lo");
	ask(six, "lo");
	ask(stream, "lo");
	ask(fd, "eth9");
	T(ioctl(fd, SIOCGIFADDR, of("")));
	T(ioctl(fd, SIOCGIFADDR, of("l")));
	T(ioctl(fd, SIOCGIFADDR, of("lo0")));
	T(ioctl(fd, SIOCGIFMTU, of("lo with a long name")));
	T(ioctl(fd, SIOCGIFNAME, number(1)));
	printf("  %s\n", request.ifr_name);
	T(ioctl(fd, SIOCGIFNAME, number(0)));
	T(ioctl(fd, SIOCGIFNAME, number(77)));
	T(ioctl(fd, SIOCGIFNAME, number(-1)));
	T(list(fd, 160, 0));
	T(list(six, 160, 0));
	T(list(fd, 160, 1));
	T(list(fd, 40, 0));
	T(list(fd, 39, 0));
	T(list(fd, 0, 0));
	T(list(fd, -1, 0));
	T(ioctl(fd, SIOCGIFADDR, NULL));
	T(ioctl(fd, SIOCGIFADDR, (void *)16));
	T(ioctl(fd, SIOCGIFCONF, NULL));
	T(ioctl(fd, SIOCGIFNAME, (void *)16));
	T(pipe(pipes));
	T(ioctl(pipes[0], SIOCGIFADDR, of("lo")));
	T(ioctl(pipes[0], SIOCOUTQ, &request));
	T(ioctl(99, SIOCGIFADDR, of("lo")));
	ask_for_bytes();
	return 0;
}
