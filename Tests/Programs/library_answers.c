/*
 * What functions of the C library that no system call is behind say, on this system and on
 * Linux: the same. Argument: a folder that may be written to.
 */
#define _GNU_SOURCE

#include <byteswap.h>
#include <ctype.h>
#include <dirent.h>
#include <dlfcn.h>
#include <endian.h>
#include <err.h>
#include <errno.h>
#include <error.h>
#include <execinfo.h>
#include <fnmatch.h>
#include <grp.h>
#include <iconv.h>
#include <limits.h>
#include <locale.h>
#include <netdb.h>
#include <nl_types.h>
#include <pwd.h>
#include <regex.h>
#include <search.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <syslog.h>
#include <time.h>
#include <uchar.h>
#include <unistd.h>
#include <wordexp.h>

/* A result, and the error's name where it failed. */
static const char *name(void)
{
	switch (errno) {
	case 0: return "0";
	case ECHILD: return "ECHILD";
	case EINVAL: return "EINVAL";
	case EILSEQ: return "EILSEQ";
	case E2BIG: return "E2BIG";
	case ENOENT: return "ENOENT";
	case ERANGE: return "ERANGE";
	case EBADF: return "EBADF";
	case ESRCH: return "ESRCH";
	case EFAULT: return "EFAULT";
	default: return "other";
	}
}

#define SAY(CALL) (errno = 0, result = (long)(CALL), printf("%d: %ld %s\n", __LINE__, result, name()))

static long result;

static void waiting(void)
{
	int status = 7;
	siginfo_t information;

	SAY(wait(&status));
	SAY(waitpid(-1, &status, WNOHANG));
	SAY(waitpid(-1, &status, 64));
	SAY(wait3(&status, 0, NULL));
	SAY(wait4(-1, NULL, WUNTRACED, NULL));
	SAY(waitid(P_ALL, 0, &information, WEXITED));
	SAY(waitid(P_ALL, 0, &information, WNOHANG));
	SAY(waitid((idtype_t)77, 0, &information, WEXITED));
	printf("%d %d %d %d %d %d\n", WIFEXITED(0x300), WEXITSTATUS(0x300), WIFSIGNALED(9), WTERMSIG(9),
	       WIFSTOPPED(0x137f), WSTOPSIG(0x137f));
	printf("%d %d %d %d\n", WIFSIGNALED(0x137f), WIFCONTINUED(0xffff), !!WCOREDUMP(0x86), WIFSIGNALED(0x86));
}

static void users(const char *folder)
{
	static const char text[] = "root:x:0:0:root:/root:/bin/sh\n"
				   "# a comment\n"
				   "\n"
				   "broken:x:zero:0::/:\n"
				   "user:*:1000:100:A User,,,:/home/user:\n"
				   "last:x:4294967294:4294967294:::/bin/false";
	static const char groups[] = "root:x:0:\nusers:x:100:user,other\nbroken\nempty:x:7:,one,,two,\n";
	char path[PATH_MAX];
	struct passwd *user;
	struct group *group;
	FILE *file;

	snprintf(path, sizeof path, "%s/records", folder);
	file = fopen(path, "w+");
	fputs(text, file);
	rewind(file);
	while ((user = fgetpwent(file)))
		printf("%s %s %u %u '%s' '%s' '%s'\n", user->pw_name, user->pw_passwd, user->pw_uid,
		       user->pw_gid, user->pw_gecos, user->pw_dir, user->pw_shell);
	fclose(file);
	file = fopen(path, "w+");
	fputs(groups, file);
	for (int i = 0; i < 300; i++)
		fprintf(file, "%s%d", i ? ",member" : "many:x:9:member", i);
	rewind(file);
	while ((group = fgetgrent(file))) {
		int count = 0;

		while (group->gr_mem[count])
			count++;
		printf("%s %s %u %d %s\n", group->gr_name, group->gr_passwd, group->gr_gid, count,
		       count ? group->gr_mem[count - 1] : "-");
	}
	fclose(file);
	unlink(path);
}

static void oneUser(void)
{
	struct passwd user, *found;
	struct group group, *there;
	char buffer[1024];

	printf("%d ", getpwuid_r(0, &user, buffer, sizeof buffer, &found));
	printf("%s %u\n", found->pw_name, found->pw_uid);
	printf("%d ", getpwnam_r("no such user", &user, buffer, sizeof buffer, &found));
	printf("%d\n", found == NULL);
	printf("%d ", getpwuid_r(0, &user, buffer, 3, &found));
	printf("%d\n", found == NULL);
	printf("%d ", getgrgid_r(0, &group, buffer, sizeof buffer, &there));
	printf("%s %u %d\n", there->gr_name, there->gr_gid, there->gr_mem[0] == NULL);
	printf("%d ", getgrgid_r(0, &group, buffer, 9, &there));
	printf("%d\n", there == NULL);
	printf("%s %s\n", getpwnam("root")->pw_name, getgrnam("root")->gr_name);
	SAY(getpwnam("no such user"));
	SAY(getgrgid(77777));
}

static void times(void)
{
	static const struct tm all[] = {
		{.tm_year = 70, .tm_mday = 1}, {.tm_year = 100, .tm_mon = 1, .tm_mday = 29},
		{.tm_year = 124, .tm_mon = 13, .tm_mday = 31, .tm_hour = 25, .tm_min = -1, .tm_sec = 61},
		{.tm_year = 69, .tm_mon = -1, .tm_mday = 0}, {.tm_year = -1900, .tm_mon = 2, .tm_mday = 1},
		{.tm_year = 300, .tm_mon = -25, .tm_mday = 400}, {.tm_year = 138, .tm_mon = 0, .tm_mday = 19, .tm_hour = 3, .tm_min = 14, .tm_sec = 8},
	};
	struct tm time;

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		time = all[i];
		printf("%lld %d-%d-%d %d:%d:%d %d %d\n", (long long)timegm(&time), time.tm_year + 1900,
		       time.tm_mon + 1, time.tm_mday, time.tm_hour, time.tm_min, time.tm_sec, time.tm_wday,
		       time.tm_yday);
	}
	/* Back and forth, on seeded days of some thousand years. */
	unsigned long seed = 1, wrong = 0;
	for (int i = 0; i < 20000; i++) {
		seed = seed * 6364136223846793005ul + 1442695040888963407ul;
		time_t point = (time_t)(seed >> 24) % 200000000000l - 60000000000l;
		gmtime_r(&point, &time);
		wrong += timegm(&time) != point;
	}
	printf("%lu wrong\n", wrong);
}

static void parts(void)
{
	static const char *const texts[] = {"a:b", "", ":", "a::", "abc", ":a"};

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		char text[8], *rest = strcpy(text, texts[i]), *part;

		while ((part = strsep(&rest, ":;")))
			printf("[%s]", part);
		printf("\n");
	}
}

static int compare(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

struct element {
	struct element *next, *previous;
	int number;
};

static void searching(void)
{
	int table[8] = {5, 3, 9}, key = 9, missing = 4;
	size_t count = 3;
	struct element a = {.number = 1}, b = {.number = 2}, c = {.number = 3};
	const struct dirent *x, *y;
	static struct dirent first, second;

	printf("%ld %d\n", (long)((int *)lfind(&key, table, &count, sizeof *table, compare) - table),
	       lfind(&missing, table, &count, sizeof *table, compare) == NULL);
	printf("%ld ", (long)((int *)lsearch(&missing, table, &count, sizeof *table, compare) - table));
	printf("%zu %d\n", count, table[3]);
	insque(&a, NULL);
	insque(&c, &a);
	insque(&b, &a);
	printf("%d %d %d\n", a.next->number, b.next->number, c.previous->number);
	remque(&b);
	printf("%d %d\n", a.next->number, c.previous == &a);
	x = &first, y = &second;
	strcpy(first.d_name, "file9");
	strcpy(second.d_name, "file10");
	printf("%d\n", versionsort(&x, &y) < 0);
}

static void process(void)
{
	char text[16] = "";

	SAY(getpriority(PRIO_PROCESS, 0));
	SAY(setpriority(PRIO_PROCESS, 0, 3));
	SAY(getpriority(PRIO_PROCESS, 0));
	SAY(nice(4));
	SAY(setpriority(PRIO_PROCESS, 0, 100));
	SAY(getpriority(PRIO_PROCESS, 0));
	SAY(getpriority(77, 0));
	SAY(getpriority(PRIO_PROCESS, 0x7ffffff0));
	SAY(prctl(PR_SET_NAME, "a rather long name of a thread"));
	SAY(prctl(PR_GET_NAME, text));
	printf("%s\n", text);
	SAY(prctl(PR_GET_DUMPABLE));
	SAY(prctl(PR_SET_DUMPABLE, 0));
	SAY(prctl(PR_GET_DUMPABLE));
	SAY(prctl(PR_SET_DUMPABLE, 7));
	SAY(prctl(PR_SET_KEEPCAPS, 2));
	SAY(prctl(PR_GET_TIMERSLACK));
	SAY(prctl(PR_SET_TIMERSLACK, 60000));
	SAY(prctl(PR_GET_TIMERSLACK));
	SAY(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	SAY(prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0));
	SAY(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	SAY(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	SAY(prctl(PR_SET_PDEATHSIG, 100));
	SAY(prctl(12345));
	SAY(getrandom(text, sizeof text, 0));
	SAY(getrandom(text, sizeof text, 64));
	SAY(getrandom(text, sizeof text, GRND_RANDOM | GRND_INSECURE));
	SAY(getrandom(text, 0, 0));
	SAY(catopen("nothing", 0));
	SAY(close_range(900, 100, 0));
	SAY(close_range(900, 910, 0));
	SAY(close_range(900, 910, 64));
	SAY(getgroups(-1, NULL));
	SAY(confstr(-5, NULL, 0));
	SAY(secure_getenv("HOME_OF_NOBODY"));
	SAY(clearenv());
	SAY(getenv("PATH"));
	SAY(setenv("KEY", "value", 1));
	printf("%s\n", getenv("KEY"));
}

static void attributes(void)
{
	posix_spawnattr_t attributes;
	posix_spawn_file_actions_t actions;
	short flags = 9;
	pid_t group = 9;

	printf("%d %d\n", posix_spawnattr_init(&attributes), posix_spawnattr_getflags(&attributes, &flags));
	printf("%d\n", flags);
	printf("%d %d\n", posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP),
	       posix_spawnattr_setpgroup(&attributes, 5));
	printf("%d\n", posix_spawnattr_setflags(&attributes, 0x4000));
	posix_spawnattr_getflags(&attributes, &flags);
	posix_spawnattr_getpgroup(&attributes, &group);
	printf("%d %d\n", flags, group);
	printf("%d\n", posix_spawn_file_actions_init(&actions));
	printf("%d\n", posix_spawn_file_actions_addclose(&actions, -1));
	printf("%d\n", posix_spawn_file_actions_adddup2(&actions, 1, 2));
	printf("%d\n", posix_spawn_file_actions_destroy(&actions));
}

static void conversions(void)
{
	static const struct { const char *to, *from, *text; size_t length; } all[] = {
		{"UTF-8", "ISO-8859-1", "gr\xfc\xdf" "e", 5}, {"ISO-8859-1", "UTF-8", "gr\xc3\xbc\xc3\x9f", 6},
		{"ISO-8859-1", "UTF-8", "\xe2\x82\xac", 3}, {"ISO-8859-15", "UTF-8", "\xe2\x82\xac", 3},
		{"UTF-16LE", "UTF-8", "a\xf0\x9f\x98\x80", 5}, {"UTF-16BE", "UTF-8", "a\xe2\x82\xac", 4},
		{"UTF-8", "UTF-16LE", "\x3d\xd8\x00\xde", 4}, {"UTF-8", "UTF-8", "\xff", 1},
		{"UTF-8", "UTF-8", "\xe2\x82", 2}, {"CP1252", "UTF-8", "\xe2\x80\x9c", 3},
		{"UTF-8", "KOI8-R", "\xf0\xd2\xc9", 3}, {"UTF-8", "US-ASCII", "plain\x80", 6},
		{"UCS-4LE", "UTF-8", "\xc3\xa9", 2}, {"utf8", "latin1", "\xe9", 1},
		{"UTF-16", "UTF-8", "ab", 2}, {"UTF-8", "UTF-16", "\xfe\xff\x00" "a", 4}, {"UTF-8", "UTF-16", "a\0b\0", 4},
		{"UTF-32", "UTF-8", "\xf0\x9f\x98\x80", 4}, {"UTF-8", "UTF-32BE", "\0\0\xd8\0", 4},
		{"UTF-8", "UTF-8", "\xc0\x80", 2}, {"UTF-8", "UTF-8", "\xed\xa0\x80", 3}, {"UTF-8", "UTF-8", "\xf0\x80\x80\x80", 4},
		{"UTF-8", "UTF-8", "\xe2\x28\xa1", 3}, {"UTF-8", "UTF-16LE", "\x00\xdc\x61\x00", 4}, {"UTF-8", "UTF-16LE", "\x3d\xd8", 2},
		{"UCS-2LE", "UTF-8", "\xf0\x9f\x98\x80", 4}, {"ASCII", "UTF-8", "a\xc3\xa9" "b", 4},
		{"ASCII//IGNORE", "UTF-8", "a\xe4\xb8\x80" "b", 5}, {"ISO-8859-2", "UTF-8", "\xc5\x82", 2}, {"UTF-8", "CP1252", "\x81", 1},
		{"UTF-8", "CP1251", "\xcf\xf0", 2}, {"IBM850", "UTF-8", "\xc3\xa9", 2}, {"UTF-8", "WCHAR_T", "a\0\0\0", 4},
	};

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		iconv_t converter = iconv_open(all[i].to, all[i].from);
		char in[64], out[64], *from = in, *to = out;
		size_t left = all[i].length, room = sizeof out;

		memcpy(in, all[i].text, left);
		if (converter == (iconv_t)-1) {
			printf("%s %s: not known\n", all[i].to, all[i].from);
			continue;
		}
		errno = 0;
		long result = (long)iconv(converter, &from, &left, &to, &room);
		printf("%s %s: %ld %s %zu:", all[i].to, all[i].from, result, name(), left);
		for (char *c = out; c < to; c++)
			printf(" %02x", (unsigned char)*c);
		putchar('\n');
		iconv_close(converter);
	}
	SAY(iconv_open("no such charset", "UTF-8"));
	iconv_t converter = iconv_open("UTF-8", "ISO-8859-1");
	char in[] = "\xe9\xe9", out[3], *from = in, *to = out;
	size_t left = 2, room = 3;
	SAY(iconv(converter, &from, &left, &to, &room));
	printf("%zu %zu\n", left, room);
}

static void patterns(void)
{
	static const char *const matches[][2] = {
		{"*.c", "file.c"}, {"*.c", "dir/file.c"}, {"[a-c]?z", "bxz"}, {"[!a-c]?z", "bxz"},
		{"\\*", "*"}, {"*", ".hidden"}, {"[[:digit:]]*", "7up"}, {"a[", "a["},
	};
	static const char *const patterns[] = {
		"*", "?", "a*", "*a", "*/*", "[a-c]*", "[!a]*", "[]a]*", "[[:alpha:]_]*", "[^[:space:]]", "a[", "[a",
		"\\", "\\*", "[\\]]", "[a-]*", "*.[ch]", "?*?", "**a**", "[/]", "a/[!x]", ".*", "*/.*", "[.]*", "A*",
		"[[.b.]]*", "[[=b=]]", "[[:nosuch:]]", "[z-a]", "", "a/*/c", "[A-C]", "[[:upper:]]",
	};
	static const char *const strings[] = {
		"", "a", "b", "ab", "abc", "a/b", "a/b/c", ".a", "a/.b", "[", "a[", "]", "\\", "*", "file.c", "A", "a-b", "-",
		"_x", "a\xff", "x\ny", "/", "aaa", "Abc",
	};
	static const int flags[] = {0, FNM_PATHNAME, FNM_PERIOD, FNM_PATHNAME | FNM_PERIOD, FNM_NOESCAPE,
				    FNM_CASEFOLD, FNM_LEADING_DIR, FNM_LEADING_DIR | FNM_PATHNAME};
	regex_t expression;
	regmatch_t parts[3];
	char message[64];

	for (size_t i = 0; i < sizeof matches / sizeof matches[0]; i++)
		printf("%d %d %d\n", fnmatch(matches[i][0], matches[i][1], 0) == 0,
		       fnmatch(matches[i][0], matches[i][1], FNM_PATHNAME) == 0,
		       fnmatch(matches[i][0], matches[i][1], FNM_PERIOD) == 0);
	for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++)
		for (size_t j = 0; j < sizeof strings / sizeof strings[0]; j++) {
			printf("'%s' '%s' ", patterns[i], strings[j]);
			for (size_t k = 0; k < sizeof flags / sizeof flags[0]; k++)
				printf("%d", fnmatch(patterns[i], strings[j], flags[k]) == 0);
			printf("\n");
		}
	printf("%d\n", regcomp(&expression, "([a-z]+)=([0-9]{2,3})", REG_EXTENDED));
	printf("%d", regexec(&expression, "; key=1234;", 3, parts, 0));
	for (int i = 0; i < 3; i++)
		printf(" %d-%d", (int)parts[i].rm_so, (int)parts[i].rm_eo);
	printf("\n%d\n", regexec(&expression, "nothing", 0, NULL, 0) == REG_NOMATCH);
	regfree(&expression);
	printf("%d\n", regcomp(&expression, "a(b", REG_EXTENDED) == REG_EPAREN);
	printf("%d\n", regerror(REG_EPAREN, NULL, message, sizeof message) > 1);
}

static void shellWords(const char *folder)
{
	static const char *const texts[] = {
		"", "one two\tthree", "  a  ", "'a b' \"c d\"", "a\\ b", "\"a\\$b\\c\"", "''", "\"\" x", "$ONE", "\"$SPACED\"", "$SPACED x",
		"pre${ONE}post", "${NONE-default}", "${NONE:-$ONE}", "${EMPTY-x}", "${EMPTY:-x}", "${ONE:+set}", "${NONE+set}", "${#ONE}",
		"${NEW:=made} $NEW", "~/x", "a~", "'~'", "$ONE$ONE", "a|b", "a;b", "(a)", "a\nb", "'open", "\"open", "${ONE", "$", "a$", "\\*",
		"*.none", "$NONE", "a$NONE", "\"$NONE\"", "$SPACED$SPACED", "'*'", "x'y'\"z\"", "[", "\"a\\\nb\"",
	};
	wordexp_t words;
	char text[300];

	setenv("ONE", "1st", 1);
	setenv("SPACED", "two  words", 1);
	setenv("EMPTY", "", 1);
	setenv("HOME", "/home/of", 1);
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		int error = wordexp(texts[i], &words, 0);

		printf("%zu: %d", i, error);
		for (size_t j = 0; !error && j < words.we_wordc; j++)
			printf(" [%s]", words.we_wordv[j]);
		printf("\n");
		if (!error)
			wordfree(&words);
	}
	printf("%d\n", wordexp("$NONE", &words, WRDE_UNDEF));
	printf("%d\n", wordexp("$(true)", &words, WRDE_NOCMD));
	printf("%d\n", wordexp("`true`", &words, WRDE_NOCMD));
	words.we_offs = 2;
	printf("%d", wordexp("a b", &words, WRDE_DOOFFS));
	printf(" %d", wordexp("c", &words, WRDE_DOOFFS | WRDE_APPEND));
	printf(" %zu %d %s %s\n", words.we_wordc, words.we_wordv[1] == NULL, words.we_wordv[2], words.we_wordv[4]);
	wordfree(&words);
	for (int i = 0; i < 3; i++) {
		snprintf(text, sizeof text, "%s/word%d.x", folder, i);
		fclose(fopen(text, "w"));
	}
	snprintf(text, sizeof text, "%s/word*.x \"%s/word*.x\" %s/word[12].?", folder, folder, folder);
	printf("%d", wordexp(text, &words, 0));
	for (size_t j = 0; j < words.we_wordc; j++)
		printf(" %s", words.we_wordv[j] + strlen(folder));
	printf("\n");
	wordfree(&words);
	for (int i = 0; i < 3; i++) {
		snprintf(text, sizeof text, "%s/word%d.x", folder, i);
		unlink(text);
	}
}

static void wide(void)
{
	static const char text[] = "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z";
	static const char16_t units[] = {'a', 0xe9, 0x20ac, 0xd83d, 0xde00, 0, 0xdc00, 'b', 0xd800, 'c'};
	mbstate_t state = {0};
	size_t at = 0, count;
	char16_t unit;
	char32_t character;
	char out[16];

	printf("%d\n", setlocale(LC_ALL, "C.UTF-8") != NULL);
	while (at <= sizeof text - 1) {
		count = mbrtoc16(&unit, text + at, sizeof text - at, &state);
		printf("%d:%x ", (int)count, unit);
		if (count == 0)
			break;
		if (count != (size_t)-3)
			at += count;
	}
	/* Byte by byte. */
	for (at = 0; at < sizeof text - 1; at++) {
		count = mbrtoc32(&character, text + at, 1, &state);
		printf("%d ", (int)count);
		if (count <= 1)
			printf("%x ", (unsigned)character);
	}
	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
		errno = 0;
		count = c16rtomb(out, units[i], &state);
		printf("%d %s", (int)count, name());
		for (size_t j = 0; count != (size_t)-1 && j < count; j++)
			printf(" %02x", (unsigned char)out[j]);
		printf(";");
		if (count == (size_t)-1)
			memset(&state, 0, sizeof state);
	}
	printf("%d %d\n", (int)c32rtomb(out, 0x1f600, &state), (int)c16rtomb(NULL, 0, &state));
	setlocale(LC_ALL, "C");
}

static void bytes(void)
{
	printf("%x %x %llx\n", bswap_16(0x1234), bswap_32(0x12345678), (unsigned long long)bswap_64(0x123456789abcdefull));
	printf("%x %x %llx %x\n", htobe16(0x1234), be32toh(0x12345678), (unsigned long long)htobe64(1), htole32(7));
	printf("%d\n", BYTE_ORDER == LITTLE_ENDIAN);
}

static __attribute__((noinline)) int calls(void **addresses, int most)
{
	int count = backtrace(addresses, most);

	__asm__ volatile("" : : : "memory");
	return count;
}

/* All of this goes to standard error. */
static void messages(void)
{
	fflush(stdout);
	errno = ENOENT;
	warn("warning %d", 1);
	warnx("without error %s", "text");
	error(0, EINVAL, "message %d", 2);
	error(0, 0, "message %d", 3);
	error_at_line(0, 0, "file", 12, "at a line");
	fprintf(stderr, "%u\n", error_message_count);
	openlog("ident", LOG_PERROR | LOG_PID * 0, LOG_LOCAL3);
	setlogmask(LOG_UPTO(LOG_ERR));
	syslog(LOG_WARNING, "not written");
	errno = ENOENT;
	syslog(LOG_ERR, "written: %s %m %d%% %%m", "text", 5);
	syslog(LOG_CRIT, "with an end\n");
	fprintf(stderr, "%d\n", setlogmask(0));
	closelog();
	errx(3, "the end");
}

int main(int argc, char **argv)
{
	void *addresses[8];

	(void)argc;
	waiting();
	users(argv[1]);
	oneUser();
	times();
	parts();
	searching();
	process();
	attributes();
	conversions();
	patterns();
	shellWords(argv[1]);
	bytes();
	wide();
	printf("%d\n", calls(addresses, 8) > 1);
	printf("%d\n", backtrace_symbols(addresses, 1)[0][0] != 0);
	messages();
}
