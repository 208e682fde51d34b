/*
 * SQLite's speedtest1, whose main has another name, and then the database that
 * it has left, opened again and checked. An argument says where that is.
 */
#include <stdio.h>
#include <string.h>

#include "sqlite3.h"

int speedtest_main(int argc, char **argv);

static int tell(void *context, int count, char **values, char **names)
{
	(void)context;
	(void)names;
	for (int i = 0; i < count; i++)
		printf("%s\n", values[i] ? values[i] : "NULL");
	return 0;
}

int main(int argc, char **argv)
{
	char *path = argc > 1 ? argv[1] : (char *)"/tmp/speed.db";
	char *words[] = {argv[0], (char *)"--size", (char *)"10", path, NULL};
	char *message = NULL;
	sqlite3 *database;
	int status = speedtest_main(4, words);

	printf("speedtest1: %d\n", status);
	if (status || sqlite3_open(path, &database))
		return 1;
	printf("integrity: ");
	status = sqlite3_exec(database, "PRAGMA integrity_check", tell, NULL, &message);
	printf("rows: ");
	status |= sqlite3_exec(database, "SELECT count(*) > 0 FROM sqlite_schema", tell, NULL, &message);
	if (status)
		printf("%s\n", message);
	sqlite3_close(database);
	return status;
}
