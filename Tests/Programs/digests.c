/*
 * Takes bytes from a connection to port 5001 until there are no more, and says their SHA-256; then
 * gives so many bytes to one of port 5002, and says theirs. The first argument is how many, the
 * second one a number that they are made of.
 */
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* FIPS 180-4, 6.2. */
struct sha256 {
	uint32_t state[8];
	unsigned char block[64];
	uint64_t length;
};

static const uint32_t constants[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
	0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
	0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
	0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static const uint32_t beginning[8] = {
	0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};

static uint32_t turned(uint32_t word, int by) { return word >> by | word << (32 - by); }

static void compress(struct sha256 *sum, const unsigned char *block)
{
	uint32_t w[64], v[8];

	for (int i = 0; i < 16; i++)
		w[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 | (uint32_t)block[4 * i + 2] << 8
			| block[4 * i + 3];
	for (int i = 16; i < 64; i++)
		w[i] = w[i - 16] + w[i - 7] + (turned(w[i - 15], 7) ^ turned(w[i - 15], 18) ^ w[i - 15] >> 3)
			+ (turned(w[i - 2], 17) ^ turned(w[i - 2], 19) ^ w[i - 2] >> 10);
	memcpy(v, sum->state, sizeof v);
	for (int i = 0; i < 64; i++) {
		uint32_t one = v[7] + (turned(v[4], 6) ^ turned(v[4], 11) ^ turned(v[4], 25))
			+ ((v[4] & v[5]) ^ (~v[4] & v[6])) + constants[i] + w[i];
		uint32_t two = (turned(v[0], 2) ^ turned(v[0], 13) ^ turned(v[0], 22))
			+ ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
		memmove(v + 1, v, 7 * sizeof v[0]);
		v[4] += one;
		v[0] = one + two;
	}
	for (int i = 0; i < 8; i++)
		sum->state[i] += v[i];
}

static void add(struct sha256 *sum, const unsigned char *bytes, size_t count)
{
	while (count > 0) {
		size_t filled = sum->length % 64, part = 64 - filled < count ? 64 - filled : count;
		if (part == 64) {
			compress(sum, bytes);
		} else {
			memcpy(sum->block + filled, bytes, part);
			if (filled + part == 64)
				compress(sum, sum->block);
		}
		sum->length += part;
		bytes += part;
		count -= part;
	}
}

static void tell(const char *what, struct sha256 *sum)
{
	uint64_t bits = sum->length * 8;
	unsigned char last[8];

	printf("%s %llu ", what, (unsigned long long)sum->length);
	for (int i = 0; i < 8; i++)
		last[i] = (unsigned char)(bits >> (56 - 8 * i));
	add(sum, (const unsigned char *)"\x80", 1);
	while (sum->length % 64 != 56)
		add(sum, (const unsigned char *)"", 1);
	add(sum, last, 8);
	for (int i = 0; i < 8; i++)
		printf("%08x", (unsigned)sum->state[i]);
	puts("");
	fflush(stdout);
}

static int listen_at(int port)
{
	struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
	int listener = socket(AF_INET6, SOCK_STREAM, 0);

	if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 8)) {
		perror("listen");
		exit(1);
	}
	return listener;
}

static unsigned char bytes[65536];

static void take(int fd, struct sha256 *sum)
{
	ssize_t count;

	while ((count = recv(fd, bytes, sizeof bytes, 0)) > 0)
		add(sum, bytes, (size_t)count);
	if (count < 0) {
		perror("recv");
		exit(1);
	}
}

static void give(int fd, uint64_t count, uint64_t seed, struct sha256 *sum)
{
	while (count > 0) {
		size_t part = count < sizeof bytes ? (size_t)count : sizeof bytes;
		for (size_t i = 0; i < sizeof bytes; i += 8) {
			seed = seed * 6364136223846793005u + 1442695040888963407u;
			uint64_t word = seed ^ seed >> 29;
			memcpy(bytes + i, &word, 8);
		}
		add(sum, bytes, part);
		for (size_t done = 0; done < part;) {
			ssize_t sent = send(fd, bytes + done, part - done, 0);
			if (sent <= 0) {
				perror("send");
				exit(1);
			}
			done += (size_t)sent;
		}
		count -= part;
	}
	/* The other end has all of it when it has closed its side. */
	shutdown(fd, SHUT_WR);
	while (recv(fd, bytes, sizeof bytes, 0) > 0)
		;
}

int main(int argc, char **argv)
{
	struct sha256 taken = {.length = 0}, given = {.length = 0};
	int in = listen_at(5001), out = listen_at(5002);

	if (argc != 3)
		return 2;
	memcpy(taken.state, beginning, sizeof beginning);
	memcpy(given.state, beginning, sizeof beginning);
	puts("ready");
	fflush(stdout);
	int fd = accept(in, NULL, NULL);
	take(fd, &taken);
	close(fd);
	tell("taken", &taken);
	fd = accept(out, NULL, NULL);
	give(fd, strtoull(argv[1], NULL, 10), strtoull(argv[2], NULL, 10), &given);
	close(fd);
	tell("given", &given);
	return 0;
}
