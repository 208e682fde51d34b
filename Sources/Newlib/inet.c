/* Addresses of the internet as text (POSIX, inet_ntop; RFC 5952 for IPv6's). */
#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "shim.h"

_Static_assert(sizeof(struct sockaddr_in) == sizeof(struct hermit_sockaddr_in) &&
	       sizeof(struct sockaddr_in6) == sizeof(struct hermit_sockaddr_in6) &&
	       offsetof(struct sockaddr_in6, sin6_addr) ==
		       offsetof(struct hermit_sockaddr_in6, sin6_addr), "addresses");

WEAK const struct in6_addr in6addr_any = IN6ADDR_ANY_INIT;
WEAK const struct in6_addr in6addr_loopback = IN6ADDR_LOOPBACK_INIT;

static void text4(const unsigned char *bytes, char *text)
{
	sprintf(text, "%u.%u.%u.%u", bytes[0], bytes[1], bytes[2], bytes[3]);
}

/* The longest run of groups of zeros, of two at least; its length. */
static int longestRun(const unsigned char *bytes, int groups, int *start)
{
	int best = 1, count = 0;

	*start = -1;
	for (int i = 0; i < groups; i++) {
		count = bytes[2 * i] | bytes[2 * i + 1] ? 0 : count + 1;
		if (count > best) {
			best = count;
			*start = i - count + 1;
		}
	}
	return best;
}

static void text6(const unsigned char *bytes, char *text)
{
	static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
	bool isMapped = memcmp(bytes, mapped, sizeof mapped) == 0;
	int groups = isMapped ? 6 : 8, start, run = longestRun(bytes, groups, &start);

	for (int i = 0; i < groups; i++) {
		if (i == start) {
			*text++ = ':';
			if (start + run == groups)
				*text++ = ':';
			i += run - 1;
			continue;
		}
		if (i)
			*text++ = ':';
		text += sprintf(text, "%x", bytes[2 * i] << 8 | bytes[2 * i + 1]);
	}
	if (isMapped) {
		*text++ = ':';
		text4(bytes + 12, text);
	} else {
		*text = '\0';
	}
}

WEAK const char *inet_ntop(int family, const void *address, char *text, socklen_t room)
{
	char all[INET6_ADDRSTRLEN];

	switch (family) {
	case AF_INET: text4(address, all); break;
	case AF_INET6: text6(address, all); break;
	default: failed(_REENT, EAFNOSUPPORT); return NULL;
	}
	if (strlen(all) >= room) {
		failed(_REENT, ENOSPC);
		return NULL;
	}
	return strcpy(text, all);
}

/* Four numbers of up to three digits, up to `end`. */
static bool read4(const char *text, unsigned char *bytes)
{
	for (int i = 0; i < 4; i++) {
		unsigned number = 0, digits = 0;

		if (i && *text++ != '.')
			return false;
		for (; *text >= '0' && *text <= '9'; text++) {
			if (++digits > 3 || (digits > 1 && number == 0))
				return false;
			number = number * 10 + (unsigned)(*text - '0');
		}
		if (digits == 0 || number > 255)
			return false;
		bytes[i] = (unsigned char)number;
	}
	return *text == '\0';
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool read6(const char *text, unsigned char *bytes)
{
	unsigned char found[16] = {0};
	int count = 0, gap = -1;

	if (text[0] == ':') {
		if (text[1] != ':')
			return false;
		gap = 0;
		text += 2;
	}
	while (*text) {
		const char *start = text;
		unsigned number = 0;

		if (count == 16)
			return false;
		for (; digit(*text) >= 0 && text - start < 5; text++)
			number = number << 4 | (unsigned)digit(*text);
		if (*text == '.') {
			if (count > 12 || !read4(start, found + count))
				return false;
			count += 4;
			break;
		}
		if (text == start || text - start > 4)
			return false;
		found[count++] = (unsigned char)(number >> 8);
		found[count++] = (unsigned char)number;
		if (*text == '\0')
			break;
		if (*text++ != ':' || *text == '\0')
			return false;
		if (*text == ':') {
			if (gap >= 0)
				return false;
			gap = count;
			text++;
		}
	}
	if (gap < 0 ? count != 16 : count == 16)
		return false;
	memset(bytes, 0, 16);
	if (gap < 0)
		gap = count;
	memcpy(bytes, found, (size_t)gap);
	memcpy(bytes + 16 - (count - gap), found + gap, (size_t)(count - gap));
	return true;
}

WEAK int inet_pton(int family, const char *text, void *address)
{
	unsigned char bytes[16];
	bool isAddress;

	switch (family) {
	case AF_INET: isAddress = read4(text, bytes); break;
	case AF_INET6: isAddress = read6(text, bytes); break;
	default: return failed(_REENT, EAFNOSUPPORT);
	}
	if (isAddress)
		memcpy(address, bytes, family == AF_INET ? 4 : 16);
	return isAddress;
}

WEAK char *inet_ntoa(struct in_addr address)
{
	static char text[INET_ADDRSTRLEN];

	text4((const unsigned char *)&address, text);
	return text;
}

/* One to four numbers, decimal, octal or hexadecimal (POSIX, inet_addr). */
WEAK int inet_aton(const char *text, struct in_addr *address)
{
	unsigned long parts[4];
	int count = 0;
	in_addr_t all = 0;

	do {
		unsigned base = 10, digits = 0;
		unsigned long number = 0;

		if (count == 4)
			return 0;
		if (*text == '0') {
			base = 8;
			digits = 1;
			text++;
			if ((*text | 0x20) == 'x') {
				base = 16;
				digits = 0;
				text++;
			}
		}
		for (int value; (value = digit(*text)) >= 0 && value < (int)base; text++, digits++) {
			number = number * base + (unsigned)value;
			if (number > 0xffffffff)
				return 0;
		}
		if (digits == 0)
			return 0;
		parts[count++] = number;
	} while (*text == '.' && text++);
	if (*text && !strchr(" \t\n\v\f\r", *text))
		return 0;
	for (int i = 0; i < count - 1; i++) {
		if (parts[i] > 255)
			return 0;
		all |= (in_addr_t)parts[i] << (24 - 8 * i);
	}
	if (parts[count - 1] > 0xffffffff >> (8 * (count - 1)))
		return 0;
	if (address)
		address->s_addr = htonl(all | (in_addr_t)parts[count - 1]);
	return 1;
}

WEAK in_addr_t inet_addr(const char *text)
{
	struct in_addr address;

	return inet_aton(text, &address) ? address.s_addr : INADDR_NONE;
}
