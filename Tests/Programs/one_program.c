/* What is told to a program that wants other programs, other users, or to know the machine. */
#define _GNU_SOURCE

#include <dlfcn.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <syslog.h>
#include <unistd.h>

#define SAY(CALL) (errno = 0, result = (long)(CALL), printf(#CALL ": %ld %s\n", result, errno ? strerror(errno) : "-"))

static long result;

static void programs(void)
{
	static char *const arguments[] = {"/bin/sh", NULL};
	char *error;

	for (int i = 0; i < 3; i++) {
		SAY(fork());
		SAY(vfork());
		SAY(execve("/bin/sh", arguments, environ));
		SAY(execl("/bin/sh", "sh", NULL));
		SAY(execvp("sh", arguments));
		SAY(execle("/bin/sh", "sh", NULL, environ));
		SAY(posix_spawn(NULL, "/bin/sh", NULL, NULL, arguments, environ));
		SAY(posix_spawnp(NULL, "sh", NULL, NULL, arguments, environ));
		SAY(daemon(0, 0));
		SAY(system("true"));
		SAY(popen("true", "r"));
	}
	SAY(system(NULL));
	SAY(popen("true", "x"));
	SAY(pclose(stdin));
	SAY(dlopen("libm.so", RTLD_NOW));
	error = dlerror();
	printf("%s, %s\n", error, dlerror() ? "again" : "once");
	SAY(dlsym(RTLD_DEFAULT, "main"));
	SAY(dlclose(arguments));
	SAY(dlerror() == NULL);
}

static void users(void)
{
	gid_t groups[4] = {0, 0, 7}, list[4];
	uid_t real, effective, saved;
	int count = 4;

	printf("%s\n", getpwuid(0)->pw_name);
	SAY(getpwnam("nobody"));
	SAY(getpwent() != NULL);
	SAY(getpwent());
	mkdir("/etc", 0755);
	FILE *file = fopen("/etc/passwd", "w");
	/* What is no line of it is passed over, be it as long or odd as it may. */
	fwrite("\0\n:::\n::::::::\nodd\0:x:1:1::/:\n", 1, 27, file);
	for (int i = 0; i < 5000; i++)
		putc('a' + i % 26, file);
	fputs("\nadmin:x:0:0::/:\nweb:x:33:33::/srv:\n", file);
	fclose(file);
	file = fopen("/etc/group", "w");
	fputs("web:x:33:\nlogs:x:4:web,admin\n", file);
	fclose(file);
	endpwent();
	printf("%s %u %s\n", getpwuid(0)->pw_name, getpwnam("web")->pw_uid, getgrgid(4)->gr_mem[0]);
	SAY(getpwnam("root"));
	SAY(getgrouplist("web", 33, list, &count));
	printf("%d: %u %u\n", count, list[0], list[1]);
	count = 1;
	SAY(getgrouplist("web", 33, list, &count));
	printf("%d\n", count);
	SAY(setuid(0));
	SAY(setuid(33));
	SAY(seteuid((uid_t)-1));
	SAY(setreuid((uid_t)-1, 0));
	SAY(setresgid((gid_t)-1, (gid_t)-1, 5));
	SAY(getresuid(&real, &effective, &saved));
	SAY(getgroups(0, NULL));
	SAY(setgroups(2, groups));
	SAY(getgroups(1, list));
	SAY(getgroups(4, list));
	SAY(setgroups(3, groups));
	SAY(setgroups(100, groups));
	SAY(initgroups("web", 33));
	SAY(setgroups(0, NULL));
	SAY(getppid());
	SAY(getsid(0));
	SAY(getsid(5));
	SAY(setsid());
	SAY(setpgid(0, 0));
	SAY(setpgid(4, 0));
	SAY(gettid());
	SAY(chroot("/"));
	SAY(chroot("/etc"));
	SAY(chroot("/nowhere"));
	SAY(getxattr("/etc", "user.name", NULL, 0));
	SAY(fsetxattr(99, "user.name", "", 0, 0));
	SAY(getlogin());
	SAY(ttyname(0));
}

static void machine(void)
{
	struct sysinfo information;
	struct utsname names;
	char name[80], domain[80];
	long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);

	SAY(sysinfo(&information));
	printf("%d %d %d %d\n", information.totalram / (unsigned long)page == (unsigned long)pages,
	       information.freeram < information.totalram, information.procs, information.mem_unit);
	printf("%d\n", pages * page > 60l << 20 && pages * page <= 64l << 20);
	printf("%d %d\n", get_nprocs() == sysconf(_SC_NPROCESSORS_ONLN), get_nprocs_conf());
	printf("%d\n", get_phys_pages() == pages && get_avphys_pages() < pages);
	char *large = malloc(8 << 20);
	long before = get_avphys_pages();
	memset(large, 1, 8 << 20);
	printf("%d\n", get_avphys_pages() <= before);
	SAY(sysinfo(NULL));
	SAY(gethostname(name, sizeof name));
	SAY(sethostname("a-machine", 9));
	SAY(gethostname(name, 4));
	SAY(gethostname(name, sizeof name));
	SAY(setdomainname("example", 7));
	SAY(getdomainname(domain, sizeof domain));
	SAY(sethostname(domain, 65));
	uname(&names);
	printf("%s %s %s\n", name, names.nodename, names.domainname);
	SAY(getauxval(AT_PAGESZ));
	SAY(getauxval(AT_SECURE));
	SAY(getauxval(12345));
	SAY(getauxval(AT_HWCAP) >> 26 & 1);
}

int main(void)
{
	programs();
	users();
	machine();
	syslog(LOG_INFO, "not shown");
	syslog(LOG_WARNING, "from %s\nand on", "syslog");
	openlog("named", LOG_PID, LOG_DAEMON);
	syslog(LOG_CRIT, "the last: %m");
	return 0;
}
