/*
 * The first process of the Linux guest: loads the modules of the devices, mounts the folder and
 * the disk, runs the benchmark's main (compiled with -Dmain=run_benchmark), and ends the machine
 * through QEMU's isa-debug-exit, as Hermit does.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <sys/io.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { EXIT_PORT = 0xf4, MOST_MODULES = 100 };

int run_benchmark(int argc, char **argv);

/* /modules/0 needs nothing, each other one those before it. */
static void load_modules(void)
{
	char path[32];
	int fd;

	for (int i = 0; i < MOST_MODULES; i++) {
		snprintf(path, sizeof path, "/modules/%d", i);
		fd = open(path, O_RDONLY);
		if (fd < 0)
			return;
		if (syscall(SYS_finit_module, fd, "", 0))
			perror(path);
		close(fd);
	}
}

static void attach(const char *what, const char *where, const char *kind)
{
	mkdir(where, 0755);
	if (mount(what, where, kind, MS_NOATIME, ""))
		perror(where);
}

int main(int argc, char **argv)
{
	int status;

	load_modules();
	attach("proc", "/proc", "proc");
	attach("devtmpfs", "/dev", "devtmpfs");
	attach("folder0", "/folder", "virtiofs");
	attach("/dev/vda", "/disk", "ext3");
	status = run_benchmark(argc, argv);
	fflush(stdout);
	umount("/disk");
	if (!iopl(3))
		outb((unsigned char)status, EXIT_PORT);
	reboot(RB_AUTOBOOT);
	return 1;
}
