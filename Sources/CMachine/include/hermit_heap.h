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
	int32_t task; /* its number, for the program */
	uint32_t reserved[8];
	/* Where the program handles its faults (hermit/faults.h): of that task alone. */
	uint64_t fault_stack_top;
	uint32_t fault_stack_size;
	int32_t fault_stack_task;
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

/* heap.c */
extern struct hermit_heap_view machine_heap;
extern const uint64_t machine_inverse_sizes[1 + HERMIT_SIZE_CLASSES];

static inline __attribute__((always_inline)) struct hermit_heap_view *_Nonnull
machine_heap_view(void)
{
	return &machine_heap;
}

/*
 * Whether a block of a class starts so many bytes into its slab, at most
 * 2^19: with 2^64 divided by the size, rounded up, what is left of the product
 * is the remainder in parts of the size (D. Lemire, O. Kaser, N. Kurz, Faster
 * Remainder by Direct Computation, 2019). Class 0 has no blocks.
 */
static inline __attribute__((always_inline)) int
machine_starts_block(uint64_t offset, size_t size_class)
{
	uint64_t inverse = machine_inverse_sizes[size_class];

	return offset * inverse < inverse;
}

/* A task's list; size_class is at most HERMIT_SIZE_CLASSES. */
static inline __attribute__((always_inline)) struct hermit_block_list *_Nonnull
machine_block_list_of(struct hermit_thread *_Nonnull thread, size_t size_class)
{
	return &thread->lists[size_class];
}

/* A list's distance from that of no class. */
static inline __attribute__((always_inline)) size_t machine_list_offset(size_t size_class)
{
	return size_class * sizeof(struct hermit_block_list);
}

/* Where the first list's words are in a task's control block. */
#define HERMIT_LIST_FIRST 64
#define HERMIT_LIST_ROOM  72

/*
 * Marks the instructions of an assembly statement that change a list, of which
 * a table is made, as offsets from the table's own words: a handler of signals,
 * which may change the same list, must not run between them.
 */
#define HERMIT_LIST_CHANGE(instructions)                                             \
	".Lhermit_list_change%=:\n\t" instructions "\n"                               \
	"772:\n\t"                                                                    \
	".pushsection hermit_list_changes, \"ao\", @progbits, .Lhermit_list_change%=\n\t" \
	".long .Lhermit_list_change%= - ., 772b - .\n\t"                               \
	".popsection"

struct hermit_list_change {
	int32_t start, end;
};
extern const struct hermit_list_change __start_hermit_list_changes[]
	__attribute__((weak, visibility("hidden")));
extern const struct hermit_list_change __stop_hermit_list_changes[]
	__attribute__((weak, visibility("hidden")));

/* Whether the instruction at `address` is one of those, but the first. */
static inline int machine_is_in_list_change(uint64_t address)
{
	const struct hermit_list_change *change = __start_hermit_list_changes;

	for (; change < __stop_hermit_list_changes; change++) {
		if (address > (uint64_t)&change->start + (uint64_t)(int64_t)change->start &&
		    address < (uint64_t)&change->end + (uint64_t)(int64_t)change->end)
			return 1;
	}
	return 0;
}

/*
 * The running task's lists, addressed through FS: taken from a list, a block
 * or NULL; given to one, whether there was room. In the processor's own words,
 * as each is an instruction with the list's word as its operand.
 */
static inline __attribute__((always_inline)) struct hermit_free_block *_Nullable
machine_take_block(size_t list_offset)
{
	struct hermit_free_block *block, *next;
	int is_empty;

	/* Behind the increment the flags say as well that there was a block: there is room now. */
	__asm__ volatile(HERMIT_LIST_CHANGE("movq %%fs:%c4(%3), %0\n\t"
					    "testq %0, %0\n\t"
					    "jz 772f\n\t"
					    "movq (%0), %1\n\t"
					    "movq %1, %%fs:%c4(%3)\n\t"
					    "incl %%fs:%c5(%3)")
			 : "=&r"(block), "=&r"(next), "=@ccz"(is_empty)
			 : "r"(list_offset), "i"(HERMIT_LIST_FIRST), "i"(HERMIT_LIST_ROOM)
			 : "memory");
	if (__builtin_expect(is_empty, 0))
		return NULL;
	__builtin_assume(block != NULL);
	block->mark = 0;
	return block;
}

static inline __attribute__((always_inline)) int
machine_give_block(struct hermit_free_block *_Nonnull block, size_t list_offset)
{
	uint64_t mark = machine_heap.mark;
	struct hermit_free_block *next;

	if (__builtin_expect(block->mark == mark, 0))
		return 0;
	__asm__ goto volatile(HERMIT_LIST_CHANGE("subl $1, %%fs:%c5(%1)\n\t"
						 "jae 773f\n\t"
						 "incl %%fs:%c5(%1)\n\t"
						 "jmp %l6\n"
						 "773:\tmovq %3, 8(%2)\n\t"
						 "movq %%fs:%c4(%1), %0\n\t"
						 "movq %0, (%2)\n\t"
						 "movq %2, %%fs:%c4(%1)")
			      : "=&r"(next)
			      : "r"(list_offset), "r"(block), "r"(mark), "i"(HERMIT_LIST_FIRST),
				"i"(HERMIT_LIST_ROOM)
			      : "memory", "cc" : full);
	return 1;
full:
	return 0;
}

/* tasks.c: the base of FS is read and written by instructions of its own. */
extern uint64_t machine_writes_fs_base;

/*
 * The base of FS. The word there says the same, but the program may have written
 * to it: the kernel goes by the register.
 */
static inline __attribute__((always_inline)) uint64_t machine_thread_base(void)
{
	uint32_t low, high;
	uint64_t base;

	if (machine_writes_fs_base) {
		__asm__ volatile("rdfsbase %0" : "=r"(base));
		return base;
	}
	__asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(0xc0000100));
	return (uint64_t)high << 32 | low;
}

/* The running task's errno, and its number. */
static inline __attribute__((always_inline)) void machine_set_error(int32_t error)
{
	__asm__ volatile("movl %0, %%fs:%c1"
			 : : "r"(error), "i"(offsetof(struct hermit_thread, error_number)) : "memory");
}

static inline __attribute__((always_inline)) int32_t machine_task_number(void)
{
	int32_t number;

	__asm__("movl %%fs:%c1, %0" : "=r"(number) : "i"(offsetof(struct hermit_thread, task)));
	return number;
}

/* The running task's list. */
static inline __attribute__((always_inline)) struct hermit_block_list *_Nonnull
machine_block_list(size_t size_class)
{
	return machine_block_list_of((struct hermit_thread *)machine_thread_base(), size_class);
}

#endif
