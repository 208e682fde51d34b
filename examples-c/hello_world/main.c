/* Greets, and prints its arguments one a line. */
#include <stdio.h>

int main(int argc, char **argv)
{
	printf("Hello from Hermit!\n");
	for (int i = 1; i < argc; i++)
		printf("%s\n", argv[i]);
	return 0;
}
