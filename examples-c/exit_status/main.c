/* Ends with the status that its argument names. */
#include <hermit.h>

int main(int argc, char **argv)
{
	static const char usage[] = "usage: exit_status STATUS\n";
	int status = 0;

	if (argc != 2 || !argv[1][0]) {
		sys_write(2, usage, sizeof usage - 1);
		return 2;
	}
	for (const char *digit = argv[1]; *digit; digit++) {
		if (*digit < '0' || *digit > '9' || status > 255) {
			sys_write(2, usage, sizeof usage - 1);
			return 2;
		}
		status = status * 10 + (*digit - '0');
	}
	return status;
}
