/*
 * A database that gets a row for each transaction until the machine stops. First what is there is
 * checked: the database, and that every row up to the last one is as it was written. Each row is
 * told when it is committed, which is when it may not be lost any more.
 *
 * rows DATABASE MODE: MODE is DELETE, TRUNCATE, PERSIST or WAL; `check` only checks.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sqlite3.h"

static sqlite3 *database;

static void fail(const char *what)
{
	printf("failed: %s: %s\n", what, sqlite3_errmsg(database));
	exit(1);
}

static void run(const char *statement)
{
	if (sqlite3_exec(database, statement, NULL, NULL, NULL) != SQLITE_OK)
		fail(statement);
}

static sqlite3_stmt *prepare(const char *text)
{
	sqlite3_stmt *statement;

	if (sqlite3_prepare_v2(database, text, -1, &statement, NULL) != SQLITE_OK)
		fail(text);
	return statement;
}

/* What a row holds, of 1 to 6000 bytes, so that some are on pages of their own. */
static int contents(unsigned number, unsigned char *bytes)
{
	unsigned state = number * 2654435761u + 12345, count = 1 + (number % 7 ? state % 300 : state % 6000);

	for (unsigned i = 0; i < count; i++) {
		state = state * 1664525 + 1013904223;
		bytes[i] = state >> 24;
	}
	return count;
}

static unsigned check(void)
{
	static unsigned char expected[6000];
	sqlite3_stmt *statement = prepare("PRAGMA integrity_check");
	unsigned next = 1;

	if (sqlite3_step(statement) != SQLITE_ROW || strcmp((const char *)sqlite3_column_text(statement, 0), "ok"))
		fail("integrity_check");
	sqlite3_finalize(statement);
	statement = prepare("SELECT number, bytes FROM rows ORDER BY number");
	for (int status; (status = sqlite3_step(statement)) != SQLITE_DONE; next++) {
		int count = contents(next, expected);

		if (status != SQLITE_ROW || sqlite3_column_int(statement, 0) != (int)next
		    || sqlite3_column_bytes(statement, 1) != count
		    || memcmp(sqlite3_column_blob(statement, 1), expected, count))
			fail("a row");
	}
	sqlite3_finalize(statement);
	return next - 1;
}

int main(int argc, char **argv)
{
	static unsigned char bytes[6000];
	char line[64];
	unsigned last;
	int isCheck = argc == 3 && !strcmp(argv[2], "check");

	if (argc != 3)
		return 2;
	if (sqlite3_open(argv[1], &database) != SQLITE_OK)
		fail("open");
	if (!isCheck) {
		snprintf(line, sizeof line, "PRAGMA journal_mode=%s", argv[2]);
		run(line);
	}
	run("PRAGMA synchronous=EXTRA");
	run("CREATE TABLE IF NOT EXISTS rows(number INTEGER PRIMARY KEY, bytes BLOB, text TEXT)");
	run("CREATE INDEX IF NOT EXISTS texts ON rows(text)");
	last = check();
	printf("checked %u\n", last);
	fflush(stdout);
	if (isCheck)
		return sqlite3_close(database) != SQLITE_OK;
	sqlite3_stmt *statement = prepare("INSERT INTO rows VALUES(?1, ?2, hex(substr(?2, 1, 40)))");
	for (;;) {
		int count = contents(++last, bytes);

		sqlite3_bind_int(statement, 1, last);
		sqlite3_bind_blob(statement, 2, bytes, count, SQLITE_STATIC);
		if (sqlite3_step(statement) != SQLITE_DONE || sqlite3_reset(statement) != SQLITE_OK)
			fail("insert");
		count = snprintf(line, sizeof line, "row %u\n", last);
		if (write(1, line, count) != count)
			return 1;
	}
}
