/*
 * Descriptors: pipes, events and timers, waiting for several of them, and what
 * holds for all of them.
 *
 * A descriptor stands for an open description, which its duplicates share:
 * position, HERMIT_O_NONBLOCK and HERMIT_O_APPEND are the description's,
 * HERMIT_FD_CLOEXEC is the descriptor's own. A new descriptor is the lowest
 * free number. A function that a task is in keeps what it uses, though another
 * closes the descriptor meanwhile.
 */
#ifndef HERMIT_DESCRIPTORS_H
#define HERMIT_DESCRIPTORS_H

#include "files.h"
#include "time.h"

/* Request of sys_fcntl: as HERMIT_F_DUPFD, with HERMIT_FD_CLOEXEC. */
#define HERMIT_F_DUPFD_CLOEXEC 1030

/* Request of sys_ioctl: an int for the bytes that a read finds. */
#define HERMIT_FIONREAD 0x541b

/* Bytes that a pipe takes as one, and holds at most. */
#define HERMIT_PIPE_BUF  4096
#define HERMIT_PIPE_SIZE 65536

/* What sys_epoll_ctl does with an interest. */
#define HERMIT_EPOLL_CTL_ADD 1
#define HERMIT_EPOLL_CTL_DEL 2
#define HERMIT_EPOLL_CTL_MOD 3

/* What is wanted and found: HERMIT_POLL*'s bits, and how it is told. */
#define HERMIT_EPOLLIN        0x00000001u
#define HERMIT_EPOLLPRI       0x00000002u
#define HERMIT_EPOLLOUT       0x00000004u
#define HERMIT_EPOLLERR       0x00000008u
#define HERMIT_EPOLLHUP       0x00000010u
#define HERMIT_EPOLLRDNORM    0x00000040u
#define HERMIT_EPOLLRDBAND    0x00000080u
#define HERMIT_EPOLLWRNORM    0x00000100u
#define HERMIT_EPOLLWRBAND    0x00000200u
#define HERMIT_EPOLLMSG       0x00000400u
#define HERMIT_EPOLLRDHUP     0x00002000u
#define HERMIT_EPOLLEXCLUSIVE 0x10000000u
#define HERMIT_EPOLLWAKEUP    0x20000000u
#define HERMIT_EPOLLONESHOT   0x40000000u
#define HERMIT_EPOLLET        0x80000000u

/* Flag of sys_epoll_create. */
#define HERMIT_EPOLL_CLOEXEC 02000000

/* Flags of sys_timerfd_create and of sys_timerfd_settime. */
#define HERMIT_TFD_NONBLOCK      04000
#define HERMIT_TFD_CLOEXEC       02000000
#define HERMIT_TFD_TIMER_ABSTIME 1

/* The most descriptors that sys_select looks at. */
#define HERMIT_FD_SETSIZE 1024

/* Resource of sys_getrlimit: one more than the highest descriptor. */
#define HERMIT_RLIMIT_NOFILE 7

/* An interest, and what was found of it. */
struct hermit_epoll_event {
	uint32_t events;
	uint32_t zero;
	uint64_t data;
};
HERMIT_ASSERT(sizeof(struct hermit_epoll_event) == 16, "hermit_epoll_event");
HERMIT_ASSERT(offsetof(struct hermit_epoll_event, data) == 8, "hermit_epoll_event");

/* A timer: when it expires next, 0 for never, and then how often, 0 for not again. */
struct hermit_itimerspec {
	struct hermit_timespec it_interval;
	struct hermit_timespec it_value;
};
HERMIT_ASSERT(sizeof(struct hermit_itimerspec) == 32, "hermit_itimerspec");

/* A limit, and the one above which it is not raised. */
struct hermit_rlimit {
	uint64_t rlim_cur;
	uint64_t rlim_max;
};
HERMIT_ASSERT(sizeof(struct hermit_rlimit) == 16, "hermit_rlimit");

HERMIT_BEGIN_DECLARATIONS

/*
 * sys_dup3: as sys_dup2, for another number.
 *
 * flags  HERMIT_O_CLOEXEC or 0.
 *
 * Returns the descriptor, or
 *
 *   -HERMIT_EBADF   fd is not open, or new_fd is out of range.
 *   -HERMIT_EINVAL  flags are not valid, or new_fd is fd.
 */
int sys_dup3(int fd, int new_fd, int flags);

/*
 * sys_pread, sys_pwrite: as sys_read and sys_write at a position of a file,
 * which they do not change. sys_preadv, sys_pwritev: the same with parts.
 *
 * Return the number of bytes, or what sys_read and its kin do, or
 *
 *   -HERMIT_EINVAL  offset is negative.
 *   -HERMIT_ESPIPE  fd has no position.
 */
hermit_ssize_t sys_pread(int fd, void *buffer, size_t length, int64_t offset);
hermit_ssize_t sys_pwrite(int fd, const void *buffer, size_t length, int64_t offset);
hermit_ssize_t sys_preadv(int fd, const struct hermit_iovec *parts, size_t count, int64_t offset);
hermit_ssize_t sys_pwritev(int fd, const struct hermit_iovec *parts, size_t count, int64_t offset);

/*
 * sys_pipe, sys_pipe2: make a pipe. What is written to fds[1] is read from
 * fds[0]; 0 is read when nothing is in it and its writing end is closed, and
 * -HERMIT_EPIPE is the result of writing when its reading end is. A write of
 * up to HERMIT_PIPE_BUF bytes is not mixed with others'. A blocking write
 * returns when all is written, or a signal or the end has come.
 *
 * fds    the caller's, two ints.
 * flags  HERMIT_O_NONBLOCK, HERMIT_O_CLOEXEC, or-ed, or 0.
 *
 * Return 0, or
 *
 *   -HERMIT_EINVAL  flags are not valid.
 *   -HERMIT_EMFILE  two descriptors are not free.
 *   -HERMIT_ENFILE, -HERMIT_ENOMEM  not enough memory.
 */
int sys_pipe(int *fds);
int sys_pipe2(int *fds, int flags);

/*
 * sys_ppoll: as sys_poll, with a time in nanoseconds and a set of signals.
 *
 * timeout  how long at most; NULL for ever.
 * mask     the signals that are blocked while it waits, a bit for each
 *          (sys_signal_mask); NULL: as they are.
 *
 * Returns how many have an revents that is not 0, or
 *
 *   -HERMIT_EINTR   a signal came.
 *   -HERMIT_EINVAL  count is too large, or timeout is not valid.
 *   -HERMIT_ENOMEM  not enough memory.
 */
int sys_ppoll(struct hermit_pollfd *fds, size_t count, const struct hermit_timespec *timeout,
	      const uint64_t *mask);

/*
 * sys_select, sys_pselect: as sys_poll, with sets of descriptors: bit n of a
 * set is descriptor n. Of each set those that are ready are left.
 *
 * count     descriptors from 0 on that are looked at, at most HERMIT_FD_SETSIZE.
 * readable, writable, exceptional
 *           the sets, in words of 64 bits, as many as count needs; NULL for none.
 * timeout   how long at most; NULL for ever.
 * mask      as for sys_ppoll.
 *
 * Return how many bits are set in all three, or
 *
 *   -HERMIT_EBADF   a descriptor in a set is not open.
 *   -HERMIT_EINTR   a signal came.
 *   -HERMIT_EINVAL  count or timeout is not valid.
 *   -HERMIT_ENOMEM  not enough memory.
 */
int sys_select(int count, uint64_t *readable, uint64_t *writable, uint64_t *exceptional,
	       const struct hermit_timeval *timeout);
int sys_pselect(int count, uint64_t *readable, uint64_t *writable, uint64_t *exceptional,
		const struct hermit_timespec *timeout, const uint64_t *mask);

/*
 * sys_epoll_create: makes a set of interests in descriptors. To wait for it
 * costs as much as there are ready ones among them. A set may be in another.
 *
 * flags  HERMIT_EPOLL_CLOEXEC or 0.
 *
 * Returns its descriptor, or
 *
 *   -HERMIT_EINVAL  flags are not valid.
 *   -HERMIT_EMFILE  no descriptor is free.
 *   -HERMIT_ENFILE, -HERMIT_ENOMEM  not enough memory.
 */
int sys_epoll_create(int flags);

/*
 * sys_epoll_ctl: changes a set. An interest ends when the last descriptor of
 * what it is in is closed.
 *
 * set      the set's descriptor.
 * request  HERMIT_EPOLL_CTL_*.
 * event    what is wanted of fd, and the data that sys_epoll_wait gives with
 *          it. HERMIT_EPOLLERR and HERMIT_EPOLLHUP are always wanted. With
 *          HERMIT_EPOLLET it is told once after each change, with
 *          HERMIT_EPOLLONESHOT once until it is modified; with
 *          HERMIT_EPOLLEXCLUSIVE of several sets one that a task waits for is
 *          told. Of no meaning for HERMIT_EPOLL_CTL_DEL.
 *
 * Returns 0, or
 *
 *   -HERMIT_EBADF   set or fd is not open.
 *   -HERMIT_EEXIST  it is in the set (add).
 *   -HERMIT_EINVAL  set is no set, or is fd; request or the event's bits are
 *                   not valid.
 *   -HERMIT_ELOOP   sets would be in one another in a circle, or more than 5
 *                   in a row.
 *   -HERMIT_ENOENT  it is not in the set (modify, delete).
 *   -HERMIT_ENOMEM  not enough memory.
 *   -HERMIT_EPERM   fd is always ready: a file.
 */
int sys_epoll_ctl(int set, int request, int fd, struct hermit_epoll_event *event);

/*
 * sys_epoll_wait: waits until something in a set is ready. Blocks.
 * sys_epoll_pwait: the same with a time in nanoseconds and a set of signals,
 * as sys_ppoll.
 *
 * events        the caller's, for count of them.
 * milliseconds  how long at most: 0 looks and does not wait, below 0 for ever.
 *
 * Return how many events were found, 0 when the time is over, or
 *
 *   -HERMIT_EBADF   set is not open.
 *   -HERMIT_EINTR   a signal came.
 *   -HERMIT_EINVAL  set is none; count is not above 0; timeout is not valid.
 */
int sys_epoll_wait(int set, struct hermit_epoll_event *events, int count, int milliseconds);
int sys_epoll_pwait(int set, struct hermit_epoll_event *events, int count,
		    const struct hermit_timespec *timeout, const uint64_t *mask);

/*
 * sys_timerfd_create: makes a descriptor that holds a timer. Reading eight
 * bytes gives how often it has expired since it was read or set, and waits
 * until it has.
 *
 * clock  HERMIT_CLOCK_REALTIME or HERMIT_CLOCK_MONOTONIC.
 * flags  HERMIT_TFD_NONBLOCK, HERMIT_TFD_CLOEXEC, or-ed, or 0.
 *
 * Returns the descriptor, or
 *
 *   -HERMIT_EINVAL  clock or flags are not valid.
 *   -HERMIT_EMFILE  no descriptor is free.
 *   -HERMIT_ENFILE, -HERMIT_ENOMEM  not enough memory.
 */
int sys_timerfd_create(int clock, int flags);

/*
 * sys_timerfd_settime: sets a timer. sys_timerfd_gettime: how long until it
 * expires, and its interval.
 *
 * flags  HERMIT_TFD_TIMER_ABSTIME: it_value is a time of the clock and not
 *        one from now on; of the time of day as it is set at this moment.
 * value  it_value of 0 stops the timer.
 * old    what it was until now; NULL if not wanted.
 *
 * Return 0, or
 *
 *   -HERMIT_EBADF   fd is not open.
 *   -HERMIT_EINVAL  fd is no timer, or flags or value are not valid.
 */
int sys_timerfd_settime(int fd, int flags, const struct hermit_itimerspec *value,
			struct hermit_itimerspec *old);
int sys_timerfd_gettime(int fd, struct hermit_itimerspec *value);

/*
 * sys_getrlimit, sys_setrlimit: how many descriptors there may be. Those above
 * a lower limit stay.
 *
 * resource  HERMIT_RLIMIT_NOFILE.
 *
 * Return 0, or
 *
 *   -HERMIT_EINVAL  there is no such resource, or rlim_cur is above rlim_max.
 *   -HERMIT_EPERM   rlim_max would rise.
 */
int sys_getrlimit(int resource, struct hermit_rlimit *limit);
int sys_setrlimit(int resource, const struct hermit_rlimit *limit);

HERMIT_END_DECLARATIONS

#endif
