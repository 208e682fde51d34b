/*
 * Tables of the heap's size classes (KernelMemory/SizeClass), and the view of
 * the application's heap.
 */
#include "machine_cores.h"
#include "hermit_heap.h"

#if !__STDC_HOSTED__
/* 2^64 divided by the size, rounded up. */
#define SIZE(bytes) UINT64_MAX / (bytes) + 1
#define DOUBLING(bytes) \
	SIZE((bytes) * 5 / 4), SIZE((bytes) * 6 / 4), SIZE((bytes) * 7 / 4), SIZE((bytes) * 2)

const uint64_t machine_inverse_sizes[1 + HERMIT_SIZE_CLASSES] = {
	0,
	SIZE(16), SIZE(32), SIZE(48), SIZE(64), SIZE(80), SIZE(96), SIZE(112), SIZE(128),
	DOUBLING(128), DOUBLING(256), DOUBLING(512), DOUBLING(1024), DOUBLING(2048),
	DOUBLING(4096), DOUBLING(8192), DOUBLING(16384), DOUBLING(32768),
};

struct hermit_heap_view machine_heap HERMIT_PUBLISHED;

_Static_assert(sizeof(struct hermit_thread) == 784, "ThreadBlock.controlSize");
_Static_assert(offsetof(struct hermit_thread, error_number) == 8, "ThreadBlock.errnoOffset");
_Static_assert(offsetof(struct hermit_thread, lists[0].first) == HERMIT_LIST_FIRST &&
	       offsetof(struct hermit_thread, lists[0].room) == HERMIT_LIST_ROOM, "lists");
_Static_assert(sizeof(struct hermit_block_list) == 16, "BlockCache.take");
#endif
typedef int machine_heap_is_for_the_bare_target;
