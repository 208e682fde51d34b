/*
 * What the loader needs from the machine, and what entry.S defines.
 */
#ifndef HERMIT_CLOADER_H
#define HERMIT_CLOADER_H

#include <stddef.h>
#include <stdint.h>

#include "../../../CMachine/include/hermit_boot.h"

/* How entry.S was entered. */
#define LOADER_PVH 1
#define LOADER_MULTIBOOT 2

static inline void loader_out8(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static inline void loader_out32(uint16_t port, uint32_t value)
{
	__asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static inline uint8_t loader_in8(uint16_t port)
{
	uint8_t value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port) : "memory");
	return value;
}

/*
 * The processors that QEMU has given the machine, by its fw_cfg device (QEMU's
 * docs/specs/fw_cfg.rst: a selector at port 0x510, data at 0x511; item 0 is "QEMU", item
 * 5 a number of 16 bits, little-endian); -1: there is no such device.
 */
static inline int loader_qemu_processors(void)
{
	uint32_t signature = 0;
	int i;

	__asm__ volatile("outw %w0, %w1" : : "a"(0), "d"(0x510) : "memory");
#pragma clang loop unroll(disable)
	for (i = 0; i < 4; i++)
		signature = signature << 8 | loader_in8(0x511);
	if (signature != 0x51454d55)
		return -1;
	__asm__ volatile("outw %w0, %w1" : : "a"(5), "d"(0x510) : "memory");
	i = loader_in8(0x511);
	return i | loader_in8(0x511) << 8;
}

/* The number of the local APIC of the processor that runs this. */
static inline uint32_t loader_processor_identity(void)
{
	uint32_t eax = 1, ebx, ecx = 0, edx;

	__asm__ volatile("cpuid" : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx));
	return ebx >> 24;
}

static inline uint64_t loader_tsc(void)
{
	uint32_t low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return (uint64_t)high << 32 | low;
}

/* A word of the processor's generator; 0 in *ok when it has none. */
static inline uint64_t loader_random(int *ok)
{
	uint32_t eax = 1, ebx, ecx = 0, edx;
	uint64_t value = 0;
	uint8_t carry = 0;
	int tries;

	__asm__ volatile("cpuid" : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx));
	if (ecx & 1u << 30)
		for (tries = 0; tries < 10 && !carry; tries++)
			__asm__ volatile("rdrand %0; setc %1" : "=r"(value), "=qm"(carry) : : "cc");
	*ok = carry;
	return value;
}

/*
 * The length of a text, limit where no zero byte ends it before. Not unrolled: it runs
 * once, and costs by its size.
 */
static inline uint64_t loader_text_length(const char *text, uint64_t limit)
{
	uint64_t length = 0;

#pragma clang loop unroll(disable) vectorize(disable)
	while (length < limit && text[length])
		length++;
	return length;
}

/* Bits of a physical address that entry.S mapped: the first 4 GiB. */
#define LOADER_MAPPED_END 0x100000000ull

/* The loader's own extent, and its buffer for the device tree. */
extern uint8_t loader_start[], loader_end[], loader_tree[], loader_boot_info[], loader_arena[];

static inline uint64_t loader_start_address(void) { return (uint64_t)loader_start; }
static inline uint64_t loader_end_address(void) { return (uint64_t)loader_end; }
static inline uint64_t loader_tree_address(void) { return (uint64_t)loader_tree; }
/* The time stamp counter when entry.S was entered. */
extern uint64_t loader_entry_time;

static inline uint64_t loader_entry_tsc(void) { return loader_entry_time; }
static inline struct hermit_raw_boot_info *loader_boot_info_storage(void)
{
	return (struct hermit_raw_boot_info *)loader_boot_info;
}

#define LOADER_TREE_SIZE 65536

/* Jumps to the image: entry(boot_info, 0) on the loader's stack. */
_Noreturn void loader_jump(uint64_t entry, const struct hermit_raw_boot_info *info);
_Noreturn void loader_stop(void);

#endif
