/*
 * Types of the system interface: names with a prefix, layouts of Hermit.
 */
#ifndef HERMIT_TYPES_H
#define HERMIT_TYPES_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define HERMIT_NORETURN [[noreturn]]
#else
#define HERMIT_NORETURN _Noreturn
#endif

/* A count of bytes or -errno. */
typedef int64_t hermit_ssize_t;

/* Seconds and nanoseconds, 0 to 999,999,999. */
struct hermit_timespec {
	int64_t tv_sec;
	int32_t tv_nsec;
	int32_t hermit_padding; /* written as zero */
};

/* Seconds and microseconds, 0 to 999,999. */
struct hermit_timeval {
	int64_t tv_sec;
	int32_t tv_usec;
	int32_t hermit_padding;
};

struct hermit_itimerval {
	struct hermit_timeval it_interval, it_value;
};

struct hermit_stat {
	uint64_t st_dev, st_ino, st_nlink;
	uint32_t st_mode, st_uid, st_gid;
	uint64_t st_rdev;
	int64_t st_size, st_blksize, st_blocks;
	struct hermit_timespec st_atim, st_mtim, st_ctim;
};

struct hermit_dirent64 {
	uint64_t d_ino;
	int64_t d_off;
	uint16_t d_reclen; /* bytes of this record; the next one follows */
	uint8_t d_type;
	char d_name[1]; /* as long as it is, ended by a zero */
};

struct hermit_iovec {
	void *iov_base;
	size_t iov_len;
};

struct hermit_pollfd {
	int32_t fd;
	int16_t events, revents;
};

/* BSD's: the length comes first. */
struct hermit_sockaddr {
	uint8_t sa_len, sa_family;
	char sa_data[14];
};

struct hermit_sockaddr_in {
	uint8_t sin_len, sin_family;
	uint16_t sin_port; /* network byte order */
	uint8_t sin_addr[4];
	uint8_t sin_zero[8];
};

struct hermit_sockaddr_in6 {
	uint8_t sin6_len, sin6_family;
	uint16_t sin6_port; /* network byte order */
	uint32_t sin6_flowinfo;
	uint8_t sin6_addr[16];
	uint32_t sin6_scope_id;
};

struct hermit_sockaddr_vm {
	uint8_t svm_len, svm_family;
	uint16_t svm_reserved1;
	uint32_t svm_port, svm_cid;
	uint8_t svm_zero[4];
};

struct hermit_addrinfo {
	int32_t ai_flags, ai_family, ai_socktype, ai_protocol;
	uint32_t ai_addrlen;
	char *ai_canonname;
	struct hermit_sockaddr *ai_addr;
	struct hermit_addrinfo *ai_next;
};

/* A semaphore, opaque. */
typedef struct hermit_sem {
	void *hermit_opaque;
} hermit_sem_t;

/* A task's number. */
typedef int32_t hermit_tid_t;

#if !defined(__cplusplus) && defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L
_Static_assert(sizeof(struct hermit_timespec) == 16, "timespec");
_Static_assert(sizeof(struct hermit_timeval) == 16, "timeval");
_Static_assert(sizeof(struct hermit_stat) == 120, "stat");
_Static_assert(offsetof(struct hermit_stat, st_rdev) == 40, "stat.st_rdev");
_Static_assert(offsetof(struct hermit_dirent64, d_name) == 19, "dirent64.d_name");
_Static_assert(sizeof(struct hermit_pollfd) == 8, "pollfd");
_Static_assert(sizeof(struct hermit_sockaddr_in) == 16, "sockaddr_in");
_Static_assert(sizeof(struct hermit_sockaddr_in6) == 28, "sockaddr_in6");
_Static_assert(sizeof(struct hermit_sockaddr_vm) == 16, "sockaddr_vm");
_Static_assert(sizeof(struct hermit_addrinfo) == 48, "addrinfo");
_Static_assert(sizeof(hermit_sem_t) == sizeof(void *), "sem_t");
#endif

#endif
