/* Greets, and prints its arguments one a line. */
#include <hermit.h>

static void print(const char *text)
{
	size_t length = 0;

	while (text[length])
		length++;
	sys_write(1, text, length);
}

int main(int argc, char **argv)
{
	print("Hello from Hermit!\n");
	for (int i = 1; i < argc; i++) {
		print(argv[i]);
		print("\n");
	}
	return 0;
}
