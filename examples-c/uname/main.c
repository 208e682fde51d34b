/* Which system this is. */
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

int main(void)
{
	struct utsname name;
	char host[64];

	if (uname(&name) < 0 || gethostname(host, sizeof host) < 0) {
		perror("uname");
		return 1;
	}
	printf("%s on %s, host %s\n", name.sysname, name.machine, name.nodename);
	printf("host names agree: %d\n", strcmp(host, name.nodename) == 0);
	printf("process %d\n", (int)getpid());
	return 0;
}
