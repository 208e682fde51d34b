/* A byte there and back through two pipes. */

#include "micro.h"
#include "system.h"

static int there[2], back[2];

/* Until the pipe's other end is closed. */
static void send_back(size_t argument)
{
	char byte;

	(void)argument;
	while (read(there[0], &byte, 1) == 1 && write(back[1], &byte, 1) == 1)
		continue;
}

uint64_t pass_through_pipes(uint64_t count)
{
	struct task task;
	uint64_t time = FAILED, start;
	char byte = 0;

	if (pipe(there))
		return FAILED;
	if (pipe(back)) {
		close(there[0]);
		close(there[1]);
		return FAILED;
	}
	if (!start_task(&task, send_back, 0, 0)) {
		uint64_t i;

		start = now();
		for (i = 0; i < count; i++)
			if (write(there[1], &byte, 1) != 1 || read(back[0], &byte, 1) != 1)
				break;
		if (i == count)
			time = now() - start;
		close(there[1]);
		join_task(&task);
	} else {
		close(there[1]);
	}
	close(there[0]);
	close(back[0]);
	close(back[1]);
	return time;
}
