/*
 * Writes one mebibyte of pseudo-random bytes, the low bytes of a xorshift
 * generator's states, so that a reader can tell whether each has arrived.
 */
#include <hermit.h>

#define SIZE (1024 * 1024)

static unsigned char bytes[SIZE];

int main(void)
{
	uint64_t state = 0x9e3779b97f4a7c15;

	for (size_t i = 0; i < SIZE; i++) {
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		bytes[i] = (unsigned char)state;
	}
	return sys_write(1, bytes, SIZE) == SIZE ? 0 : 1;
}
