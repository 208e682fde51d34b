/*
 * What lets a block of the application's heap be given and taken back without
 * a lock and without a change of stack: lists of free blocks that a task has
 * for itself, behind its thread control block, and a view of the heap.
 */
#ifndef HERMIT_HEAP_H
#define HERMIT_HEAP_H

#include <stddef.h>
#include <stdint.h>

/* Size classes are numbered from 1; 0 is no class. */
#define HERMIT_SIZE_CLASSES 44

/* A block that is in a list. */
struct hermit_free_block {
	struct hermit_free_block *_Nullable next;
	uint64_t mark; /* the heap's: the block is in a list */
};

/* The free blocks of one size that a task has for itself. */
struct hermit_block_list {
	struct hermit_free_block *_Nullable first;
	uint32_t room;  /* so many more blocks may come */
	uint32_t limit; /* so many are kept at most; 0: none */
};

/*
 * What FS points at in every task: its own address, errno, and the lists, of
 * which the one of no class stays empty and full. What an image's local
 * storage needs lies in front of it.
 */
struct hermit_thread {
	uint64_t address;
	int32_t error_number;
	uint32_t reserved[13];
	struct hermit_block_list lists[1 + HERMIT_SIZE_CLASSES];
};

/*
 * The application's heap as the task's lists need it. A unit is 64 KiB. Of each
 * unit below `units` a byte says what it is: 0 no part of a slab, else the
 * class of the slab whose first unit it is, or 128 + N for the Nth unit behind
 * the first one.
 */
struct hermit_heap_view {
	uint64_t units;
	uint64_t mark; /* random */
};

/* A size class's bytes, and 2 to the power 32 divided by them, rounded up. */
struct hermit_block_size {
	uint32_t bytes, inverse;
};

/* heap.c */
extern struct hermit_heap_view machine_heap;
extern const struct hermit_block_size machine_block_sizes[1 + HERMIT_SIZE_CLASSES];

static inline __attribute__((always_inline)) struct hermit_heap_view *_Nonnull
machine_heap_view(void)
{
	return &machine_heap;
}

static inline __attribute__((always_inline)) struct hermit_block_size
machine_block_size(size_t size_class)
{
	return machine_block_sizes[size_class];
}

/* A task's list; size_class is at most HERMIT_SIZE_CLASSES. */
static inline __attribute__((always_inline)) struct hermit_block_list *_Nonnull
machine_block_list_of(struct hermit_thread *_Nonnull thread, size_t size_class)
{
	return &thread->lists[size_class];
}

/*
 * The running task's lists, addressed through FS: taken from a list, a block
 * or NULL; given to one, whether there was room.
 */
static inline __attribute__((always_inline)) struct hermit_free_block *_Nullable
machine_take_block(size_t size_class)
{
	struct hermit_thread __seg_fs *thread = (struct hermit_thread __seg_fs *)0;
	struct hermit_free_block *block = thread->lists[size_class].first;

	if (__builtin_expect(block != NULL, 1)) {
		thread->lists[size_class].first = block->next;
		thread->lists[size_class].room++;
		block->mark = 0;
	}
	return block;
}

static inline __attribute__((always_inline)) int
machine_give_block(struct hermit_free_block *_Nonnull block, size_t size_class)
{
	struct hermit_thread __seg_fs *thread = (struct hermit_thread __seg_fs *)0;

	if (__builtin_expect(!thread->lists[size_class].room || block->mark == machine_heap.mark, 0))
		return 0;
	thread->lists[size_class].room--;
	block->next = thread->lists[size_class].first;
	block->mark = machine_heap.mark;
	thread->lists[size_class].first = block;
	return 1;
}

/* The running task's list. */
static inline __attribute__((always_inline)) struct hermit_block_list *_Nonnull
machine_block_list(size_t size_class)
{
	struct hermit_thread *thread;

	__asm__("movq %%fs:0, %0" : "=r"(thread));
	return machine_block_list_of(thread, size_class);
}

#endif
