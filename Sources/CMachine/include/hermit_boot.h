/*
 * The hand-over from the loader to the kernel: Hermit's entry version 4,
 * as C structures. The loader fills one in; `_start` gets its address.
 * Addresses are physical, and the memory is identity mapped at that moment.
 */
#ifndef HERMIT_BOOT_H
#define HERMIT_BOOT_H

#include <stdint.h>

#define HERMIT_ENTRY_VERSION 4

/* The tag of `platform`: the device tree describes everything else. */
#define HERMIT_PLATFORM_MULTIBOOT 0
#define HERMIT_PLATFORM_LINUX_BOOT_PARAMS 2
#define HERMIT_PLATFORM_DEVICE_TREE 3

struct hermit_tls_info {
	uint64_t start;  /* of the initialised part, in the loaded image */
	uint64_t filesz; /* bytes of it */
	uint64_t memsz;  /* bytes of a thread's copy */
	uint64_t align;
};

struct hermit_raw_boot_info {
	/* hardware */
	uint64_t phys_start, phys_end; /* the memory there is, lowest to highest */
	uint64_t serial_port;          /* I/O port of the console, 0: none */
	uint64_t device_tree;          /* flattened device tree */
	/* load */
	uint64_t image_start, image_end;
	struct hermit_tls_info tls; /* start 0: the image has none */
	/* platform: a tagged union */
	uint64_t platform;
	/*
	 * Our own loader's: the first byte of its memory, the byte behind the
	 * last, the time stamp counter at its entry; the first byte of an archive
	 * with files, and the byte behind its last, both 0: there is none. Then
	 * what a boot asks the tree for, in bytes from its first one: where the
	 * memory's `reg` starts and ends, and where the command line does; all 0:
	 * the tree is searched for them.
	 */
	uint64_t platform_data[9];
};

#endif
