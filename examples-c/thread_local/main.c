/*
 * Thread-local variables of the first task: with and without an initial
 * value, aligned, and a pointer into the image, which the loader relocates.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>

static int target = 42;

static _Thread_local int counter = 7;
static _Thread_local int zero;
static _Thread_local int *pointer = &target;
static _Thread_local _Alignas(64) char aligned[64] = "aligned";
static _Thread_local char large[10000];
_Thread_local const char *shared = "shared";

int main(void)
{
	int sum = 0;

	counter++;
	zero--;
	printf("%d %d\n", counter, zero);
	printf("%d %s\n", *pointer, shared);
	printf("%s: %d\n", aligned, (uintptr_t)aligned % 64 == 0);
	for (size_t i = 0; i < sizeof large; i++)
		sum |= large[i];
	printf("zeros: %d\n", sum == 0);
	errno = 0;
	fclose(fopen("/there/is/no/such/file", "r") ?: stdin);
	printf("errno is set: %d\n", errno != 0);
	return 0;
}
