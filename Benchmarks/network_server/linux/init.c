/*
 * The first process of the Linux guest: loads the modules of the network card, gives it its
 * address, runs the server's main (compiled with -Dmain=run_benchmark), and ends the machine
 * through QEMU's isa-debug-exit, as Hermit does.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/io.h>
#include <sys/ioctl.h>
#include <sys/reboot.h>
#include <sys/socket.h>
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

static void configure(const char *name, const char *address)
{
	struct ifreq request = {0};
	struct sockaddr_in *in = (struct sockaddr_in *)&request.ifr_addr;
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	strcpy(request.ifr_name, name);
	in->sin_family = AF_INET;
	inet_pton(AF_INET, address, &in->sin_addr);
	if (ioctl(fd, SIOCSIFADDR, &request))
		perror(name);
	inet_pton(AF_INET, "255.255.255.0", &in->sin_addr);
	ioctl(fd, SIOCSIFNETMASK, &request);
	ioctl(fd, SIOCGIFFLAGS, &request);
	request.ifr_flags |= IFF_UP | IFF_RUNNING;
	ioctl(fd, SIOCSIFFLAGS, &request);
	close(fd);
}

/* Its first argument is the guest's address. */
int main(int argc, char **argv)
{
	int status;

	load_modules();
	configure("eth0", argc > 1 ? argv[1] : "0.0.0.0");
	status = run_benchmark(argc, argv);
	fflush(stdout);
	if (!iopl(3))
		outb((unsigned char)status, EXIT_PORT);
	reboot(RB_AUTOBOOT);
	return 1;
}
