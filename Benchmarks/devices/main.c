/*
 * Files on devices: a folder of the host's and a disk. Its arguments are what is measured how
 * often, and directories, each with a name for its rows: `bytes=MEBIBYTES,reads=N,syncs=N
 * folder=/folder disk=/disk`.
 *
 * What is read was not read or written just before, as far as that is in our hands: the file
 * has more bytes than the machine, and Linux is told to forget what it knows of it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { PIECE = 64 << 10, BLOCK = 4096 };

static unsigned char piece[PIECE];
static long mebibytes = 256, reads = 1000, syncs = 100;

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1e9 + time.tv_nsec;
}

static void failed(const char *name, const char *row)
{
	printf("skip %s_%s %s\n", name, row, strerror(errno));
}

/* The system below is to forget what files hold; where there is no such thing it has not kept it. */
static void forget(void)
{
	int fd;

	sync();
	fd = open("/proc/sys/vm/drop_caches", O_WRONLY);
	if (fd < 0)
		return;
	if (write(fd, "3", 1) != 1)
		perror("drop_caches");
	close(fd);
}

static int stream(const char *name, const char *path, int writes)
{
	const char *row = writes ? "write" : "read";
	double start;
	int fd;

	forget();
	start = now();
	fd = open(path, writes ? O_WRONLY | O_CREAT | O_TRUNC : O_RDONLY, 0644);
	if (fd < 0) {
		failed(name, row);
		return 0;
	}
	for (long i = 0; i < mebibytes << 20; i += PIECE) {
		ssize_t done;

		if (writes) {
			memset(piece, (int)(i >> 16), BLOCK);
			done = write(fd, piece, PIECE);
		} else {
			done = read(fd, piece, PIECE);
			if (done == PIECE && piece[7] != (unsigned char)(i >> 16))
				done = 0;
		}
		if (done != PIECE) {
			failed(name, row);
			close(fd);
			return 0;
		}
	}
	if ((writes && fsync(fd)) || close(fd)) {
		failed(name, row);
		return 0;
	}
	printf("metric %s_%s %.1f MB/s\n", name, row, (double)(mebibytes << 20) / (now() - start) * 1e3);
	return 1;
}

static void random_reads(const char *name, const char *path)
{
	uint64_t state = 88172645463325252u, blocks = (uint64_t)(mebibytes << 20) / BLOCK;
	double start;
	int fd = open(path, O_RDONLY);

	forget();
	start = now();
	for (long i = 0; i < reads; i++) {
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		if (pread(fd, piece, BLOCK, (off_t)(state % blocks * BLOCK)) != BLOCK) {
			failed(name, "random_4K");
			close(fd);
			return;
		}
	}
	printf("metric %s_random_4K %.0f ns\n", name, (now() - start) / reads);
	close(fd);
}

static void synced_writes(const char *name, const char *path)
{
	double start;
	int fd = open(path, O_RDWR);

	forget();
	start = now();
	for (long i = 0; i < syncs; i++) {
		memset(piece, (int)i, BLOCK);
		if (pwrite(fd, piece, BLOCK, i * BLOCK) != BLOCK || fsync(fd)) {
			failed(name, "fsync_4K");
			close(fd);
			return;
		}
	}
	printf("metric %s_fsync_4K %.0f ns\n", name, (now() - start) / syncs);
	close(fd);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		char path[256], *place = strchr(argv[i], '=');

		if (sscanf(argv[i], "bytes=%ld,reads=%ld,syncs=%ld", &mebibytes, &reads, &syncs) > 0)
			continue;
		if (!place)
			return 2;
		*place++ = 0;
		snprintf(path, sizeof path, "%s/benchmark", place);
		if (stream(argv[i], path, 1) && stream(argv[i], path, 0)) {
			random_reads(argv[i], path);
			synced_writes(argv[i], path);
		}
		unlink(path);
		fflush(stdout);
	}
	puts("end devices");
	return 0;
}
