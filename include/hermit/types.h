/*
 * Types that several of the headers use, and what differs between the
 * dialects of C and C++.
 */
#ifndef HERMIT_TYPES_H
#define HERMIT_TYPES_H

#include <stddef.h>
#include <stdint.h>

/* Around every header's functions. */
#ifdef __cplusplus
#define HERMIT_BEGIN_DECLARATIONS extern "C" {
#define HERMIT_END_DECLARATIONS }
#else
#define HERMIT_BEGIN_DECLARATIONS
#define HERMIT_END_DECLARATIONS
#endif

/*
 * The function runs on the caller's stack, of which it uses less than two
 * kibibytes, and waits for nothing. What is not marked so runs on a stack of
 * the kernel's.
 */
#define HERMIT_LEAF

/* The function never returns. */
#if defined(__GNUC__)
#define HERMIT_NORETURN __attribute__((__noreturn__))
#elif defined(__cplusplus)
#define HERMIT_NORETURN [[noreturn]]
#elif defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L
#define HERMIT_NORETURN _Noreturn
#else
#define HERMIT_NORETURN
#endif

/*
 * The function returns memory: its argument SIZE is how many bytes, its
 * argument ALIGNMENT what the address is a multiple of. FRESH: memory that
 * no other pointer of the program points at.
 */
#if defined(__GNUC__)
#define HERMIT_ALLOCATES(SIZE, ALIGNMENT) \
	__attribute__((__alloc_size__(SIZE), __alloc_align__(ALIGNMENT), \
		       __warn_unused_result__))
#define HERMIT_FRESH __attribute__((__malloc__))
#else
#define HERMIT_ALLOCATES(SIZE, ALIGNMENT)
#define HERMIT_FRESH
#endif

/* What is true of every compilation of these headers. C99 cannot say it. */
#if defined(__cplusplus)
#define HERMIT_ASSERT(CONDITION, TEXT) static_assert(CONDITION, TEXT)
#elif defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L
#define HERMIT_ASSERT(CONDITION, TEXT) _Static_assert(CONDITION, TEXT)
#else
#define HERMIT_ASSERT(CONDITION, TEXT) struct hermit_assertion
#endif

/* Elements of an array that ends a structure, as many as there is room for. */
#ifdef __cplusplus
#define HERMIT_FLEXIBLE 1
#else
#define HERMIT_FLEXIBLE
#endif

HERMIT_ASSERT(sizeof(void *) == 8 && sizeof(size_t) == 8 && sizeof(int) == 4,
	      "Hermit runs on LP64 machines");

/* A number of bytes, or the negative of an error number. */
typedef intptr_t hermit_ssize_t;

/* The largest hermit_ssize_t; no length may be above it. */
#define HERMIT_SSIZE_MAX INTPTR_MAX

/* A task's number; above zero. */
typedef int32_t hermit_tid_t;

/* A file's permission and type bits, HERMIT_S_*. */
typedef uint32_t hermit_mode_t;

/* The length of an address of a socket, in bytes. */
typedef uint32_t hermit_socklen_t;

/*
 * Seconds and nanoseconds: a span of time, or a point in time on a clock.
 * tv_nsec is from 0 to 999,999,999. The kernel writes tv_zero as 0, so that
 * tv_nsec may be read as 64 bits; it does not read it.
 */
struct hermit_timespec {
	int64_t tv_sec;
	int32_t tv_nsec;
	int32_t tv_zero;
};
HERMIT_ASSERT(sizeof(struct hermit_timespec) == 16, "hermit_timespec");
HERMIT_ASSERT(offsetof(struct hermit_timespec, tv_nsec) == 8, "hermit_timespec");

/* Seconds and microseconds, tv_usec from 0 to 999,999; tv_zero as above. */
struct hermit_timeval {
	int64_t tv_sec;
	int32_t tv_usec;
	int32_t tv_zero;
};
HERMIT_ASSERT(sizeof(struct hermit_timeval) == 16, "hermit_timeval");
HERMIT_ASSERT(offsetof(struct hermit_timeval, tv_usec) == 8, "hermit_timeval");

#endif
