/* All of a message, or nothing. */
#ifndef STREAMS_H
#define STREAMS_H

#include <stddef.h>
#include <sys/socket.h>
#include <sys/types.h>

/* 0, or -1: the stream has ended or failed before. */
static inline int receive_all(int fd, void *bytes, size_t count)
{
	for (size_t done = 0; done < count;) {
		ssize_t part = recv(fd, (char *)bytes + done, count - done, 0);

		if (part <= 0)
			return -1;
		done += (size_t)part;
	}
	return 0;
}

static inline int send_all(int fd, const void *bytes, size_t count)
{
	for (size_t done = 0; done < count;) {
		ssize_t part = send(fd, (const char *)bytes + done, count - done, MSG_NOSIGNAL);

		if (part <= 0)
			return -1;
		done += (size_t)part;
	}
	return 0;
}

#endif
