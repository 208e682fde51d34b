/*
 * Named semaphores. The names are the program's own: no other program is on
 * the machine. A name is told apart by all of its bytes; that it starts with a
 * slash is wanted, and that it has no other (POSIX leaves that open).
 */
#include <fcntl.h>
#include <semaphore.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "waiting.h"

struct named {
	struct named *next;
	unsigned openings;
	/* sem_unlink was called: the name is free, the semaphore lasts until it is closed. */
	bool isUnlinked;
	sem_t semaphore;
	char name[];
};

static uint32_t namesLock;
static struct named *all;

static int check(const char *name)
{
	if (!name || name[0] != '/' || !name[1] || strchr(name + 1, '/'))
		return EINVAL;
	return strlen(name) > NAME_MAX ? ENAMETOOLONG : 0;
}

static struct named **find(const char *name)
{
	struct named **link = &all;

	while (*link && ((*link)->isUnlinked || strcmp((*link)->name, name)))
		link = &(*link)->next;
	return link;
}

static sem_t *noSemaphore(int error)
{
	errno = error;
	return SEM_FAILED;
}

/* The lock is held. */
static struct named *make(const char *name, unsigned value)
{
	struct named *named = malloc(sizeof *named + strlen(name) + 1);

	if (!named)
		return NULL;
	*named = (struct named){.next = all};
	sem_init(&named->semaphore, 1, value);
	strcpy(named->name, name);
	all = named;
	return named;
}

sem_t *sem_open(const char *name, int flags, ...)
{
	struct named *named;
	unsigned value = 0;
	int error = check(name);
	va_list list;

	if (flags & O_CREAT) {
		va_start(list, flags);
		(void)va_arg(list, unsigned);
		value = va_arg(list, unsigned);
		va_end(list);
	}
	if (error)
		return noSemaphore(error);
	lock(&namesLock);
	named = *find(name);
	if (named && (flags & O_CREAT) && (flags & O_EXCL))
		error = EEXIST;
	else if (!named && !(flags & O_CREAT))
		error = ENOENT;
	else if (!named && value > SEM_VALUE_MAX)
		error = EINVAL;
	else if (!named && !(named = make(name, value)))
		error = ENOMEM;
	else
		named->openings++;
	unlock(&namesLock);
	return error ? noSemaphore(error) : &named->semaphore;
}

int sem_close(sem_t *semaphore)
{
	struct named **link = &all, *named;

	lock(&namesLock);
	while ((named = *link) && (&named->semaphore != semaphore || !named->openings))
		link = &named->next;
	if (named && --named->openings == 0 && named->isUnlinked)
		*link = named->next;
	else if (named)
		semaphore = NULL;
	unlock(&namesLock);
	if (!named)
		return failed(_REENT, EINVAL);
	if (semaphore)
		free(named);
	return 0;
}

int sem_unlink(const char *name)
{
	int error = check(name);
	struct named **link, *named = NULL;

	if (error == EINVAL)
		error = ENOENT;
	if (error)
		return failed(_REENT, error);
	lock(&namesLock);
	link = find(name);
	if (!*link)
		error = ENOENT;
	else if ((*link)->openings)
		(*link)->isUnlinked = true;
	else {
		named = *link;
		*link = named->next;
	}
	unlock(&namesLock);
	free(named);
	return error ? failed(_REENT, error) : 0;
}
