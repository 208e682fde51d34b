/*
 * What each core keeps of itself, the mappings that all cores forget together,
 * and the way a core starts.
 */
#ifndef HERMIT_MACHINE_CORES_H
#define HERMIT_MACHINE_CORES_H

#include <stddef.h>
#include <stdint.h>

#define HERMIT_INLINE static inline __attribute__((always_inline))

/* Bytes of each of a core's stacks for exceptions and interrupts. */
#define HERMIT_CORE_STACK_SIZE 8192
/* Interrupts do what is due by time, to which belongs the network's work. */
#define HERMIT_INTERRUPT_STACK_SIZE 16384

/*
 * The stacks that a core's exceptions run on, and its interrupts (Intel SDM 3A,
 * 7.14.5: IST). An overflow of any other stack still has somewhere to be
 * reported.
 */
struct hermit_core_stacks {
	uint8_t exceptions[HERMIT_CORE_STACK_SIZE];
	uint8_t faults[HERMIT_CORE_STACK_SIZE];  /* double faults and machine checks */
	uint8_t report[HERMIT_CORE_STACK_SIZE];  /* exceptions while a fault is reported */
	uint8_t interrupts[HERMIT_INTERRUPT_STACK_SIZE];
} __attribute__((aligned(16)));

/* Bytes of each of a core's landings, of which there are three. */
#define HERMIT_LANDING_SIZE 128

/*
 * Data of the kernel's that the application reads, or the processor with the
 * application's rights (docs/isolation.md). All other data of the kernel's is
 * its own: packaging puts it into sections beside these (HermitTool/KernelSections).
 */
#define HERMIT_PUBLISHED __attribute__((section(".hermit.published")))

/* How far the start of a core is (hermit_per_core.start). */
enum hermit_core_start {
	HERMIT_CORE_STARTING,
	HERMIT_CORE_ARRIVED,   /* it waits to be let in */
	HERMIT_CORE_ABANDONED, /* nobody waits for it any more: it must stop */
	HERMIT_CORE_ADMITTED
};

/* How often what has happened on a core; the core alone writes it. */
struct hermit_core_counts {
	uint64_t timer;  /* interrupts of its timer */
	uint64_t calls;  /* interrupts by which other cores told it to look again */
	uint64_t asked;  /* shoot-downs that it asked others for */
	uint64_t served; /* times that it forgot mappings because others asked */
};

/*
 * What a core keeps of itself; GS points at it. The gate in front of every
 * sys_* function reads kernel_stack at HERMIT_PERCORE_KERNEL_STACK. Other cores
 * write `is_contended` and `start` alone.
 */
struct hermit_per_core {
	uint64_t address;      /* its own */
	uint64_t kernel_stack; /* where the gate's kernel stack starts */
	uint64_t identifier;   /* 0, 1, ... in the order in which they started */
	uint64_t task;         /* the running task's TaskEntry (KernelScheduling) */
	uint64_t is_contended; /* not 0: a yield has something to do */
	uint64_t is_resting;   /* not 0: it halts, and forgets all mappings when it wakes */
	uint64_t forgotten;    /* the last machine_shootdown.number it has done */
	uint64_t controller;   /* the number of its local interrupt controller */
	uint64_t arrival;      /* the time stamp counter when it had started */
	uint64_t interrupted;  /* where machine_signal_interrupted goes on */
	uint32_t start;
	uint32_t held_locks; /* a bit for each KernelLock, where the kernel checks their order */
	struct hermit_core_stacks *_Nonnull stacks;
	struct hermit_core_counts counts;
	/*
	 * With isolation (isolation.S), for exceptions, double faults and machine
	 * checks, and interrupts: where the entries' stacks start, and where the
	 * processor leaves what was interrupted, the ends of thirds of `landing`.
	 */
	uint64_t entry_stacks[3];
	uint64_t landings[3];
	uint8_t *_Nonnull landing;
	uint64_t gdt[5];
	uint64_t task_state[13];
	/*
	 * Where the stack of confined code ends (machine_call_confined), 0 as long as
	 * there is none, and the kernel's stack pointer meanwhile.
	 */
	uint64_t confined_stack;
	uint64_t confined_caller;
};

#define HERMIT_PERCORE_KERNEL_STACK 8
#define HERMIT_PERCORE_IS_RESTING   40
#define HERMIT_PERCORE_INTERRUPTED  72
#define HERMIT_PERCORE_ENTRY_STACKS 128
#define HERMIT_PERCORE_LANDINGS     152
#define HERMIT_PERCORE_TASK_STATE   224
#define HERMIT_PERCORE_CONFINED     328

/* cores.c: the first core's, there from the start */
extern struct hermit_per_core machine_boot_core;

HERMIT_INLINE struct hermit_per_core *_Nonnull machine_first_core(void)
{
	return &machine_boot_core;
}

/*
 * The record of the core that asks, which must not take interrupts: it may be
 * another one afterwards.
 */
HERMIT_INLINE struct hermit_per_core *_Nonnull machine_this_core(void)
{
	struct hermit_per_core *core;

	__asm__ volatile("movq %%gs:0, %0" : "=r"(core));
	return core;
}

/* Words of it that may be asked for with interrupts on, each in one instruction. */
HERMIT_INLINE uint64_t machine_current_task(void)
{
	uint64_t value;

	__asm__ volatile("movq %%gs:%c1, %0"
			 : "=r"(value) : "i"(offsetof(struct hermit_per_core, task)));
	return value;
}

HERMIT_INLINE uint64_t machine_is_contended(void)
{
	uint64_t value;

	__asm__ volatile("movq %%gs:%c1, %0"
			 : "=r"(value) : "i"(offsetof(struct hermit_per_core, is_contended)));
	return value;
}

HERMIT_INLINE uint64_t machine_core_identifier(void)
{
	uint64_t value;

	__asm__ volatile("movq %%gs:%c1, %0"
			 : "=r"(value) : "i"(offsetof(struct hermit_per_core, identifier)));
	return value;
}

/* The task that this core runs from now on; interrupts are off. */
HERMIT_INLINE void machine_set_task(uint64_t task, uint64_t kernel_stack)
{
	__asm__ volatile("movq %0, %%gs:%c2; movq %1, %%gs:%c3"
			 : : "r"(task), "r"(kernel_stack),
			     "i"(offsetof(struct hermit_per_core, task)),
			     "i"(offsetof(struct hermit_per_core, kernel_stack)) : "memory");
}

HERMIT_INLINE void machine_set_contended(struct hermit_per_core *_Nonnull core, uint64_t value)
{
	__atomic_store_n(&core->is_contended, value, __ATOMIC_RELAXED);
}

/* One instruction each: the core that counts is the one that was interrupted. */
HERMIT_INLINE void machine_count_timer(void)
{
	__asm__ volatile("incq %%gs:%c0"
			 : : "i"(offsetof(struct hermit_per_core, counts.timer)) : "cc", "memory");
}

HERMIT_INLINE void machine_count_call(void)
{
	__asm__ volatile("incq %%gs:%c0"
			 : : "i"(offsetof(struct hermit_per_core, counts.calls)) : "cc", "memory");
}

/* What a core, this one or another, has counted until now. */
HERMIT_INLINE struct hermit_core_counts machine_counts(const struct hermit_per_core *_Nonnull core)
{
	return (struct hermit_core_counts){
		.timer = __atomic_load_n(&core->counts.timer, __ATOMIC_RELAXED),
		.calls = __atomic_load_n(&core->counts.calls, __ATOMIC_RELAXED),
		.asked = __atomic_load_n(&core->counts.asked, __ATOMIC_RELAXED),
		.served = __atomic_load_n(&core->counts.served, __ATOMIC_RELAXED),
	};
}

/* Where a core's stacks end; each is used from its end downwards. */
HERMIT_INLINE uint64_t machine_exception_stack(const struct hermit_per_core *_Nonnull core)
{
	return (uint64_t)core->stacks->exceptions + HERMIT_CORE_STACK_SIZE;
}

HERMIT_INLINE uint64_t machine_fault_stack(const struct hermit_per_core *_Nonnull core)
{
	return (uint64_t)core->stacks->faults + HERMIT_CORE_STACK_SIZE;
}

HERMIT_INLINE uint64_t machine_report_stack(const struct hermit_per_core *_Nonnull core)
{
	return (uint64_t)core->stacks->report + HERMIT_CORE_STACK_SIZE;
}

HERMIT_INLINE uint64_t machine_interrupt_stack(const struct hermit_per_core *_Nonnull core)
{
	return (uint64_t)core->stacks->interrupts + HERMIT_INTERRUPT_STACK_SIZE;
}

/* Where those for exceptions begin. */
HERMIT_INLINE uint64_t machine_exception_stacks_bottom(const struct hermit_per_core *_Nonnull core)
{
	return (uint64_t)core->stacks->exceptions;
}

HERMIT_INLINE uint64_t *_Nonnull machine_gdt(struct hermit_per_core *_Nonnull core)
{
	return core->gdt;
}

HERMIT_INLINE uint8_t *_Nonnull machine_task_state(struct hermit_per_core *_Nonnull core)
{
	return (uint8_t *)core->task_state;
}

/* Cores at most: bits of a word. */
#define HERMIT_MAXIMUM_CORES 64

/* cores.c: the cores that run, by their identifiers, and how many there are */
extern struct hermit_per_core *_Nonnull machine_cores[HERMIT_MAXIMUM_CORES];
extern uint64_t machine_core_count;

HERMIT_INLINE struct hermit_per_core *_Nonnull machine_core(size_t identifier)
{
	return machine_cores[identifier % HERMIT_MAXIMUM_CORES];
}

HERMIT_INLINE uint64_t machine_running_cores(void)
{
	return __atomic_load_n(&machine_core_count, __ATOMIC_ACQUIRE);
}

/* A core runs from now on; its identifier is the number of those before. */
void machine_add_core(struct hermit_per_core *_Nonnull core);

/*
 * Mappings that all cores have to forget before their memory is anybody
 * else's. The lock of the address space guards the words; `number` counts.
 */
struct machine_shootdown {
	uint64_t number;
	uint64_t address;
	uint64_t pages; /* 0: everything */
};
extern struct machine_shootdown machine_shootdown;

/* More pages than these are forgotten by forgetting all. */
#define HERMIT_PAGES_FORGOTTEN_SINGLY 32

/* This core forgets so many pages from `address` on; 0: all. */
HERMIT_INLINE void machine_forget(uint64_t address, uint64_t pages)
{
	if (pages - 1 < HERMIT_PAGES_FORGOTTEN_SINGLY) {
		for (; pages > 0; pages--, address += 4096)
			__asm__ volatile("invlpg (%0)" : : "r"(address) : "memory");
	} else {
		uint64_t root;

		__asm__ volatile("movq %%cr3, %0; movq %0, %%cr3" : "=r"(root) : : "memory");
	}
}

/*
 * Does what another core waits for, if one does. Whoever waits for something
 * with interrupts off must do this again and again, because the other core may
 * have that and wait for this one.
 */
HERMIT_INLINE void machine_serve_shootdown(void)
{
	struct hermit_per_core *core = machine_this_core();
	uint64_t number = __atomic_load_n(&machine_shootdown.number, __ATOMIC_ACQUIRE);

	if (__builtin_expect(core->forgotten == number, 1))
		return;
	machine_forget(machine_shootdown.address, machine_shootdown.pages);
	core->counts.served++;
	__atomic_store_n(&core->forgotten, number, __ATOMIC_RELEASE);
}

/*
 * Wakes the core from its rest, the first thing after an interrupt. Either it
 * sees here what was asked for meanwhile, or whoever asks sees that it rests no
 * more; so both words are written before the other's is read.
 */
HERMIT_INLINE void machine_end_rest(void)
{
	struct hermit_per_core *core = machine_this_core();
	uint64_t number;

	if (!core->is_resting)
		return;
	__atomic_exchange_n(&core->is_resting, 0, __ATOMIC_SEQ_CST);
	number = __atomic_load_n(&machine_shootdown.number, __ATOMIC_SEQ_CST);
	if (core->forgotten == number)
		return;
	machine_forget(0, 0);
	core->counts.served++;
	__atomic_store_n(&core->forgotten, number, __ATOMIC_RELEASE);
}

/* Asks the other cores to forget; interrupts are off. What to wait for. */
HERMIT_INLINE uint64_t machine_ask_shootdown(uint64_t address, uint64_t pages)
{
	struct hermit_per_core *core = machine_this_core();
	uint64_t number = machine_shootdown.number + 1;

	core->counts.asked++;
	machine_shootdown.address = address;
	machine_shootdown.pages = pages;
	core->forgotten = number;
	__atomic_exchange_n(&machine_shootdown.number, number, __ATOMIC_SEQ_CST);
	return number;
}

/* Whether a core has done that, or will before it does anything else. */
HERMIT_INLINE int machine_has_forgotten(const struct hermit_per_core *_Nonnull core, uint64_t number)
{
	return __atomic_load_n(&core->forgotten, __ATOMIC_ACQUIRE) == number ||
	       __atomic_load_n(&core->is_resting, __ATOMIC_SEQ_CST);
}

HERMIT_INLINE uint32_t machine_core_start(const struct hermit_per_core *_Nonnull core)
{
	return __atomic_load_n(&core->start, __ATOMIC_ACQUIRE);
}

/* Sets how far a core's start is; whether it was `expected` until then. */
HERMIT_INLINE int machine_change_core_start(struct hermit_per_core *_Nonnull core,
					    uint32_t expected, uint32_t value)
{
	return __atomic_compare_exchange_n(&core->start, &expected, value, 0, __ATOMIC_ACQ_REL,
					   __ATOMIC_ACQUIRE);
}

/*
 * trampoline.S: the first instructions of a core, which run at
 * HERMIT_TRAMPOLINE in real mode. Behind them are the words that they read.
 */
#define HERMIT_TRAMPOLINE 0x8000

struct machine_trampoline_words {
	uint64_t page_tables;
	uint64_t stack;
	uint64_t core;  /* its record */
	uint64_t entry; /* void (*)(struct hermit_per_core *), which does not return */
};
extern const uint8_t machine_trampoline[], machine_trampoline_end[];

/* Writes the code and its words to `page`, which is HERMIT_TRAMPOLINE's memory. */
void machine_write_trampoline(uint64_t page, struct machine_trampoline_words words);

/* The function that KernelTasks defines for it. */
void kernel_core_main(struct hermit_per_core *_Nonnull core);

HERMIT_INLINE uint64_t machine_core_entry(void)
{
	return (uint64_t)kernel_core_main;
}

/* The locks that this core holds; interrupts are off. */
HERMIT_INLINE uint32_t machine_held_locks(void)
{
	return machine_this_core()->held_locks;
}

HERMIT_INLINE void machine_set_held_locks(uint32_t locks)
{
	machine_this_core()->held_locks = locks;
}

/*
 * The function that KernelMain defines to end the machine where a core takes a
 * lock (a KernelLock) while it holds another inside of which that is not taken.
 */
_Noreturn void kernel_lock_order_broken(uint32_t lock, uint32_t held);

/* How a wait for a lock stands. */
enum hermit_lock_wait {
	HERMIT_LOCK_HELD, /* another core holds the lock */
	HERMIT_LOCK_TAKEN /* this core has just got it */
};

/*
 * The function that KernelMain defines to tell that this core has waited for a
 * second for a lock (a KernelLock), which core `holder` holds, or held, in the
 * task of that number. Whether it could be told; interrupts are off.
 */
int32_t kernel_lock_waited(uint32_t lock, uint32_t holder, int32_t task, uint32_t state);

/*
 * The function that KernelMain defines for the number of the task that a core
 * runs, or ran last if it is idle; 0: none. It may be another one already.
 */
int32_t kernel_task_number(const struct hermit_per_core *_Nonnull core);

/* start.S: the idle loop of the core that calls, on its idle stack. */
_Noreturn void machine_idle(void);

#endif
