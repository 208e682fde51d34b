/*
 * Every function of hermit.h with arguments that no honest program gives it:
 * pointers to nothing, numbers out of every range. Each returns what its header
 * says, and none takes the machine down. What is otherwise is printed.
 *
 * Not called: sys_exit, sys_abort, sys_thread_exit and sys_debug_fault, which
 * end the program as they should.
 */
#include <hermit.h>
#include <stdio.h>

static int failures;

static void check(long result, long expected, const char *call, const void *pointer, int line)
{
	int kept = sys_errno();
	if (result == expected && (expected >= 0 || kept == -expected))
		return;
	failures++;
	printf("line %d: %s with %p: %ld, errno %d, in place of %ld\n", line, call, pointer, result,
		   kept, expected);
}

/* A call that returns a number or the negative of an error. */
#define IS(EXPECTED, CALL) \
	(*sys_errno_location() = 0, check((long)(CALL), (EXPECTED), #CALL, p, __LINE__))
/* A call that returns nothing, or a pointer or number that cannot tell an error. */
#define SETS(ERROR, CALL) \
	(*sys_errno_location() = 0, (void)(CALL), check(-sys_errno(), -(ERROR), #CALL, p, __LINE__))
#define NULL_AND(ERROR, CALL) \
	(*sys_errno_location() = 0, check((CALL) ? 1 : -sys_errno(), -(ERROR), #CALL, p, __LINE__))

#define FAULT  (-HERMIT_EFAULT)
#define NOSYS  (-HERMIT_ENOSYS)
#define INVAL  (-HERMIT_EINVAL)
#define BADF   (-HERMIT_EBADF)
#define NOTSOCK (-HERMIT_ENOTSOCK)

static void file_mappings(int fd, void *p)
{
	const uint32_t read = HERMIT_PROT_READ, own = HERMIT_MAP_PRIVATE;
	const int64_t last = INT64_MAX & ~(int64_t)4095;
	void *there = NULL;
	IS(FAULT, sys_mmap_file(fd, 0, 4096, read, own, p));
	IS(FAULT, sys_mmap_file(fd, 0, 4096, read, HERMIT_MAP_SHARED | HERMIT_MAP_FIXED, p));
	IS(INVAL, sys_mmap_file(fd, 0, 0, read, own, &there));
	IS(-HERMIT_ENOMEM, sys_mmap_file(fd, 0, (size_t)-1, read, own, &there));
	IS(INVAL, sys_mmap_file(fd, 1, 4096, read, own, &there));
	IS(-HERMIT_EOVERFLOW, sys_mmap_file(fd, -4096, 4096, read, own, &there));
	IS(-HERMIT_EOVERFLOW, sys_mmap_file(fd, last, 8192, read, own, &there));
	IS(INVAL, sys_mmap_file(fd, 0, 4096, 8, own, &there));
	IS(INVAL, sys_mmap_file(fd, 0, 4096, read, 0, &there));
	IS(INVAL, sys_mmap_file(fd, 0, 4096, read, ~0u, &there));
	there = p;
	/* The part for mappings is the program's. */
	if ((size_t)p >= 0x300000000000 && (size_t)p < 0x700000000000)
		return;
	IS((size_t)p & 4095 ? INVAL : -HERMIT_ENOMEM,
	   sys_mmap_file(fd, 0, 4096, read, own | HERMIT_MAP_FIXED, &there));
}

static void names(void *p)
{
	static char text[64];
	struct hermit_addrinfo *list = NULL;
	struct hermit_sockaddr_in address = { sizeof address, HERMIT_AF_INET, 0, { 0x0100007f }, "" };
	const struct hermit_sockaddr *known = (struct hermit_sockaddr *)&address;
	const struct hermit_namerooms good = { text, NULL, sizeof text, 0 }, none = { p, p, 0, 0 };
	const struct hermit_namerooms host = { p, NULL, 64, 0 }, service = { NULL, p, 0, 64 };
	IS(FAULT, sys_getaddrbyname(p, p, 16));
	IS(FAULT, sys_getinterfaces(p, 1));
	IS(INVAL, sys_getinterfaces(p, (size_t)-1));
	IS(INVAL, sys_getaddrbyname("127.0.0.1", p, 15));
	IS(INVAL, sys_getaddrbyname("127.0.0.1", p, (size_t)-4));
	IS(FAULT, sys_getaddrbyname("127.0.0.1", p, 4));
	IS(HERMIT_EAI_SYSTEM, sys_getaddrinfo("127.0.0.1", "1", NULL, p));
	SETS(HERMIT_EFAULT, sys_getaddrinfo("127.0.0.1", NULL, NULL, p));
	IS(HERMIT_EAI_SYSTEM, sys_getnameinfo(p, sizeof address, &good, 0));
	IS(HERMIT_EAI_SYSTEM, sys_getnameinfo(known, sizeof address, p, 0));
	IS(HERMIT_EAI_FAMILY, sys_getnameinfo(p, 1, &good, 0));
	IS(HERMIT_EAI_BADFLAGS, sys_getnameinfo(known, sizeof address, &good, ~0));
	IS(HERMIT_EAI_NONAME, sys_getnameinfo(known, sizeof address, &none, 0));
	if (p) {
		IS(HERMIT_EAI_SYSTEM, sys_getaddrinfo(p, NULL, NULL, &list));
		IS(HERMIT_EAI_SYSTEM, sys_getaddrinfo(NULL, p, NULL, &list));
		SETS(HERMIT_EFAULT, sys_getaddrinfo("127.0.0.1", NULL, p, &list));
		SETS(HERMIT_EFAULT, sys_freeaddrinfo(p));
		IS(HERMIT_EAI_SYSTEM, sys_getnameinfo(known, sizeof address, &host, HERMIT_NI_NUMERICHOST));
		SETS(HERMIT_EFAULT, sys_getnameinfo(known, sizeof address, &service, HERMIT_NI_NUMERICSERV));
		/* What is none ends a list. */
		IS(0, sys_getaddrinfo("127.0.0.1", NULL, NULL, &list));
		struct hermit_addrinfo *last = list->ai_next;
		list->ai_next = p;
		SETS(HERMIT_EFAULT, sys_freeaddrinfo(list));
		SETS(0, sys_freeaddrinfo(last));
	} else {
		IS(HERMIT_EAI_NONAME, sys_getaddrinfo(p, p, p, p));
		SETS(0, sys_freeaddrinfo(p));
	}
}

static void files(void *p)
{
	struct hermit_iovec part = { p, 16 };
	IS(FAULT, sys_read(0, p, 16));
	IS(FAULT, sys_readv(0, p, 1));
	IS(FAULT, sys_readv(0, &part, 1));
	IS(FAULT, sys_write(1, p, 16));
	IS(FAULT, sys_write(2, p, 16));
	IS(FAULT, sys_writev(1, p, 1));
	IS(FAULT, sys_writev(1, &part, 1));
	IS(0, sys_write(1, p, 0));
	IS(0, sys_read(0, p, 0));
	IS(BADF, sys_read(-1, p, 16));
	IS(BADF, sys_write(1 << 30, p, 16));
	IS(INVAL, sys_write(1, p, (size_t)-1));
	IS(INVAL, sys_readv(0, p, HERMIT_IOV_MAX + 1));
	IS(INVAL, sys_writev(1, p, (size_t)-1));
	IS(FAULT, sys_ioctl(1, HERMIT_FIONBIO, p));
	IS(BADF, sys_ioctl(77, HERMIT_FIONBIO, p));
	IS(-HERMIT_ENOTTY, sys_ioctl(1, 0x1234, p));
	IS(-HERMIT_ENOTTY, sys_ioctl(1, 0x5401, p));
	IS(FAULT, sys_open(p, HERMIT_O_RDONLY, 0));
	IS(FAULT, sys_opendir(p));
	IS(FAULT, sys_unlink(p));
	IS(FAULT, sys_rmdir(p));
	IS(FAULT, sys_mkdir(p, 0777));
	IS(FAULT, sys_stat(p, p));
	IS(FAULT, sys_stat("/", p));
	IS(FAULT, sys_lstat(p, p));
	IS(FAULT, sys_lstat("/", p));
	IS(FAULT, sys_fstat(1, p));
	IS(BADF, sys_fstat(-1, p));
	IS(FAULT, sys_truncate(p, 0));
	IS(FAULT, sys_access(p, 0));
	IS(INVAL, sys_access(p, 8));
	IS(FAULT, sys_faccessat(HERMIT_AT_FDCWD, p, 0, 0));
	IS(INVAL, sys_faccessat(HERMIT_AT_FDCWD, p, 0, ~0));
	IS(FAULT, sys_chdir(p));
	NULL_AND(HERMIT_EFAULT, sys_getcwd(p, 100));
	IS(-HERMIT_ENOTDIR, sys_getdents64(1, p, 100));
	IS(BADF, sys_getdents64(99, p, 100));
}

static void paths(void *p)
{
	struct hermit_iovec part;
	int fd;

	IS(FAULT, sys_openat(HERMIT_AT_FDCWD, p, HERMIT_O_RDONLY, 0));
	IS(FAULT, sys_mkdirat(HERMIT_AT_FDCWD, p, 0777));
	IS(FAULT, sys_unlinkat(HERMIT_AT_FDCWD, p, 0));
	IS(INVAL, sys_unlinkat(HERMIT_AT_FDCWD, p, ~0));
	IS(FAULT, sys_mknodat(HERMIT_AT_FDCWD, p, HERMIT_S_IFIFO, 0));
	IS(INVAL, sys_mknodat(HERMIT_AT_FDCWD, p, 0170000, 0));
	IS(FAULT, sys_rename(p, "/x"));
	IS(FAULT, sys_rename("/tmp", p));
	IS(FAULT, sys_renameat2(HERMIT_AT_FDCWD, p, HERMIT_AT_FDCWD, p, 0));
	IS(INVAL, sys_renameat2(HERMIT_AT_FDCWD, p, HERMIT_AT_FDCWD, p, ~0u));
	IS(FAULT, sys_link(p, "/x"));
	IS(FAULT, sys_link("/tmp", p));
	IS(FAULT, sys_linkat(1, p, 1, p, HERMIT_AT_EMPTY_PATH));
	IS(FAULT, sys_symlink(p, "/x"));
	IS(FAULT, sys_symlink("x", p));
	IS(FAULT, sys_symlinkat(p, HERMIT_AT_FDCWD, p));
	IS(FAULT, sys_readlink(p, p, 16));
	IS(FAULT, sys_readlink("/dev/stdin", p, 16));
	IS(INVAL, sys_readlinkat(HERMIT_AT_FDCWD, "/dev/stdin", p, 0));
	IS(FAULT, sys_fstatat(HERMIT_AT_FDCWD, p, p, 0));
	IS(FAULT, sys_fstatat(1, p, p, HERMIT_AT_EMPTY_PATH));
	IS(FAULT, sys_chmod(p, 0777));
	IS(FAULT, sys_fchmodat(HERMIT_AT_FDCWD, p, 0777, 0));
	if (p) {
		IS(FAULT, sys_utimensat(HERMIT_AT_FDCWD, p, NULL, 0));
		IS(FAULT, sys_utimensat(HERMIT_AT_FDCWD, "/tmp", p, 0));
	} else {
		IS(BADF, sys_utimensat(HERMIT_AT_FDCWD, p, NULL, 0));
	}
	IS(FAULT, sys_statvfs(p, p));
	IS(FAULT, sys_statvfs("/", p));
	IS(BADF, sys_fstatvfs(99, p));
	IS(0, (fd = sys_open("/tmp/hostile", HERMIT_O_RDWR | HERMIT_O_CREAT, 0600)) < 0);
	IS(FAULT, sys_write(fd, p, 16));
	IS(4, sys_write(fd, "text", 4));
	IS(FAULT, sys_pread(fd, p, 16, 0));
	IS(FAULT, sys_pwrite(fd, p, 16, 0));
	IS(INVAL, sys_pread(fd, p, 16, -1));
	IS(INVAL, sys_ftruncate(fd, (size_t)-1));
	IS(INVAL, sys_fallocate(fd, 0, -1, 1));
	IS(-HERMIT_EFBIG, sys_fallocate(fd, 0, 1, INT64_MAX));
	IS(-HERMIT_EOVERFLOW, sys_lseek(fd, INT64_MAX, HERMIT_SEEK_END));
	IS(INVAL, sys_lseek(fd, 0, 99));
	IS(FAULT, sys_fstatvfs(fd, p));
	IS(FAULT, sys_fstat(fd, p));
	IS(FAULT, sys_preadv2(fd, p, 1, 0, 0));
	IS(FAULT, sys_pwritev2(fd, p, 1, -1, HERMIT_RWF_APPEND));
	IS(-HERMIT_EOPNOTSUPP, sys_preadv2(fd, p, 1, 0, HERMIT_RWF_APPEND));
	IS(p ? FAULT : INVAL, sys_sendfile(1, fd, p, (size_t)-1));
	IS(p ? FAULT : 0, sys_copy_file_range(fd, p, fd, p, p ? 1 : 0, 0));
	IS(p ? FAULT : INVAL, sys_copy_file_range(fd, p, fd, p, 1, ~0u));
	IS(FAULT, sys_file_lock(fd, HERMIT_F_SETLK, p));
	IS(FAULT, sys_file_lock(fd, HERMIT_F_OFD_GETLK, p));
	IS(INVAL, sys_flock(fd, ~0));
	file_mappings(fd, p);
	IS(FAULT, sys_fchownat(HERMIT_AT_FDCWD, p, 0, 0, 0));
	IS(FAULT, sys_fchownat(1, p, 0, 0, HERMIT_AT_EMPTY_PATH));
	IS(INVAL, sys_fchownat(1, p, 0, 0, ~0));
	IS(0, sys_close(fd));
	IS(0, (fd = sys_open("/dev/zero", HERMIT_O_RDWR, 0)) < 0);
	IS(FAULT, sys_read(fd, p, 16));
	IS(FAULT, sys_write(fd, p, 16));
	IS(0, sys_close(fd));
	IS(0, (fd = sys_opendir("/")) < 0);
	IS(FAULT, sys_getdents64(fd, p, 100));
	IS(INVAL, sys_getdents64(fd, &part, 8));
	IS(0, sys_close(fd));
}

/* What is behind descriptors; whatever is made is closed. */
static void descriptors(void *p)
{
	static const struct hermit_timespec none;
	static const struct hermit_timeval now;
	struct hermit_epoll_event event = { HERMIT_EPOLLIN, 0, 0 };
	struct hermit_pollfd in = { 0, HERMIT_POLLIN, 0 };
	struct hermit_iovec part = { p, 16 };
	uint64_t eight = 1;
	int fds[2], other, timer, set, pair[2];

	IS(FAULT, sys_poll(p, 1, 0));
	IS(0, sys_poll(p, 0, 0));
	IS(INVAL, sys_poll(p, (size_t)-1, 0));
	IS(INVAL, sys_poll(p, 1 << 20, 0));
	IS(FAULT, sys_ppoll(p, 1, &none, NULL));
	if (p) {
		IS(FAULT, sys_ppoll(&in, 1, p, NULL));
		IS(FAULT, sys_ppoll(&in, 1, &none, p));
		IS(FAULT, sys_select(3, NULL, NULL, NULL, p));
		IS(FAULT, sys_pselect(3, NULL, NULL, NULL, p, NULL));
		IS(FAULT, sys_pselect(3, NULL, NULL, NULL, &none, p));
	}
	IS(p ? FAULT : 0, sys_select(3, p, p, p, &now));
	IS(p ? FAULT : 0, sys_pselect(3, p, p, p, &none, NULL));
	IS(INVAL, sys_select(-1, p, p, p, &now));
	IS(INVAL, sys_pselect(HERMIT_FD_SETSIZE + 1, p, p, p, &none, NULL));
	IS(FAULT, sys_pipe(p));
	IS(FAULT, sys_pipe2(p, HERMIT_O_NONBLOCK));
	IS(INVAL, sys_pipe2(p, ~0));
	IS(FAULT, sys_socketpair(HERMIT_AF_UNIX, HERMIT_SOCK_STREAM, 0, p));
	IS(INVAL, sys_socketpair(HERMIT_AF_UNIX, ~0, 0, p));
	IS(FAULT, sys_getrlimit(HERMIT_RLIMIT_NOFILE, p));
	IS(FAULT, sys_setrlimit(HERMIT_RLIMIT_NOFILE, p));
	IS(INVAL, sys_getrlimit(99, p));
	IS(FAULT, sys_epoll_ctl(1, HERMIT_EPOLL_CTL_ADD, 0, p));
	IS(BADF, sys_epoll_ctl(77, HERMIT_EPOLL_CTL_DEL, 0, p));
	IS(INVAL, sys_epoll_wait(77, p, 0, 0));
	IS(FAULT, sys_timerfd_settime(77, 0, p, NULL));
	IS(BADF, sys_timerfd_gettime(77, p));

	IS(0, sys_pipe2(fds, HERMIT_O_NONBLOCK));
	IS(FAULT, sys_write(fds[1], p, 16));
	IS(FAULT, sys_writev(fds[1], &part, 1));
	IS(FAULT, sys_writev(fds[1], p, 1));
	IS(INVAL, sys_writev(fds[1], p, (size_t)-1));
	IS(-HERMIT_EAGAIN, sys_read(fds[0], p ? p : &eight, 0) ? 0 : sys_read(fds[0], &eight, 8));
	IS(8, sys_write(fds[1], &eight, 8));
	IS(FAULT, sys_read(fds[0], p, 16));
	IS(FAULT, sys_readv(fds[0], &part, 1));
	IS(-HERMIT_ESPIPE, sys_pread(fds[0], p, 16, 0));
	IS(-HERMIT_ESPIPE, sys_pwrite(fds[1], p, 16, 0));
	IS(-HERMIT_ESPIPE, sys_preadv(fds[0], p, 1, 0));
	IS(-HERMIT_ESPIPE, sys_pwritev(fds[1], p, 1, 0));
	IS(INVAL, sys_pread(fds[0], p, 16, -1));
	IS(FAULT, sys_ioctl(fds[0], HERMIT_FIONREAD, p));
	IS(8, sys_read(fds[0], &eight, 8));
	IS(INVAL, sys_dup3(fds[0], fds[0], 0));
	IS(INVAL, sys_dup3(fds[0], 99, ~0));
	IS(99, sys_dup3(fds[0], 99, HERMIT_O_CLOEXEC));
	IS(0, sys_close(99));
	IS(0, (other = sys_eventfd(1, HERMIT_EFD_NONBLOCK)) < 0);
	IS(FAULT, sys_read(other, p, 8));
	IS(FAULT, sys_write(other, p, 8));
	IS(8, sys_read(other, &eight, 8));
	IS(0, (timer = sys_timerfd_create(HERMIT_CLOCK_MONOTONIC, 0)) < 0);
	IS(FAULT, sys_timerfd_gettime(timer, p));
	IS(FAULT, sys_timerfd_settime(timer, 0, p, p));
	IS(0, (set = sys_epoll_create(0)) < 0);
	IS(0, sys_epoll_ctl(set, HERMIT_EPOLL_CTL_ADD, fds[1], &event));
	event.events = HERMIT_EPOLLOUT;
	IS(0, sys_epoll_ctl(set, HERMIT_EPOLL_CTL_MOD, fds[1], &event));
	IS(FAULT, sys_epoll_wait(set, p, 1, 0));
	IS(FAULT, sys_epoll_pwait(set, p, 1, &none, NULL));
	IS(1, sys_epoll_wait(set, &event, 1, 0));
	IS(0, sys_socketpair(HERMIT_AF_UNIX, HERMIT_SOCK_DGRAM, 0, pair));
	IS(FAULT, sys_send(pair[0], p, 16, 0));
	IS(1, sys_send(pair[0], &eight, 1, 0));
	IS(FAULT, sys_recv(pair[1], p, 16, 0));
	IS(1, sys_recv(pair[1], &eight, 8, 0));
	IS(INVAL, sys_shutdown(pair[0], 99));
	for (int i = 0; i < 7; i++)
		IS(0, sys_close((const int[]){ fds[0], fds[1], other, timer, set, pair[0], pair[1] }[i]));
}

static void network(void *p)
{
	struct hermit_sockaddr_un address = { 0, HERMIT_AF_UNIX, "\0hostile" };
	struct hermit_sockaddr *name = (struct hermit_sockaddr *)&address;
	hermit_socklen_t length = sizeof address;
	char byte = 'x';
	struct hermit_iovec part = { p, 16 }, whole = { &byte, 1 };
	struct hermit_msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	struct { struct hermit_cmsghdr header; int fd; } control = {
		{ sizeof control.header + 4, HERMIT_SOL_SOCKET, HERMIT_SCM_RIGHTS }, 1 };
	const int kind = HERMIT_SOCK_DGRAM | HERMIT_SOCK_NONBLOCK;
	int pair[2], listener, other;

	IS(NOTSOCK, sys_bind(1, p, 16));
	IS(NOTSOCK, sys_listen(1, 1));
	IS(NOTSOCK, sys_accept(1, p, p));
	IS(NOTSOCK, sys_accept4(1, p, p, 0));
	IS(NOTSOCK, sys_connect(1, p, 16));
	IS(NOTSOCK, sys_getsockname(1, p, p));
	IS(NOTSOCK, sys_getpeername(1, p, p));
	IS(NOTSOCK, sys_setsockopt(1, HERMIT_SOL_SOCKET, HERMIT_SO_KEEPALIVE, p, 4));
	IS(NOTSOCK, sys_getsockopt(1, HERMIT_SOL_SOCKET, HERMIT_SO_KEEPALIVE, p, p));
	IS(NOTSOCK, sys_send(1, p, 16, 0));
	IS(NOTSOCK, sys_sendto(1, p, 16, 0, p, 16));
	IS(NOTSOCK, sys_sendmsg(1, p, 0));
	IS(NOTSOCK, sys_recv(1, p, 16, 0));
	IS(NOTSOCK, sys_recvfrom(1, p, 16, 0, p, p));
	IS(NOTSOCK, sys_recvmsg(1, p, 0));

	IS(0, sys_socketpair(HERMIT_AF_UNIX, kind, 0, pair));
	IS(FAULT, sys_bind(pair[0], p, 16));
	IS(INVAL, sys_bind(pair[0], p, (hermit_socklen_t)-1));
	IS(FAULT, sys_connect(pair[0], p, 16));
	IS(FAULT, sys_getsockname(pair[0], name, p));
	IS(FAULT, sys_getsockname(pair[0], p, &length));
	IS(FAULT, sys_getpeername(pair[0], p, p));
	IS(FAULT, sys_setsockopt(pair[0], HERMIT_SOL_SOCKET, HERMIT_SO_KEEPALIVE, p, 4));
	IS(FAULT, sys_getsockopt(pair[0], HERMIT_SOL_SOCKET, HERMIT_SO_TYPE, p, &length));
	IS(FAULT, sys_getsockopt(pair[0], HERMIT_SOL_SOCKET, HERMIT_SO_TYPE, &byte, p));
	IS(FAULT, sys_sendto(pair[0], p, 16, 0, NULL, 0));
	IS(p ? FAULT : 1, sys_sendto(pair[0], &byte, 1, 0, p, 16));
	if (p)
		IS(1, sys_send(pair[0], &byte, 1, 0));
	IS(-HERMIT_EOPNOTSUPP, sys_send(pair[0], &byte, 1, ~0));
	IS(-HERMIT_EOPNOTSUPP, sys_recv(pair[1], &byte, 1, ~0));
	IS(FAULT, sys_recvfrom(pair[1], p, 16, 0, NULL, NULL));
	IS(FAULT, sys_recvfrom(pair[1], &byte, 1, HERMIT_MSG_PEEK, name, p));
	IS(1, sys_recvfrom(pair[1], &byte, 1, 0, NULL, p));
	IS(FAULT, sys_sendmsg(pair[0], p, 0));
	IS(FAULT, sys_recvmsg(pair[1], p, 0));
	IS(FAULT, sys_sendmsg(pair[0], &message, 0));
	message.msg_iovlen = (size_t)-1;
	IS(-HERMIT_EMSGSIZE, sys_sendmsg(pair[0], &message, 0));
	IS(-HERMIT_EMSGSIZE, sys_recvmsg(pair[1], &message, 0));
	message.msg_iov = p;
	message.msg_iovlen = 1;
	IS(FAULT, sys_sendmsg(pair[0], &message, 0));
	message.msg_iov = &whole;
	message.msg_control = p;
	message.msg_controllen = 64;
	IS(FAULT, sys_sendmsg(pair[0], &message, 0));
	message.msg_controllen = (size_t)-1;
	IS(-HERMIT_ENOBUFS, sys_sendmsg(pair[0], &message, 0));
	message.msg_control = &control;
	message.msg_controllen = sizeof control;
	IS(1, sys_sendmsg(pair[0], &message, 0));
	/* Descriptors that can't be told are closed. */
	message.msg_control = p;
	message.msg_controllen = 64;
	IS(1, sys_recvmsg(pair[1], &message, 0));
	IS(HERMIT_MSG_CTRUNC, message.msg_flags);

	listener = sys_socket(HERMIT_AF_UNIX, HERMIT_SOCK_STREAM | HERMIT_SOCK_NONBLOCK, 0);
	other = sys_socket(HERMIT_AF_UNIX, HERMIT_SOCK_STREAM | HERMIT_SOCK_NONBLOCK, 0);
	IS(0, sys_bind(listener, name, 10));
	IS(0, sys_listen(listener, 1));
	IS(0, sys_connect(other, name, 10));
	IS(FAULT, sys_accept4(listener, name, p, 0));
	IS(-HERMIT_EAGAIN, sys_accept(listener, p, p));
	IS(INVAL, sys_accept4(listener, p, p, ~0));
	for (int i = 0; i < 4; i++)
		IS(0, sys_close((const int[]){ pair[0], pair[1], listener, other }[i]));
	names(p);
}

/* Sockets of AF_VSOCK, which reach this machine itself. */
static void virtualSockets(void *p)
{
	struct hermit_sockaddr_vm address = {
		sizeof address, HERMIT_AF_VSOCK, 0, 9, HERMIT_VMADDR_CID_LOCAL, "" };
	struct hermit_sockaddr *name = (struct hermit_sockaddr *)&address;
	hermit_socklen_t length = sizeof address;
	char byte = 'x';
	const int kind = HERMIT_SOCK_STREAM | HERMIT_SOCK_NONBLOCK;
	int listener = sys_socket(HERMIT_AF_VSOCK, kind, 0), fd = sys_socket(HERMIT_AF_VSOCK, kind, 0);
	int other;

	IS(FAULT, sys_bind(listener, p, 16));
	IS(INVAL, sys_bind(listener, p, (hermit_socklen_t)-1));
	IS(FAULT, sys_connect(fd, p, 16));
	IS(0, sys_bind(listener, name, length));
	IS(0, sys_listen(listener, ~0));
	IS(-HERMIT_EINPROGRESS, sys_connect(fd, name, length));
	IS(-HERMIT_EISCONN, sys_connect(fd, name, length));
	other = sys_accept4(listener, NULL, p, 0);
	IS(1, other >= 0);
	IS(-HERMIT_EAGAIN, sys_accept(listener, p, p));
	IS(FAULT, sys_getsockname(fd, name, p));
	IS(FAULT, sys_getpeername(fd, p, &length));
	IS(FAULT, sys_setsockopt(fd, HERMIT_AF_VSOCK, HERMIT_SO_VM_SOCKETS_BUFFER_SIZE, p, 8));
	IS(INVAL, sys_setsockopt(fd, HERMIT_AF_VSOCK, HERMIT_SO_VM_SOCKETS_BUFFER_SIZE, &byte, 1));
	IS(FAULT, sys_getsockopt(fd, HERMIT_AF_VSOCK, HERMIT_SO_VM_SOCKETS_BUFFER_SIZE, &byte, p));
	IS(FAULT, sys_ioctl(fd, HERMIT_IOCTL_VM_SOCKETS_GET_LOCAL_CID, p));
	IS(FAULT, sys_send(fd, p, 16, 0));
	IS(FAULT, sys_write(fd, p, 1 << 20));
	IS(1, sys_send(fd, &byte, 1, 0));
	IS(FAULT, sys_recv(other, p, 16, 0));
	IS(FAULT, sys_recvfrom(other, p, 16, HERMIT_MSG_PEEK, p, p));
	IS(1, sys_recv(other, &byte, 1, 0));
	IS(-HERMIT_EISCONN, sys_sendto(fd, &byte, 1, 0, name, sizeof address));
	IS(INVAL, sys_shutdown(fd, 99));
	for (int i = 0; i < 3; i++)
		IS(0, sys_close((const int[]){ listener, fd, other }[i]));
}

int main(void);

static void memory(void *p)
{
	if (p) {
		SETS(HERMIT_EINVAL, sys_free(p, 16, 16));
		SETS(HERMIT_EINVAL, sys_dealloc(p, 16, 16));
		NULL_AND(HERMIT_EINVAL, sys_realloc(p, 16, 16, 32));
		SETS(HERMIT_EINVAL, sys_usable_size(p));
	}
	/* Alignment is looked at first; one of the addresses is where mappings are, and free. */
	int isAligned = ((size_t)p & 4095) == 0, isFree = p == (void *)0x300000000000;
	long unmapped = isAligned ? -HERMIT_ENOMEM : INVAL;
	void *there;
	uint8_t pages[1];
	IS(FAULT, sys_mmap(4096, HERMIT_PROT_READ, p));
	IS(FAULT, sys_mmap_at(NULL, 4096, HERMIT_PROT_READ, 0, p));
	IS(INVAL, sys_mmap(0, HERMIT_PROT_READ, p));
	IS(INVAL, sys_mmap(4096, 8, p));
	IS(-HERMIT_ENOTSUP, sys_mmap(4096, HERMIT_PROT_WRITE | HERMIT_PROT_EXEC, p));
	if (!isFree)
		IS(unmapped, sys_mmap_at(p, 4096, HERMIT_PROT_READ, HERMIT_MAP_FIXED, &there));
	IS(isFree ? 0 : INVAL, sys_munmap(p, 4096));
	IS(INVAL, sys_munmap(p, 0));
	IS(INVAL, sys_munmap(p, (size_t)-1));
	IS(unmapped, sys_mprotect(p, 4096, HERMIT_PROT_READ));
	IS(unmapped, sys_mprotect(p, (size_t)-1, HERMIT_PROT_READ));
	IS(INVAL, sys_mprotect(p, 4096, ~0u));
	IS(unmapped, sys_madvise(p, 4096, HERMIT_MADV_DONTNEED));
	IS(unmapped, sys_madvise(p, 4096, HERMIT_MADV_WILLNEED));
	IS(INVAL, sys_madvise(p, 4096, 99));
	IS(unmapped, sys_msync(p, 4096, HERMIT_MS_SYNC));
	IS(INVAL, sys_msync(p, 4096, HERMIT_MS_SYNC | HERMIT_MS_ASYNC));
	IS(unmapped, sys_mincore(p, 4096, pages));
	IS(FAULT, sys_mincore((void *)((size_t)main & ~(size_t)4095), 4096, p));
	IS(-HERMIT_ENOMEM, sys_mlock(p, 4096));
	IS(-HERMIT_ENOMEM, sys_mlock(p, (size_t)-1));
	IS(-HERMIT_ENOMEM, sys_munlock(p, 4096));
}

static void time_and_chance(void *p)
{
	static const struct hermit_timespec none;
	IS(FAULT, sys_clock_gettime(HERMIT_CLOCK_REALTIME, p));
	IS(FAULT, sys_clock_gettime(HERMIT_CLOCK_MONOTONIC, p));
	IS(INVAL, sys_clock_gettime(-1, p));
	IS(p ? FAULT : 0, sys_clock_getres(HERMIT_CLOCK_MONOTONIC, p));
	IS(FAULT, sys_clock_settime(HERMIT_CLOCK_REALTIME, p));
	IS(FAULT, sys_nanosleep(p, p));
	IS(0, sys_nanosleep(&none, p));
	IS(FAULT, sys_clock_nanosleep(HERMIT_CLOCK_MONOTONIC, 0, p, p));
	IS(FAULT, sys_clock_nanosleep(HERMIT_CLOCK_REALTIME, HERMIT_TIMER_ABSTIME, p, p));
	IS(FAULT, sys_gettimeofday(p, 0));
	IS(INVAL, sys_gettimeofday(p, 1));
	IS(p ? FAULT : 0, sys_setitimer(HERMIT_ITIMER_REAL, p, p));
	IS(INVAL, sys_setitimer(-1, p, p));
	IS(-HERMIT_ENOTSUP, sys_setitimer(HERMIT_ITIMER_VIRTUAL, p, p));
	IS(FAULT, sys_read_entropy(p, 16, 0));
	IS(INVAL, sys_read_entropy(p, 16, ~0u));
	IS(INVAL, sys_read_entropy(p, (size_t)-1, 0));
	IS(FAULT, sys_secure_rand32(p));
	IS(FAULT, sys_secure_rand64(p));
}

static void nothing(size_t argument)
{
	(void)argument;
}

/* A function that is not there is the program's own fault when it runs: only NULL can be told. */
static void tasks(void *p)
{
	/* Alignment is looked at before memory is. */
	long word = (size_t)p & 3 ? INVAL : FAULT;
	/* To wake somebody memory is not looked at: nobody waits at an address of the program's. */
	int isOurs = (size_t)p >= 4096 && (size_t)p < (size_t)1 << 47;
	/* No object at all, or one where no memory is. */
	long object = p ? FAULT : INVAL;
	hermit_sem_t *semaphore = p;
	hermit_tid_t none = -5;
	IS(FAULT, sys_get_stack(p, p));
	IS(FAULT, sys_spawn(p, NULL, 0, HERMIT_PRIO_NORMAL, -1));
	IS(FAULT, sys_spawn2(NULL, 0, HERMIT_PRIO_NORMAL, 0, -1));
	IS(FAULT, sys_clone(p, NULL, 0));
	IS(INVAL, sys_spawn2(nothing, 0, HERMIT_PRIO_MAX + 1, 0, -1));
	IS(INVAL, sys_spawn2(nothing, 0, 255, 0, -1));
	IS(INVAL, sys_spawn2(nothing, 0, HERMIT_PRIO_NORMAL, 0, 100000));
	IS(INVAL, sys_spawn2(nothing, 0, HERMIT_PRIO_NORMAL, 0, -2));
	IS(INVAL, sys_spawn2(nothing, 0, HERMIT_PRIO_NORMAL, (size_t)1 << 40, -1));
	IS(INVAL, sys_spawn2(nothing, 0, HERMIT_PRIO_NORMAL, (size_t)-1, -1));
	IS(p ? FAULT : HERMIT_PRIO_NORMAL, sys_getprio(p));
	IS(p ? FAULT : 0, sys_setprio(p, HERMIT_PRIO_NORMAL));
	IS(p ? FAULT : 1, sys_get_turns(p));
	IS(p ? FAULT : 0, sys_set_turns(p, 1));
	IS(FAULT, sys_get_task_time(p, NULL));
	IS(FAULT, sys_get_task_time(NULL, p));
	IS(-HERMIT_ESRCH, sys_get_task_time(&none, p));
	IS(FAULT, sys_get_affinity(p, NULL));
	IS(FAULT, sys_get_affinity(NULL, p));
	IS(-HERMIT_ESRCH, sys_get_affinity(&none, p));
	IS(p ? FAULT : 0, sys_set_affinity(p, ~(uint64_t)0));
	IS(p ? FAULT : INVAL, sys_set_affinity(p, 0));
	IS(p ? FAULT : INVAL, sys_set_affinity(p, (uint64_t)1 << 63));
	IS(-HERMIT_ESRCH, sys_set_affinity(&none, 1));
	IS(0, sys_signal((void (*)(int))p));
	IS(0, sys_signal_registers((void (*)(int, struct hermit_fault *))p));
	IS(0, sys_signal(NULL));
	IS(0, sys_fault_handler((void (*)(struct hermit_fault *))p));
	IS(0, sys_fault_handler(NULL));
	IS(p ? INVAL : 0, sys_fault_stack(p, (size_t)-1));
	IS(0, sys_fault_stack(p, 4096));
	IS(0, sys_fault_stack(NULL, 0));
	IS(0, sys_power_request() == 1);
	IS(-HERMIT_ENOTTY, sys_terminal_events());
	IS(p ? FAULT : 0, sys_signal_mask(0, p));
	IS(word, sys_futex_wait(p, 0, NULL, 0));
	IS((size_t)p & 3 ? INVAL : isOurs ? 0 : FAULT, sys_futex_wake(p, 1));
	IS(object, sys_sem_destroy(semaphore));
	IS(object, sys_sem_post(semaphore));
	IS(object, sys_sem_trywait(semaphore));
	IS(object, sys_sem_timedwait(semaphore, p));
	IS(object, sys_sem_init(semaphore, 0, 1));
	IS(object, sys_recmutex_init(p));
	IS(INVAL, sys_recmutex_lock(p));
	IS(INVAL, sys_recmutex_unlock(p));
	IS(INVAL, sys_recmutex_destroy(p));
	IS(object, sys_spinlock_init(p));
	IS(INVAL, sys_spinlock_lock(p));
	IS(INVAL, sys_spinlock_unlock(p));
	IS(INVAL, sys_spinlock_destroy(p));
	IS(object, sys_spinlock_irqsave_init(p));
	IS(INVAL, sys_spinlock_irqsave_lock(p));
	IS(INVAL, sys_spinlock_irqsave_unlock(p));
	IS(INVAL, sys_spinlock_irqsave_destroy(p));
	IS(object, sys_init_queue((size_t)p));
	IS(object, sys_add_queue((size_t)p, 0));
	IS(object, sys_wait((size_t)p));
	IS(object, sys_notify((size_t)p, 1));
	IS(object, sys_destroy_queue((size_t)p));
}

static volatile int taken;

static void take(int signal_number)
{
	taken += signal_number;
}

/* Functions without a pointer, with the number n in every place. */
static void numbers(long n)
{
	void *p = (void *)n;
	int i = (int)n;
	int isOpen = i >= 0 && i <= 2;
	int isEvent = n != -1 && !((int16_t)n & ~(HERMIT_EFD_SEMAPHORE | HERMIT_EFD_NONBLOCK | HERMIT_EFD_CLOEXEC));
	int new = sys_dup(i);
	void *new_place = NULL;
	if (isOpen)
		IS(0, sys_close(new));
	else
		IS(BADF, sys_dup(i));
	IS(isOpen ? i : BADF, sys_dup2(i, i));
	IS(INVAL, sys_dup3(i, i, i));
	/* 0 is a request for a duplicate, and a set without flags. */
	if (i) {
		IS(isOpen ? 0 : BADF, sys_fcntl(i, i, i));
		IS(INVAL, sys_epoll_create(i));
	}
	IS(isOpen ? -HERMIT_ESPIPE : BADF, sys_pread(i, p, (size_t)1, 0));
	IS(INVAL, sys_timerfd_create(i, i));
	IS(isOpen ? INVAL : BADF, sys_ftruncate(i, (size_t)n));
	IS(isOpen ? INVAL : BADF, sys_fchmod(i, (hermit_mode_t)i));
	IS(isOpen ? -HERMIT_ENOTDIR : BADF, sys_fchdir(i));
	IS(isOpen ? INVAL : BADF, sys_fsync(i));
	IS(isOpen ? INVAL : BADF, sys_fdatasync(i));
	IS(isOpen ? -HERMIT_ESPIPE : BADF, sys_fallocate(i, 0, 0, 1));
	IS(-HERMIT_EOPNOTSUPP, sys_fallocate(i, 1, 0, 1));
	IS(isOpen ? INVAL : BADF, sys_fchown(i, (uint32_t)i, (uint32_t)i));
	IS(isOpen ? 0 : BADF, sys_syncfs(i));
	IS(0, sys_sync());
	IS(isOpen ? INVAL : BADF, sys_flock(i, HERMIT_LOCK_SH | HERMIT_LOCK_NB));
	IS(isOpen ? (i ? BADF : INVAL) : BADF, sys_sendfile(2, i, NULL, 1));
	IS(isOpen ? INVAL : BADF, sys_copy_file_range(i, NULL, i, NULL, 1, 0));
	IS(isOpen ? -HERMIT_ENODEV : BADF,
	   sys_mmap_file(i, 0, 4096, HERMIT_PROT_READ, HERMIT_MAP_PRIVATE, &new_place));
	IS(isOpen ? 0 : BADF, sys_isatty(i));
	if (isOpen)
		IS(-HERMIT_ESPIPE, sys_lseek(i, n, HERMIT_SEEK_SET));
	else
		IS(BADF, sys_lseek(i, n, i));
	IS(INVAL, sys_lseek(1, 0, 99));
	if (!isOpen)
		IS(BADF, sys_close(i));
	if (isEvent)
		IS(0, sys_close(sys_eventfd((uint64_t)n, (int16_t)n)));
	else
		IS(INVAL, sys_eventfd((uint64_t)n, (int16_t)n));
	SETS(0, sys_umask((uint32_t)n));
	IS(i & ~0xf & ~(HERMIT_SOCK_NONBLOCK | HERMIT_SOCK_CLOEXEC) ? INVAL
	   : i == HERMIT_AF_INET || i == HERMIT_AF_INET6 ? -HERMIT_EPROTONOSUPPORT
	   : i == HERMIT_AF_VSOCK			 ? -HERMIT_ESOCKTNOSUPPORT
							 : -HERMIT_EAFNOSUPPORT,
	   sys_socket(i, i, i));
	IS(isOpen ? NOTSOCK : BADF, sys_listen(i, i));
	IS(isOpen ? -HERMIT_ENOTSOCK : BADF, sys_shutdown(i, i));
	IS(isOpen ? -HERMIT_ENOTSOCK : BADF, sys_shutdown_socket(i, i));
	if (!sys_gai_strerror(i) || !*sys_gai_strerror(i))
		IS(1, 0);
	IS(i == 1 ? -HERMIT_EDEADLK : -HERMIT_ESRCH, sys_join(i));
	sys_signal(take);
	IS(i < 0 || i > 63 ? INVAL : i == 1 ? 0 : -HERMIT_ESRCH, sys_kill(i, i));
	IS(0, taken - (i == 1));
	taken = 0;
	sys_signal(NULL);
	/* The caller stops at its next yield, unless it was woken before. */
	SETS(0, sys_block_current_task());
	SETS(0, sys_wakeup_task(1));
	SETS(0, sys_block_current_task_with_timeout((uint64_t)n));
	SETS(0, sys_wakeup_task(1));
	SETS(0, sys_yield());
	SETS(0, sys_wakeup_task(i));
	SETS(HERMIT_ESRCH, sys_set_priority(i == 1 ? 2 : i, HERMIT_PRIO_NORMAL));
	SETS((uint8_t)n > HERMIT_PRIO_MAX ? HERMIT_EINVAL : 0, sys_set_current_task_priority((uint8_t)n));
	IS(i == 1 || i == 3 ? 0 : INVAL, sys_mlockall(i));
	IS(0, sys_munlockall(i));
	SETS(0, sys_srand((uint32_t)n));
	SETS(0, sys_rand());
}

/* The log, and what the machine has. */
static void machine(void *p)
{
	uint64_t free = 0;

	IS(FAULT, sys_log(HERMIT_LOG_TRACE, p, 16));
	IS(0, sys_log(HERMIT_LOG_TRACE, p, 0));
	IS(INVAL, sys_log(-1, p, 16));
	IS(INVAL, sys_log(256, p, 16));
	IS(INVAL, sys_log(HERMIT_LOG_TRACE + 1, p, 0));
	IS(INVAL, sys_log(HERMIT_LOG_TRACE, p, (size_t)-1));
	IS(FAULT, sys_get_memory(p, &free));
	IS(FAULT, sys_get_memory(&free, p));
}

/* Sizes and alignments that no heap has. */
static void sizes(void)
{
	void *p = NULL;
	static const size_t bad[] = { 0, 3, 24, (size_t)-1 };
	static const size_t large[] = { (size_t)1 << 40, (size_t)-1, (size_t)-1 >> 1, ((size_t)-1 >> 1) + 1 };
	for (int i = 0; i < 4; i++) {
		NULL_AND(HERMIT_EINVAL, sys_alloc(16, bad[i]));
		NULL_AND(HERMIT_EINVAL, sys_malloc(16, bad[i]));
		NULL_AND(HERMIT_EINVAL, sys_alloc_zeroed(16, bad[i]));
		NULL_AND(HERMIT_EINVAL, sys_realloc(NULL, 0, bad[i], 16));
		NULL_AND(HERMIT_ENOMEM, sys_alloc(large[i], 16));
		NULL_AND(HERMIT_ENOMEM, sys_malloc(large[i], 16));
		NULL_AND(HERMIT_ENOMEM, sys_alloc_zeroed(large[i], 16));
		NULL_AND(HERMIT_ENOMEM, sys_realloc(NULL, 0, 16, large[i]));
	}
	volatile size_t alignment = (size_t)1 << 40;
	NULL_AND(HERMIT_ENOMEM, sys_alloc(16, alignment));
}

/* What cannot fail, in the middle of all. */
static void constants(void)
{
	void *p = NULL;
	IS(1, sys_getpid());
	IS(4096, sys_getpagesize());
	IS(1, sys_get_processor_count());
	IS(1, sys_available_parallelism());
	IS(0, sys_get_core());
	IS(HERMIT_PRIO_NORMAL, sys_get_priority());
	IS(0, sys_image_start_addr() & 4095);
	if (sys_get_processor_frequency() == 0)
		IS(1, 0);
	SETS(0, sys_yield());
	SETS(0, sys_usleep(1));
	SETS(0, sys_msleep(0));
	IS(0, sys_get_errno());
}

int main(void)
{
	static const char constant[] = "constant";
	static void *const nowhere[] = {
		NULL,
		(void *)1,                   /* the null page */
		(void *)0xfff,
		(void *)0x300000000000,      /* not mapped */
		(void *)0x7ffffffff000,      /* the lower half's end */
		(void *)0x800000000000,      /* not canonical */
		(void *)0xdeadbeefdeadbeef,
		(void *)0xffff800000000000,  /* the kernel's half */
		(void *)0xffffc00000000000,
		(void *)0xfffffffffffffff8,  /* wraps around */
		(void *)-1L,
	};
	for (size_t i = 0; i < sizeof nowhere / sizeof nowhere[0]; i++) {
		files(nowhere[i]);
		paths(nowhere[i]);
		descriptors(nowhere[i]);
		network(nowhere[i]);
		virtualSockets(nowhere[i]);
		memory(nowhere[i]);
		time_and_chance(nowhere[i]);
		tasks(nowhere[i]);
		machine(nowhere[i]);
		constants();
	}
	/* What may be read but not written. */
	void *const readOnly[] = { (void *)constant, (void *)main };
	for (size_t i = 0; i < 2; i++) {
		void *p = readOnly[i];
		IS(FAULT, sys_read(0, p, 4));
		IS(FAULT, sys_clock_gettime(HERMIT_CLOCK_MONOTONIC, p));
		IS(FAULT, sys_gettimeofday(p, 0));
		IS(FAULT, sys_read_entropy(p, 4, 0));
		IS(FAULT, sys_secure_rand64(p));
	}
	static const long extremes[] = {
		-1, 3, 255, 0x7fffffff, -0x80000000L, 0x7fffffffffffffff, -0x7fffffffffffffff - 1, 1 << 20,
	};
	for (size_t i = 0; i < sizeof extremes / sizeof extremes[0]; i++)
		numbers(extremes[i]);
	numbers(1);
	sizes();

	/* The input that could not be stored is still there. */
	char word[8] = "";
	long count = 0, more;
	while (count < 5 && (more = sys_read(0, word + count, (size_t)(5 - count))) > 0)
		count += more;
	printf("%s %ld, %d failures\n", word, count, failures);
	return failures != 0;
}
