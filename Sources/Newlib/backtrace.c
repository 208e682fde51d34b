/* The calls that a function is in, by the frame pointers that all code here is compiled with. */
#include <execinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <unistd.h>

#include "shim.h"

/* A frame: where the caller's is, and where it goes on. */
struct frame {
	const struct frame *next;
	void *address;
};

WEAK __attribute__((noinline)) int backtrace(void **addresses, int most)
{
	const struct frame *frame = __builtin_frame_address(0);
	uintptr_t start, end;
	void *stack;
	size_t size;
	int count = 0;

	if (sys_get_stack(&stack, &size) < 0)
		return 0;
	start = (uintptr_t)stack;
	end = start + size - sizeof *frame;
	/* A handler's stack may be another: its own frames are not followed then. */
	while (count < most && (uintptr_t)frame >= start && (uintptr_t)frame <= end &&
	       (uintptr_t)frame % sizeof(void *) == 0 && frame->address) {
		addresses[count++] = frame->address;
		if (frame->next <= frame)
			break;
		frame = frame->next;
	}
	return count;
}

/* "[0x" and sixteen digits at most, "]" and the end. */
enum { LONGEST = 3 + 16 + 2 };

WEAK char **backtrace_symbols(void *const *addresses, int count)
{
	char **list, *text;

	if (count < 0)
		count = 0;
	list = malloc((size_t)count * (sizeof *list + LONGEST) + 1);
	if (!list)
		return NULL;
	text = (char *)(list + count);
	for (int i = 0; i < count; i++) {
		list[i] = text;
		text += sprintf(text, "[%p]", addresses[i]) + 1;
	}
	return list;
}

/* As a handler may call it, which has no heap. */
WEAK void backtrace_symbols_fd(void *const *addresses, int count, int fd)
{
	for (int i = 0; i < count; i++) {
		uintptr_t value = (uintptr_t)addresses[i];
		char text[LONGEST + 1], *at = text + sizeof text;

		*--at = '\n';
		*--at = ']';
		do
			*--at = "0123456789abcdef"[value & 15];
		while (value >>= 4);
		*--at = 'x';
		*--at = '0';
		*--at = '[';
		(void)write(fd, at, (size_t)(text + sizeof text - at));
	}
}
