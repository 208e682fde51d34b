/* What runs before main and after it, and in which order. */
#include <stdio.h>
#include <stdlib.h>

__attribute__((constructor(101))) static void first(void)
{
	printf("constructor 101\n");
}

__attribute__((constructor(102))) static void second(void)
{
	printf("constructor 102\n");
}

__attribute__((constructor)) static void last(int argc, char **argv)
{
	printf("constructor, %d arguments, %s\n", argc - 1, argc > 1 ? argv[1] : "none");
}

__attribute__((destructor)) static void early(void)
{
	printf("destructor\n");
}

__attribute__((destructor(101))) static void late(void)
{
	printf("destructor 101\n");
}

static void registered(void)
{
	printf("atexit, registered last\n");
}

static void registeredFirst(void)
{
	printf("atexit, registered first\n");
}

int main(void)
{
	atexit(registeredFirst);
	atexit(registered);
	/* No newline: what stays in the buffer is written at the end. */
	printf("main, environment %s; ", getenv("GREETING") ? getenv("GREETING") : "empty");
	exit(3);
}
