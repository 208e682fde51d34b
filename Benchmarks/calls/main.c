/* Functions of hermit.h. */
#include "tasks.h"

static void getpid(void)
{
	(void)sys_getpid();
}

static void write_nothing(void)
{
	sys_write(1, "", 0);
}

static void allocate(void)
{
	void *block = sys_alloc(64, 16);

	sys_dealloc(block, 64, 16);
}

int main(void)
{
	static const struct row rows[] = {
		{ "sys_getpid", getpid, 1 },
		{ "sys_write of nothing", write_nothing, 1 },
		{ "sys_alloc + sys_dealloc of 64 bytes", allocate, 1 },
	};

	measure_rows(rows, sizeof rows / sizeof *rows);
	measure_tasks();
	return 0;
}
