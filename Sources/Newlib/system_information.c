/* What the machine has and how busy it is, as Linux tells it. */
#define _GNU_SOURCE

#include <stdlib.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "shim.h"

WEAK int sysinfo(struct sysinfo *information)
{
	struct hermit_timespec now = {0};
	uint64_t total = 0, free = 0;
	int result = sys_get_memory(&total, &free);

	if (result < 0)
		return (int)checked(result);
	if (!information)
		return failed(_REENT, EFAULT);
	(void)sys_clock_gettime(HERMIT_CLOCK_MONOTONIC, &now);
	*information = (struct sysinfo){
		.uptime = now.tv_sec,
		.totalram = total,
		.freeram = free,
		.procs = 1,
		.mem_unit = 1,
	};
	return 0;
}

WEAK int get_nprocs(void)
{
	return (int)sys_available_parallelism();
}

WEAK int get_nprocs_conf(void)
{
	return (int)sys_get_processor_count();
}

WEAK long get_phys_pages(void)
{
	return sysconf(_SC_PHYS_PAGES);
}

WEAK long get_avphys_pages(void)
{
	return sysconf(_SC_AVPHYS_PAGES);
}

/* Nobody counts how many threads wait for a processor. */
WEAK int getloadavg(double *averages, int count)
{
	(void)averages, (void)count;
	return -1;
}
