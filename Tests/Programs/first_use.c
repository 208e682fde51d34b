/*
 * A thread is the first that uses a path, on a stack of the kernel's that is smaller than the
 * first task's. Its arguments are a folder and what is used first: open, rename or names.
 */
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static const char *first;

static void *run(void *folder)
{
	char path[256], text[8] = "";
	struct addrinfo *found = NULL;
	int file;

	if (*first == 'r')
		rename("/from", "/to");
	else if (*first == 'n' && !getaddrinfo("localhost", "80", NULL, &found))
		freeaddrinfo(found);
	snprintf(path, sizeof path, "%s/first", (char *)folder);
	file = open(path, O_RDWR | O_CREAT, 0600);
	if (file < 0 || write(file, "written", 7) != 7 || pread(file, text, 7, 0) != 7 || close(file))
		perror(path);
	puts(text);
	return NULL;
}

int main(int count, char **arguments)
{
	pthread_t thread;

	first = count > 2 ? arguments[2] : "";
	if (count < 3 || pthread_create(&thread, NULL, run, arguments[1]))
		return 2;
	return pthread_join(thread, NULL);
}
