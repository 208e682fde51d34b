/*
 * Files in memory: shared and private mappings, a file that gets shorter while it
 * is mapped, faults behind its end, and reading and writing into the mapping of
 * the same file. hermit.h alone.
 */
#include <hermit.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#define PAGE 4096
#define CHECK(X) \
	do { \
		if (!(X)) { \
			printf("line %d: %s, errno %d\n", __LINE__, #X, sys_errno()); \
			return 1; \
		} \
	} while (0)

static jmp_buf back;
static volatile unsigned beyond;

static void fault(struct hermit_fault *what)
{
	beyond = (what->error & HERMIT_FAULT_BEYOND_FILE) != 0;
	longjmp(back, 1);
}

/* Whether touching an address is a fault, and of which kind. */
static int touch(volatile char *p, int write)
{
	beyond = 2;
	if (setjmp(back) == 0) {
		if (write)
			*p = 1;
		else
			(void)*p;
	}
	return beyond;
}

static int make(const char *path, size_t pages)
{
	static char page[PAGE];
	int fd = sys_open(path, HERMIT_O_RDWR | HERMIT_O_CREAT | HERMIT_O_TRUNC, 0600);

	for (size_t i = 0; i < pages; i++) {
		memset(page, 'a' + (int)i, PAGE);
		if (sys_write(fd, page, PAGE) != PAGE)
			return -1;
	}
	return fd;
}

static int shared(void)
{
	char *p, *q, byte, text[16];
	int fd = make("/tmp/shared", 3);

	CHECK(fd >= 0);
	CHECK(sys_mmap_file(fd, 0, 3 * PAGE, HERMIT_PROT_READ | HERMIT_PROT_WRITE,
			    HERMIT_MAP_SHARED, (void **)&p) == 0);
	CHECK(sys_mmap_file(fd, PAGE, 2 * PAGE, HERMIT_PROT_READ, HERMIT_MAP_SHARED, (void **)&q) == 0);
	CHECK(p[0] == 'a' && p[PAGE] == 'b' && p[3 * PAGE - 1] == 'c' && q[0] == 'b');
	p[PAGE] = '!';
	CHECK(q[0] == '!' && sys_pread(fd, &byte, 1, PAGE) == 1 && byte == '!');
	CHECK(sys_pwrite(fd, "file", 4, 2 * PAGE) == 4 && !memcmp(p + 2 * PAGE, "file", 4));
	CHECK(!memcmp(q + PAGE, "file", 4));
	/* A file's own memory is read into and written from. */
	CHECK(sys_pread(fd, p, 4, 2 * PAGE) == 4 && !memcmp(p, "file", 4));
	CHECK(sys_pwrite(fd, p, PAGE, PAGE) == PAGE && !memcmp(q, "file", 4));
	CHECK(sys_munmap(p + PAGE, PAGE) == 0 && p[0] == 'f' && p[2 * PAGE] == 'f');
	CHECK(touch(p + PAGE, 0) == 0);
	CHECK(touch(q, 1) == 0);
	CHECK(sys_mprotect(q, PAGE, HERMIT_PROT_READ | HERMIT_PROT_WRITE) == 0);
	q[0] = '#';
	CHECK(sys_msync(q, 2 * PAGE, HERMIT_MS_SYNC) == 0);
	CHECK(sys_unlink("/tmp/shared") == 0 && sys_close(fd) == 0);
	CHECK(q[0] == '#' && p[2 * PAGE] == 'f');
	CHECK(sys_munmap(p, 3 * PAGE) == 0 && sys_munmap(q, 2 * PAGE) == 0);
	CHECK(touch(q, 0) == 0);
	(void)text;
	puts("shared: memory, file and a second mapping are one");
	return 0;
}

static int private(void)
{
	char *p, byte;
	int fd = make("/tmp/private", 2), only;

	CHECK(fd >= 0);
	CHECK((only = sys_open("/tmp/private", HERMIT_O_RDONLY, 0)) >= 0);
	CHECK(sys_mmap_file(only, 0, 2 * PAGE, HERMIT_PROT_READ | HERMIT_PROT_WRITE,
			    HERMIT_MAP_SHARED, (void **)&p) == -HERMIT_EACCES);
	CHECK(sys_mmap_file(only, 0, 2 * PAGE, HERMIT_PROT_READ | HERMIT_PROT_WRITE,
			    HERMIT_MAP_PRIVATE, (void **)&p) == 0);
	CHECK(p[0] == 'a');
	p[0] = 'x';
	p[PAGE] = 'y';
	CHECK(sys_pread(fd, &byte, 1, 0) == 1 && byte == 'a' && p[1] == 'a');
	CHECK(sys_pread(fd, &byte, 1, PAGE) == 1 && byte == 'b');
	CHECK(sys_mprotect(p, PAGE, HERMIT_PROT_NONE) == 0 && touch(p, 0) == 0);
	CHECK(sys_mprotect(p, PAGE, HERMIT_PROT_READ) == 0 && p[0] == 'x' && touch(p, 1) == 0);
	CHECK(sys_madvise(p, 2 * PAGE, HERMIT_MADV_DONTNEED) == 0 && p[0] == 'a' && p[PAGE] == 'b');
	CHECK(sys_munmap(p, 2 * PAGE) == 0);
	CHECK(sys_close(only) == 0 && sys_close(fd) == 0);
	puts("private: what is written is the mapping's own");
	return 0;
}

static int shorter(void)
{
	char *p, byte;
	int fd = make("/tmp/shorter", 3);

	CHECK(fd >= 0);
	CHECK(sys_mmap_file(fd, 0, 4 * PAGE, HERMIT_PROT_READ | HERMIT_PROT_WRITE,
			    HERMIT_MAP_SHARED, (void **)&p) == 0);
	CHECK(p[2 * PAGE] == 'c' && touch(p + 3 * PAGE, 0) == 1);
	CHECK(sys_ftruncate(fd, PAGE + 100) == 0);
	CHECK(touch(p + 2 * PAGE, 0) == 1 && p[PAGE] == 'b' && p[PAGE + 100] == 0);
	CHECK(sys_read(fd, p + 2 * PAGE, 10) == 0);
	CHECK(sys_pread(fd, p + 2 * PAGE, 10, 0) == -HERMIT_EFAULT);
	/* Behind the end, in the last page: never in the file. */
	p[PAGE + 100] = 'z';
	CHECK(sys_ftruncate(fd, 4 * PAGE) == 0);
	CHECK(p[PAGE + 100] == 0 && sys_pread(fd, &byte, 1, PAGE + 100) == 1 && byte == 0);
	CHECK(p[3 * PAGE] == 0 && p[2 * PAGE] == 0);
	p[3 * PAGE] = 'e';
	CHECK(sys_pread(fd, &byte, 1, 3 * PAGE) == 1 && byte == 'e');
	CHECK(sys_ftruncate(fd, 0) == 0 && touch(p, 1) == 1);
	CHECK(sys_munmap(p, 4 * PAGE) == 0 && sys_close(fd) == 0);
	puts("shorter: pages behind the end are faults, and come again");
	return 0;
}

static int places(void)
{
	char *p, *q;
	int fd = make("/tmp/places", 2), directory, pipe[2];

	CHECK(fd >= 0);
	CHECK(sys_mmap_file(fd, 1, PAGE, 1, HERMIT_MAP_SHARED, (void **)&p) == -HERMIT_EINVAL);
	CHECK(sys_mmap_file(fd, -PAGE, PAGE, 1, HERMIT_MAP_SHARED, (void **)&p) == -HERMIT_EOVERFLOW);
	CHECK(sys_mmap_file(fd, 0, 0, 1, HERMIT_MAP_SHARED, (void **)&p) == -HERMIT_EINVAL);
	CHECK(sys_mmap_file(fd, 0, PAGE, 1, 0, (void **)&p) == -HERMIT_EINVAL);
	CHECK(sys_mmap_file(fd, 0, PAGE, 1, 3, (void **)&p) == -HERMIT_EINVAL);
	CHECK(sys_mmap_file(fd, INT64_MAX & -PAGE, PAGE, 1, 1, (void **)&p) == -HERMIT_EOVERFLOW);
	CHECK(sys_mmap_file(fd, 0, 1ul << 45, 1, 1, (void **)&p) == -HERMIT_ENOMEM);
	CHECK(sys_mmap_file(77, 0, PAGE, 1, 1, (void **)&p) == -HERMIT_EBADF);
	CHECK(sys_mmap_file(fd, 0, PAGE, 1, 1, NULL) == -HERMIT_EFAULT);
	CHECK((directory = sys_open("/", HERMIT_O_RDONLY, 0)) >= 0 && sys_pipe(pipe) == 0);
	CHECK(sys_mmap_file(directory, 0, PAGE, 1, 1, (void **)&p) == -HERMIT_ENODEV);
	CHECK(sys_mmap_file(pipe[0], 0, PAGE, 1, 1, (void **)&p) == -HERMIT_ENODEV);
	CHECK(sys_mmap_file(fd, 0, 2 * PAGE, 3, HERMIT_MAP_SHARED | HERMIT_MAP_POPULATE, (void **)&p) == 0);
	q = p;
	CHECK(sys_mmap_file(fd, 0, PAGE, 1, HERMIT_MAP_SHARED | HERMIT_MAP_FIXED_NOREPLACE, (void **)&q) ==
	      -HERMIT_EEXIST);
	q = p + PAGE;
	CHECK(sys_mmap_file(fd, 0, PAGE, 1, HERMIT_MAP_SHARED | HERMIT_MAP_FIXED, (void **)&q) == 0);
	CHECK(q == p + PAGE && q[0] == 'a');
	q = (char *)0x10000;
	CHECK(sys_mmap_file(fd, 0, PAGE, 1, HERMIT_MAP_SHARED | HERMIT_MAP_FIXED, (void **)&q) == -HERMIT_ENOMEM);
	/* A pipe's bytes come from a file's page and go to one. */
	p[0] = 'P';
	CHECK(sys_munmap(p + PAGE, PAGE) == 0);
	CHECK(sys_madvise(p, PAGE, HERMIT_MADV_DONTNEED) == 0);
	CHECK(sys_write(pipe[1], p, 10) == 10);
	CHECK(sys_madvise(p, PAGE, HERMIT_MADV_DONTNEED) == 0);
	CHECK(sys_read(pipe[0], p + 1, 10) == 10 && p[0] == 'P' && p[1] == 'P');
	CHECK(sys_write(pipe[1], p + PAGE - 5, 10) == 5);
	CHECK(sys_munmap(p, 2 * PAGE) == 0);
	puts("places: what can't be is refused");
	return 0;
}

int main(void)
{
	sys_fault_handler(fault);
	return shared() || private() || shorter() || places();
}
