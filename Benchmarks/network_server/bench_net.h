/* What the server in the guest and the client on the host agree on. */
#ifndef BENCH_NET_H
#define BENCH_NET_H

#include <stdint.h>

enum { TCP_PORT = 5001, UDP_PORT = 5002, HTTP_PORT = 8080 };

/* What the server does with a connection to TCP_PORT. */
enum action {
	ECHO = 1, /* sends back each message of `size` bytes */
	SINK = 2, /* reads to the end, then sends the number of bytes */
	SOURCE = 3, /* writes `size` bytes at a time for `milliseconds` */
	END = 4, /* ends the program */
};

/* The first bytes of a connection, from the client, each in network order. */
struct order {
	uint32_t action;
	uint32_t size;
	uint32_t milliseconds;
	uint32_t no_delay; /* TCP_NODELAY at the server's end, too */
};

enum { LONGEST_MESSAGE = 65536 };

#endif
