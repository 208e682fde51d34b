/*
 * The clocks, read without a call: what <time.h>'s clock_gettime and Swift's
 * clocks are made of. A program calls those, or sys_clock_gettime.
 *
 * Whoever includes it gets reserved names only, and no other header.
 */
#ifndef HERMIT_CLOCK_H
#define HERMIT_CLOCK_H

#if defined(__GNUC__) && defined(__x86_64__)

/*
 * The line by which nanoseconds are made of the time stamp counter. The
 * kernel writes it, and everybody may read it: KernelSupport/Time/Timeline
 * says how. Programs are compiled with its layout: no version changes it.
 */
struct __hermit_clock_line {
	__UINT64_TYPE__ version;     /* odd while the line changes */
	__UINT64_TYPE__ ticks;       /* the counter where this part of the line begins */
	__UINT64_TYPE__ nanoseconds; /* HERMIT_CLOCK_MONOTONIC there */
	__UINT64_TYPE__ multiplier;  /* nanoseconds a tick, times 2^56 */
	__UINT64_TYPE__ horizon;     /* ticks after which the kernel has to look at the line */
	__INT64_TYPE__ real_time;    /* HERMIT_CLOCK_REALTIME less HERMIT_CLOCK_MONOTONIC */
};

__extension__ typedef unsigned __int128 __hermit_product;

/* A real_time that is not known yet. */
#define __HERMIT_NO_REAL_TIME (-__INT64_MAX__ - 1)

#ifdef __cplusplus
extern "C"
#else
extern
#endif
const volatile struct __hermit_clock_line __hermit_kernel_clock_line
	__attribute__((__visibility__("hidden")));

/*
 * What HERMIT_CLOCK_MONOTONIC shows, or, with is_real_time, HERMIT_CLOCK_REALTIME;
 * in nanoseconds.
 *
 * Returns 1; or 0 and has done nothing where it takes the kernel to read the
 * clock: it runs not yet, or its rate is to be measured again.
 */
static __inline__ __attribute__((__always_inline__)) int
__hermit_read_clock(int is_real_time, __UINT64_TYPE__ *time)
{
	const volatile struct __hermit_clock_line *line = &__hermit_kernel_clock_line;
	__UINT64_TYPE__ version, ticks, nanoseconds, multiplier, horizon;
	__UINT32_TYPE__ low, high;
	__INT64_TYPE__ elapsed, real_time;

	do {
		version = line->version;
		ticks = line->ticks;
		nanoseconds = line->nanoseconds;
		multiplier = line->multiplier;
		horizon = line->horizon;
		/* The counter is read between the two looks at the version. */
		__asm__ __volatile__("lfence; rdtsc; lfence"
				     : "=a"(low), "=d"(high) : : "memory");
	} while (line->version != (version & ~(__UINT64_TYPE__)1));

	elapsed = (__INT64_TYPE__)(((__UINT64_TYPE__)high << 32 | low) - ticks);
	/* Another core's counter may be a little behind. */
	if (elapsed < 0)
		elapsed = 0;
	if (__builtin_expect((__UINT64_TYPE__)elapsed >= horizon, 0))
		return 0;
	nanoseconds += (__UINT64_TYPE__)
		((__hermit_product)(__UINT64_TYPE__)elapsed * multiplier >> 56);
	if (is_real_time) {
		real_time = line->real_time;
		if (__builtin_expect(real_time == __HERMIT_NO_REAL_TIME, 0))
			return 0;
		nanoseconds += (__UINT64_TYPE__)real_time;
	}
	*time = nanoseconds;
	return 1;
}

#endif
#endif
