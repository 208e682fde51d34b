/*
 * The first process of the Linux guest: mounts what the benchmark needs, runs
 * its main (compiled with -Dmain=run_benchmark), and ends the machine through
 * QEMU's isa-debug-exit, as Hermit does.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/io.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <unistd.h>

enum { EXIT_PORT = 0xf4 };

int run_benchmark(int argc, char **argv);

int main(int argc, char **argv)
{
	int status;

	mkdir("/tmp", 01777);
	if (mount("tmpfs", "/tmp", "tmpfs", 0, NULL))
		perror("init: /tmp");
	status = run_benchmark(argc, argv);
	fflush(stdout);
	if (!iopl(3))
		outb((unsigned char)status, EXIT_PORT);
	/* There is no such device. */
	reboot(RB_AUTOBOOT);
	return 1;
}
