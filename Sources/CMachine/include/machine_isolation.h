/*
 * The ways between application and kernel where protection keys keep them
 * apart (docs/isolation.md). Without, nothing of this runs, and the ways are
 * those of the other files.
 */
#ifndef HERMIT_MACHINE_ISOLATION_H
#define HERMIT_MACHINE_ISOLATION_H

/*
 * The register of rights as the application has it: two bits for each key,
 * which forbid all accesses, and writing (Intel SDM 3A, 2.7). The keys are
 * KernelMachine/ProtectionKey's: all of 0, reading of 3. 0 opens everything.
 */
#define HERMIT_APPLICATION_RIGHTS 0xffffffbc

/*
 * As code of the kernel's has it that is kept from the rest of the kernel: all
 * of key 2, reading of 0 and 3.
 */
#define HERMIT_CONFINED_RIGHTS 0xffffff8e

#ifndef __ASSEMBLER__

#include <stdint.h>

#include "machine_cores.h"

/*
 * An instruction whose first five bytes become a jump to another way. The
 * assembler makes a table of them, as distances from the table's own words.
 */
struct hermit_isolation_site {
	int32_t site, way;
};
extern const struct hermit_isolation_site __start_hermit_isolation_sites[]
	__attribute__((weak, visibility("hidden")));
extern const struct hermit_isolation_site __stop_hermit_isolation_sites[]
	__attribute__((weak, visibility("hidden")));

/* isolation.c: has all sites jump, and says from then on that isolation is on. */
void machine_isolate_entries(void);
int32_t machine_isolation_is_on(void);

/*
 * The linker's (HermitTool/KernelSections): where in the image the kernel's data
 * is that the application reads, where that begins which is the kernel's alone,
 * and where it ends. One and the same where the image was linked without.
 */
extern const uint8_t __hermit_published_start[] __attribute__((weak, visibility("hidden")));
extern const uint8_t __hermit_data_start[] __attribute__((weak, visibility("hidden")));
extern const uint8_t __hermit_data_end[] __attribute__((weak, visibility("hidden")));

HERMIT_INLINE uint64_t machine_published_start(void)
{
	return (uint64_t)__hermit_published_start;
}

HERMIT_INLINE uint64_t machine_data_start(void)
{
	return (uint64_t)__hermit_data_start;
}

HERMIT_INLINE uint64_t machine_data_end(void)
{
	return (uint64_t)__hermit_data_end;
}

/* Whether an address is of the kernel's data in the image. */
HERMIT_INLINE int machine_is_kernels_data(uint64_t address)
{
	uint64_t start = machine_published_start();

	return address - start < machine_data_end() - start;
}

/* Everything may be accessed: the kernel's rights. The processor has protection keys. */
HERMIT_INLINE void machine_open_rights(void)
{
	__asm__ volatile("wrpkru" : : "a"(0), "c"(0), "d"(0) : "memory");
}

/*
 * isolation.S: calls `function` with the domain of devices for all its memory, on
 * a stack there, and with interrupts off. Whether it has returned; *result is what, or
 * else the address that it has touched last where it may not.
 *
 * Without isolation it is a call. The core has a stack for it, or isolation is off.
 */
int32_t machine_call_confined(uint64_t first, uint64_t second,
			      uint64_t (*_Nonnull function)(uint64_t, uint64_t),
			      uint64_t *_Nonnull result);

/*
 * isolation.S: the instruction that ends a task whose register of rights is not
 * what it has just been set to.
 */
void machine_rights_forged(void);

HERMIT_INLINE uint64_t machine_rights_forged_entry(void)
{
	return (uint64_t)machine_rights_forged;
}

#endif
#endif
