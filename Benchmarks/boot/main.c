/* The first thing that main does: what `hermit bench boot` waits for. */
#include <hermit.h>

int main(void)
{
	static const char text[] = "Hello from main!\n";

	return sys_write(1, text, sizeof text - 1) != sizeof text - 1;
}
