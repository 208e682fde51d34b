/*
 * What lwIP takes for a segment of 64 bytes, to be set beside network-benchmark: the
 * same frames, the same copies, one connection (Debian's lwIP has room for five).
 *
 *   apt-get install liblwip-dev
 *   clang -O2 -I/usr/include/lwip Benchmarks/lwip/main.c -llwip -o lwip-benchmark
 *   ./lwip-benchmark
 *   valgrind --tool=callgrind ./lwip-benchmark received 30000     (and with 10000)
 */
#include <lwip/etharp.h>
#include <lwip/netif.h>
#include <lwip/tcp.h>
#include <lwip/tcpip.h>
#include <netif/ethernet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TEXT = 64, ETHERNET = 14, IP = 20, TCP = 20, SYN = 0x02, PSH = 0x08, ACK = 0x10 };

static const unsigned char host_station[6] = { 0x52, 0x54, 0, 0, 0, 1 };
static const unsigned char peer_station[6] = { 0x52, 0x54, 0, 0, 0, 2 };
static const unsigned host_address = 0x0a000001, peer_address = 0x0a000002;

static struct netif interface;
static struct tcp_pcb *connection;
/* What lwIP has sent last, and what the peer sends. */
static unsigned char sent[2048], frame[2048];
static char text[TEXT], buffer[65536];
/* The peer's next number, and what it has had of the host's. */
static unsigned sequence = 101, acknowledgment;

static void put16(unsigned char *place, unsigned value)
{
	place[0] = value >> 8;
	place[1] = value;
}

static void put32(unsigned char *place, unsigned value)
{
	put16(place, value >> 16);
	put16(place + 2, value & 0xffff);
}

static unsigned sum(const unsigned char *bytes, int count, unsigned before)
{
	int i;

	for (i = 0; i < count; i += 2)
		before += bytes[i] << 8 | bytes[i + 1];
	while (before >> 16)
		before = (before & 0xffff) + (before >> 16);
	return before;
}

/* Makes a frame of the peer's; its size. `count` is even. */
static int make_frame(int flags, int count)
{
	unsigned char *ip = frame + ETHERNET, *tcp = ip + IP;

	memcpy(frame, host_station, 6);
	memcpy(frame + 6, peer_station, 6);
	put16(frame + 12, 0x0800);
	memset(ip, 0, IP + TCP);
	ip[0] = 0x45;
	put16(ip + 2, IP + TCP + count);
	ip[8] = 64;
	ip[9] = 6;
	put32(ip + 12, peer_address);
	put32(ip + 16, host_address);
	put16(ip + 10, ~sum(ip, IP, 0));
	put16(tcp, 10000);
	put16(tcp + 2, 7);
	put32(tcp + 4, sequence);
	put32(tcp + 8, acknowledgment);
	tcp[12] = TCP << 2;
	tcp[13] = flags;
	put16(tcp + 14, 65535);
	memcpy(tcp + TCP, text, count);
	put16(tcp + 16, ~sum(tcp, TCP + count, sum(ip + 12, 8, 6 + TCP + count)));
	return ETHERNET + IP + TCP + count;
}

static void feed(const void *bytes, int count)
{
	struct pbuf *packet = pbuf_alloc(PBUF_RAW, count, PBUF_POOL);

	pbuf_take(packet, bytes, count);
	if (interface.input(packet, &interface) != ERR_OK)
		pbuf_free(packet);
}

static err_t transmit(struct netif *netif, struct pbuf *packet)
{
	(void)netif;
	pbuf_copy_partial(packet, sent, sizeof(sent), 0);
	return ERR_OK;
}

static err_t set_up(struct netif *netif)
{
	netif->linkoutput = transmit;
	netif->output = etharp_output;
	netif->mtu = 1500;
	netif->hwaddr_len = 6;
	memcpy(netif->hwaddr, host_station, 6);
	netif->flags = NETIF_FLAG_ETHARP | NETIF_FLAG_BROADCAST | NETIF_FLAG_LINK_UP;
	return ERR_OK;
}

static err_t received(void *argument, struct tcp_pcb *pcb, struct pbuf *packet, err_t error)
{
	(void)argument, (void)error;
	if (packet) {
		pbuf_copy_partial(packet, buffer, packet->tot_len, 0);
		tcp_recved(pcb, packet->tot_len);
		pbuf_free(packet);
	}
	return ERR_OK;
}

static err_t accepted(void *argument, struct tcp_pcb *pcb, err_t error)
{
	(void)argument, (void)error;
	connection = pcb;
	tcp_nagle_disable(pcb);
	tcp_recv(pcb, received);
	return ERR_OK;
}

static void started(void *flag) { *(volatile int *)flag = 1; }

/* The peer says which station it is. */
static void answer_arp(void)
{
	unsigned char arp[42];

	memcpy(arp, host_station, 6);
	memcpy(arp + 6, peer_station, 6);
	put16(arp + 12, 0x0806);
	put16(arp + 14, 1);
	put16(arp + 16, 0x0800);
	put16(arp + 18, 0x0604);
	put16(arp + 20, 2);
	memcpy(arp + 22, peer_station, 6);
	put32(arp + 28, peer_address);
	memcpy(arp + 32, host_station, 6);
	put32(arp + 38, host_address);
	feed(arp, sizeof(arp));
}

static int connect_peer(void)
{
	ip4_addr_t address, mask, gateway;
	struct tcp_pcb *listener = tcp_new();
	const unsigned char *number = sent + ETHERNET + IP + 4;

	IP4_ADDR(&address, 10, 0, 0, 1);
	IP4_ADDR(&mask, 255, 0, 0, 0);
	IP4_ADDR(&gateway, 10, 0, 0, 2);
	netif_add(&interface, &address, &mask, &gateway, NULL, set_up, ethernet_input);
	netif_set_default(&interface);
	netif_set_up(&interface);
	tcp_bind(listener, IP_ADDR_ANY, 7);
	tcp_accept(tcp_listen(listener), accepted);
	sequence--;
	feed(frame, make_frame(SYN, 0));
	sequence++;
	answer_arp();
	acknowledgment = (unsigned)number[0] << 24 | number[1] << 16 | number[2] << 8 | number[3];
	acknowledgment++;
	feed(frame, make_frame(ACK, 0));
	return connection != NULL;
}

static void run(const char *part, long segments)
{
	long i;

	for (i = 0; i < segments; i++) {
		if (!strcmp(part, "received")) {
			feed(frame, make_frame(ACK | PSH, TEXT));
			sequence += TEXT;
		} else if (!strcmp(part, "sent")) {
			tcp_write(connection, text, TEXT, TCP_WRITE_FLAG_COPY);
			tcp_output(connection);
			acknowledgment += TEXT;
			feed(frame, make_frame(ACK, 0));
		} else if (!strcmp(part, "text")) {
			make_frame(ACK | PSH, TEXT);
		} else {
			make_frame(ACK, 0);
		}
	}
}

static double nanoseconds(const char *part, long segments)
{
	clock_t start = clock();

	run(part, segments);
	return (double)(clock() - start) / CLOCKS_PER_SEC * 1e9 / segments;
}

int main(int argc, char **argv)
{
	static volatile int is_started;
	struct timespec moment = { 0, 1000000 };
	long segments = argc > 2 ? atol(argv[2]) : 200000;
	int i;

	tcpip_init(started, (void *)&is_started);
	while (!is_started)
		nanosleep(&moment, NULL);
	LOCK_TCPIP_CORE();
	if (!connect_peer()) {
		puts("lwIP has accepted no connection");
		return 1;
	}
	if (argc > 1) {
		run(argv[1], segments);
		return 0;
	}
	for (i = 0; i < 5; i++)
		printf("received %.0f ns, sent %.0f ns\n",
			nanoseconds("received", segments) - nanoseconds("text", segments),
			nanoseconds("sent", segments) - nanoseconds("acknowledgment", segments));
	printf("%zu bytes a connection\n", sizeof(struct tcp_pcb));
	return 0;
}
