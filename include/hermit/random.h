/*
 * Random numbers: secure ones, and repeatable ones.
 */
#ifndef HERMIT_RANDOM_H
#define HERMIT_RANDOM_H

#include "types.h"

/*
 * SECURE NUMBERS come from ChaCha20, which is seeded at first use and again
 * after a mebibyte of output or about a minute: by the processor's RDSEED or
 * RDRAND, together with how the time that some work takes varies. Where the
 * processor has neither, the latter alone must do; then it is tested first,
 * and if it varies too little, or in a pattern, there are no secure numbers:
 * the functions fail, and the kernel's log has a warning.
 */

/*
 * Flags of sys_read_entropy: HERMIT_GRND_NONBLOCK, fail with HERMIT_EAGAIN
 * where there is no source; HERMIT_GRND_RANDOM makes no difference.
 */
#define HERMIT_GRND_NONBLOCK 1
#define HERMIT_GRND_RANDOM   2

HERMIT_BEGIN_DECLARATIONS

/*
 * sys_read_entropy: fills a buffer with secure random bytes.
 *
 * length  bytes, at most HERMIT_SSIZE_MAX.
 * flags   HERMIT_GRND_*, or-ed.
 *
 * Returns length, or
 *
 *   -HERMIT_EINVAL  flags or length are not valid.
 *   -HERMIT_ENOSYS  the machine has no source of randomness that can be
 *                   trusted.
 *   -HERMIT_EAGAIN  the same, with HERMIT_GRND_NONBLOCK.
 */
hermit_ssize_t sys_read_entropy(uint8_t *buffer, size_t length, uint32_t flags);

/*
 * sys_secure_rand32, sys_secure_rand64: one secure random number.
 *
 * value  where it goes.
 *
 * Return 0, or
 *
 *   -HERMIT_ENOSYS  as above.
 */
int sys_secure_rand32(uint32_t *value);
int sys_secure_rand64(uint64_t *value);

/*
 * sys_rand: the next number, from 0 to 2^32 - 1, of a repeatable sequence.
 * NOT secure. sys_srand: starts the sequence that belongs to a seed.
 *
 * Every task has a sequence of its own, which starts as with seed 1. The
 * numbers are those of Marsaglia's 32-bit xorshift ("Xorshift RNGs", 2003)
 * with the shifts 13, 17, 5 from the state seed; seed 0, which that generator
 * cannot have, starts from 0x9e3779b9. They stay the same in every version.
 */
uint32_t sys_rand(void);
void sys_srand(uint32_t seed);

HERMIT_END_DECLARATIONS

#endif
