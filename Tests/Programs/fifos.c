/*
 * FIFOs by their names. The same source is compiled for the host's Linux, and
 * says the same.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *name(int error)
{
	return error == ENXIO ? "ENXIO" : error == EAGAIN ? "EAGAIN" : error == EPIPE ? "EPIPE"
	     : error == EEXIST ? "EEXIST" : error == ENOENT ? "ENOENT" : error == EBADF ? "EBADF"
	     : error == ESPIPE ? "ESPIPE" : error == EINVAL ? "EINVAL" : error == ENOTDIR ? "ENOTDIR"
	     : error == EMFILE ? "EMFILE" : "?";
}

#define T(CALL) \
	do { \
		long result_; \
		errno = 0; \
		result_ = (long)(CALL); \
		printf("%s: %ld %s\n", #CALL, result_, result_ < 0 ? name(errno) : ""); \
	} while (0)

static short ready(int fd)
{
	struct pollfd entry = {.fd = fd, .events = POLLIN | POLLOUT};

	return poll(&entry, 1, 0) < 0 ? -1 : entry.revents;
}

static void *writer(void *path)
{
	int fd = open(path, O_WRONLY);
	long sum = 0;

	for (int i = 0; i < 20000; i++) {
		if (write(fd, &i, sizeof i) != sizeof i)
			return NULL;
		sum += i;
	}
	close(fd);
	return (void *)sum;
}

static void *comesAndGoes(void *path)
{
	int fd = open(path, O_WRONLY);

	if (fd >= 0)
		close(fd);
	return NULL;
}

int main(void)
{
	char buffer[8192], path[] = "/tmp/fifo-XXXXXX", fifo[64];
	struct stat status;
	pthread_t thread, other;
	void *result;
	int in, out, both, record, count = 0, waiting = -1;
	long sum = 0;

	memset(buffer, 'x', sizeof buffer);
	signal(SIGPIPE, SIG_IGN);
	if (!mkdtemp(path))
		return 1;
	snprintf(fifo, sizeof fifo, "%s/f", path);
	T(mkfifo(fifo, 0640));
	T(mkfifo(fifo, 0640));
	T(open(fifo, O_WRONLY | O_NONBLOCK));
	T(open(fifo, O_RDONLY | O_DIRECTORY));
	T(open(fifo, O_WRONLY | O_CREAT | O_EXCL, 0600));

	T(in = open(fifo, O_RDONLY | O_NONBLOCK));
	T(read(in, buffer, 10));
	T(ready(in));
	T(write(in, buffer, 1));
	T(out = open(fifo, O_WRONLY | O_NONBLOCK));
	T(ready(out));
	T(read(in, buffer, 10));
	T(write(out, "hello", 5));
	T(ioctl(in, FIONREAD, &waiting));
	T(waiting);
	T(ready(in));
	T(lseek(in, 0, SEEK_SET));
	T(fstat(in, &status));
	T(S_ISFIFO(status.st_mode) && (status.st_mode & 0777) == 0640);
	T(status.st_nlink);
	T(unlink(fifo));
	T(fstat(in, &status));
	T(status.st_nlink);
	T(read(in, buffer, 10));
	T(write(out, "left", 4));
	T(close(out));
	T(ready(in));
	T(read(in, buffer, 10));
	T(read(in, buffer, 10));
	T(ready(in));
	T(close(in));

	T(mkfifo(fifo, 0600));
	T(both = open(fifo, O_RDWR));
	T(write(both, "abc", 3));
	T(out = open(fifo, O_WRONLY | O_NONBLOCK));
	T(close(both));
	T(write(out, "x", 1));
	T(ready(out));
	/* What was in it is kept by the end that is open. */
	T(in = open(fifo, O_RDONLY | O_NONBLOCK));
	T(read(in, buffer, 10));
	while (write(out, buffer, 4096) == 4096)
		count++;
	T(count);
	T(ready(out));
	T(write(out, buffer, 1));
	T(close(in));
	T(close(out));
	T(in = open(fifo, O_RDONLY | O_NONBLOCK));
	T(read(in, buffer, 10));
	T(close(in));

	/* Both sides wait for each other. */
	pthread_create(&thread, NULL, writer, fifo);
	in = open(fifo, O_RDONLY);
	pthread_create(&other, NULL, writer, fifo);
	/* The second may come when the first has gone: there is an end in between. */
	for (count = 0; count < 40000;) {
		if (read(in, &record, sizeof record) != sizeof record)
			continue;
		sum += record;
		count++;
	}
	pthread_join(thread, &result);
	sum -= (long)result;
	pthread_join(other, &result);
	printf("%d records, %ld left of the sum\n", count, sum - (long)result);
	close(in);

	/* Who comes and goes at once has come. */
	for (int i = 0; i < 1000; i++) {
		pthread_create(&thread, NULL, comesAndGoes, fifo);
		in = open(fifo, O_RDONLY);
		if (in < 0 || read(in, buffer, 1) != 0)
			printf("round %d\n", i);
		close(in);
		pthread_join(thread, NULL);
	}
	T(unlink(fifo));
	T(rmdir(path));
	return 0;
}
