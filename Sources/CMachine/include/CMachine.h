/*
 * What Swift cannot say about an x86-64 processor: one inline function per
 * instruction, and the declarations of what the assembly files define.
 * An ordinary host build sees the declarations and empty bodies' equivalents
 * only through modules that the tests never run.
 */
#ifndef HERMIT_CMACHINE_H
#define HERMIT_CMACHINE_H

#include <stddef.h>
#include <stdint.h>

#include "hermit_boot.h"
#include "hermit_heap.h"
#include "machine_isolation.h"
#include "machine_cores.h"
#include "hermit_trace.h"


HERMIT_INLINE void machine_out8(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

HERMIT_INLINE uint8_t machine_in8(uint16_t port)
{
	uint8_t value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port) : "memory");
	return value;
}

HERMIT_INLINE void machine_out16(uint16_t port, uint16_t value)
{
	__asm__ volatile("outw %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

HERMIT_INLINE void machine_out32(uint16_t port, uint32_t value)
{
	__asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

HERMIT_INLINE uint16_t machine_in16(uint16_t port)
{
	uint16_t value;

	__asm__ volatile("inw %1, %0" : "=a"(value) : "Nd"(port) : "memory");
	return value;
}

HERMIT_INLINE uint32_t machine_in32(uint16_t port)
{
	uint32_t value;

	__asm__ volatile("inl %1, %0" : "=a"(value) : "Nd"(port) : "memory");
	return value;
}

HERMIT_INLINE uint64_t machine_read_cr2(void)
{
	uint64_t value;

	__asm__ volatile("movq %%cr2, %0" : "=r"(value));
	return value;
}

HERMIT_INLINE uint64_t machine_read_cr3(void)
{
	uint64_t value;

	__asm__ volatile("movq %%cr3, %0" : "=r"(value));
	return value;
}

HERMIT_INLINE void machine_write_cr3(uint64_t value)
{
	__asm__ volatile("movq %0, %%cr3" : : "r"(value) : "memory");
}

HERMIT_INLINE uint64_t machine_read_cr0(void)
{
	uint64_t value;

	__asm__ volatile("movq %%cr0, %0" : "=r"(value));
	return value;
}

HERMIT_INLINE void machine_write_cr0(uint64_t value)
{
	__asm__ volatile("movq %0, %%cr0" : : "r"(value) : "memory");
}

HERMIT_INLINE uint64_t machine_read_cr4(void)
{
	uint64_t value;

	__asm__ volatile("movq %%cr4, %0" : "=r"(value));
	return value;
}

HERMIT_INLINE void machine_write_cr4(uint64_t value)
{
	__asm__ volatile("movq %0, %%cr4" : : "r"(value) : "memory");
}

HERMIT_INLINE void machine_write_xcr0(uint32_t value)
{
	__asm__ volatile("xsetbv" : : "c"(0), "a"(value), "d"(0) : "memory");
}

HERMIT_INLINE uint64_t machine_read_msr(uint32_t msr)
{
	uint32_t low, high;

	__asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
	return (uint64_t)high << 32 | low;
}

HERMIT_INLINE void machine_write_msr(uint32_t msr, uint64_t value)
{
	__asm__ volatile("wrmsr" : : "c"(msr), "a"((uint32_t)value),
			 "d"((uint32_t)(value >> 32)) : "memory");
}

struct machine_cpuid {
	uint32_t eax, ebx, ecx, edx;
};

HERMIT_INLINE struct machine_cpuid machine_cpuid(uint32_t leaf, uint32_t subleaf)
{
	struct machine_cpuid r;

	__asm__ volatile("cpuid"
			 : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx)
			 : "a"(leaf), "c"(subleaf));
	return r;
}

/* What a leaf that is not there says. */
HERMIT_INLINE struct machine_cpuid machine_cpuid_none(void)
{
	struct machine_cpuid r = { 0, 0, 0, 0 };

	return r;
}

HERMIT_INLINE uint64_t machine_read_tsc(void)
{
	uint32_t low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return (uint64_t)high << 32 | low;
}

/* After all loads before, before all loads behind (Intel SDM 2B, RDTSC). */
HERMIT_INLINE uint64_t machine_read_tsc_in_order(void)
{
	uint32_t low, high;

	__asm__ volatile("lfence; rdtsc; lfence" : "=a"(low), "=d"(high) : : "memory");
	return (uint64_t)high << 32 | low;
}

/* Ticks that a walk through a kibibyte takes; always the same instructions. */
HERMIT_INLINE uint64_t machine_time_work(void)
{
	volatile uint64_t memory[128];
	uint64_t start = machine_read_tsc_in_order();

	for (int i = 0; i < 128; i++)
		memory[i] = start;
	for (int i = 0; i < 128; i++)
		memory[i * 41 % 128] += memory[i];
	return machine_read_tsc_in_order() - start;
}

/* One try of RDRAND; 1 when *value was set. The processor must have it. */
HERMIT_INLINE int machine_random(uint64_t *value)
{
	uint8_t ok;

	__asm__ volatile("rdrand %0; setc %1" : "=r"(*value), "=qm"(ok) : : "cc");
	return ok;
}

/* The same of RDSEED. */
HERMIT_INLINE int machine_random_seed(uint64_t *value)
{
	uint8_t ok;

	__asm__ volatile("rdseed %0; setc %1" : "=r"(*value), "=qm"(ok) : : "cc");
	return ok;
}

/* The frame pointer of the function that asks. */
HERMIT_INLINE uint64_t machine_frame_pointer(void)
{
	uint64_t value;

	__asm__ volatile("movq %%rbp, %0" : "=r"(value));
	return value;
}

/* The value, of which the compiler knows nothing any more. */
HERMIT_INLINE uint64_t machine_opaque(uint64_t value)
{
	__asm__ volatile("" : "+r"(value) : : "memory");
	return value;
}

/* Nothing that the compiler knows of. */
HERMIT_INLINE void machine_barrier(void)
{
	__asm__ volatile("" : : : "memory");
}

HERMIT_INLINE void machine_pause(void)
{
	__asm__ volatile("pause");
}

HERMIT_INLINE void machine_halt(void)
{
	__asm__ volatile("hlt");
}

/* Interrupts off on this core; what to give machine_restore_interrupts. */
HERMIT_INLINE uint64_t machine_disable_interrupts(void)
{
	uint64_t flags;

	__asm__ volatile("pushfq; popq %0; cli" : "=r"(flags) : : "memory");
	return flags;
}

/*
 * POPFQ, as STI keeps interrupts off for one instruction more: an emulator
 * goes one by one there, for longer than the rest of a short call takes.
 */
HERMIT_INLINE void machine_restore_interrupts(uint64_t flags)
{
	if (flags & 1 << 9)
		__asm__ volatile("pushq %0; popfq" : : "r"(flags) : "memory", "cc");
}

HERMIT_INLINE void machine_enable_interrupts(void)
{
	__asm__ volatile("sti" : : : "memory");
}

/* The running task's thread control block: the word at FS's base. */
HERMIT_INLINE uint64_t machine_thread_pointer(void)
{
	uint64_t value;

	__asm__("movq %%fs:0, %0" : "=r"(value));
	return value;
}

/* Memory of a device, 8, 16 or 32 bits at once. */
HERMIT_INLINE uint8_t machine_load8(uint64_t address)
{
	return *(volatile uint8_t *)address;
}

HERMIT_INLINE void machine_store8(uint64_t address, uint8_t value)
{
	*(volatile uint8_t *)address = value;
}

HERMIT_INLINE uint16_t machine_load16(uint64_t address)
{
	return *(volatile uint16_t *)address;
}

HERMIT_INLINE void machine_store16(uint64_t address, uint16_t value)
{
	*(volatile uint16_t *)address = value;
}

HERMIT_INLINE uint32_t machine_load32(uint64_t address)
{
	return *(volatile uint32_t *)address;
}

HERMIT_INLINE void machine_store32(uint64_t address, uint32_t value)
{
	*(volatile uint32_t *)address = value;
}

HERMIT_INLINE void machine_raise_breakpoint(void)
{
	__asm__ volatile("int3");
}

struct __attribute__((packed)) machine_table_register {
	uint16_t limit;
	uint64_t base;
};

HERMIT_INLINE void machine_load_idt(uint64_t base, uint16_t limit)
{
	struct machine_table_register r = { limit, base };

	__asm__ volatile("lidt %0" : : "m"(r));
}

/* Zeroes `count` bytes, more than 0; both multiples of 16. */
HERMIT_INLINE void machine_zero(void *address, size_t count)
{
	/* An emulated processor takes 20 ns for each step of a string instruction. */
	__asm__ volatile("1:	movq %2, (%0)\n\t"
			 "movq %2, 8(%0)\n\t"
			 "addq $16, %0\n\t"
			 "subq $16, %1\n\t"
			 "ja 1b"
			 : "+r"(address), "+r"(count) : "r"(0ull) : "memory", "cc");
}

/* Zeroes what nobody reads again, which a compiler would leave out. */
HERMIT_INLINE void machine_erase(void *address, size_t count)
{
	__builtin_memset(address, 0, count);
	__asm__ volatile("" : : "r"(address) : "memory");
}

/*
 * Zeroes whole pages, by single stores: an emulated processor takes a
 * third of the string instruction's time for them, and a fault outweighs them
 * on any other.
 */
HERMIT_INLINE void machine_zero_pages(void *address, size_t count)
{
	/* From the middle of 256 bytes on, so that all offsets are one byte long. */
	char *middle = (char *)address + 128, *end = middle + count;

	do {
		__asm__ volatile(".set .Lmachine_zero_offset, -128\n\t"
				 ".rept 32\n\t"
				 "movq %1, .Lmachine_zero_offset(%0)\n\t"
				 ".set .Lmachine_zero_offset, .Lmachine_zero_offset + 8\n\t"
				 ".endr"
				 : : "r"(middle), "r"((uint64_t)0) : "memory");
		middle += 256;
	} while (middle != end);
}

/*
 * Page-table entries for neighbouring pages: `count` of them from `*slot` on,
 * the first one `entry`, each `size` more than the one before. Unrolled, as
 * the direct map of a large machine is the longest loop of a boot.
 */
HERMIT_INLINE void machine_fill_table(uint64_t *slot, size_t count, uint64_t entry, uint64_t size)
{
#pragma clang loop unroll_count(8)
	for (size_t i = 0; i < count; i++, entry += size)
		slot[i] = entry;
}

/* Registers as exceptions.S leaves them on the stack. */
struct machine_exception_frame {
	uint64_t r15, r14, r13, r12, r11, r10, r9, r8;
	uint64_t rbp, rdi, rsi, rdx, rcx, rbx, rax;
	uint64_t vector, error;
	uint64_t rip, cs, rflags, rsp, ss;
};

/* start.S */
void machine_load_segments(uint64_t *gdt, uint64_t limit);
_Noreturn void machine_run_on_stack(uint64_t top, void (*function)(void));
_Noreturn void machine_enter_application(int64_t argc, void *argv, void *envp, uint64_t stack_top);
_Noreturn void machine_stop(void);

/* power.S */
uint32_t machine_take_events(uint64_t address);

/* wishes.S: what is called where an image looks for a device; see there. */
void machine_want_entropy_device(void);
void machine_want_console_device(void);
void machine_want_network_card(void);

/*
 * leaf_gates.S: each calls the function kernel_* on the running task's kernel
 * stack, as the gate does; for a leaf function that has to do more than a leaf may.
 */
uint64_t machine_get_time(uint64_t clock, uint64_t time);
uint64_t machine_get_time_of_day(uint64_t time, uint64_t zone);
uint64_t machine_allocate(uint64_t size, uint64_t alignment);
uint64_t machine_allocate_zeroed(uint64_t size, uint64_t alignment);
uint64_t machine_deallocate(uint64_t address, uint64_t unused);
/* One turn of a task of the kernel's own. */
uint64_t machine_serve(uint64_t service, uint64_t unused);

/* Tasks of the kernel's own at most: folders, volumes, the machine's end. */
#define HERMIT_SERVICES 4

/* tasks.c: the number of a function for machine_serve; -1: there are too many. */
int64_t machine_add_service(uint64_t (*turn)(uint64_t, uint64_t));
uint64_t machine_service_turn(uint64_t service, uint64_t unused);

/* copy.S: the bytes that were not copied because memory was not there; 0: all were */
size_t machine_copy(void *to, const void *from, size_t count);
/* Chooses how the long ones are done on this processor. */
void machine_choose_copy(void);
/*
 * The same of 16 bytes from registers: 0, or what kernel_bad_address returns
 * where memory was not there. So a function of the ABI can end with it.
 */
int32_t machine_store_pair(void *to, uint64_t first, uint64_t second);
/* Where a copy goes on whose instruction at `address` met an exception; 0: it was no copy. */
uint64_t machine_recovery(uint64_t address);

/* tables.c: the interrupt descriptor table of all cores, 96 words. Swift sees globals of C through functions. */
uint64_t *machine_idt_storage(void);

/*
 * KVM's clock (struct pvclock_vcpu_time_info): nanoseconds are ticks shifted
 * by `shift`, times `multiplier`, divided by 2^32.
 */
struct machine_paravirtual_clock {
	uint32_t version, unused;
	uint64_t tsc, nanoseconds;
	uint32_t multiplier;
	int8_t shift;
	uint8_t flags, unused_end[2];
};

/* paravirtual.c */
struct machine_paravirtual_clock *machine_paravirtual_clock(void);

/* clock.c: KernelTime/SharedClock's words; they begin as a clock that does not run. */
#define MACHINE_CLOCK_WORDS 6
extern uint64_t clock_line[MACHINE_CLOCK_WORDS];

HERMIT_INLINE uint64_t *machine_clock_line(void)
{
	return clock_line;
}

/*
 * report.c: a report is written by one core. 0: `core` writes it from now
 * on; above: it does so already, and this is its so manieth fault since;
 * below: another core does.
 */
int32_t machine_enter_report(uint64_t core);

/* exceptions.S */
extern const uint64_t machine_exception_entries[32];

HERMIT_INLINE uint64_t machine_exception_entry(uint32_t vector)
{
	return machine_exception_entries[vector & 31];
}

/*
 * interrupts.S: the entries of vectors 32 to 47, and their stack. `handle` gets
 * the vector and says whether another task is to run; `preempt` changes to it.
 * `intercept`, where there is one, sees each frame before its interrupt returns.
 */
extern const uint64_t machine_interrupt_entries[16];
struct machine_interrupt_handlers {
	int32_t (*handle)(uint64_t vector);
	void (*preempt)(void);
	void (*intercept)(struct machine_exception_frame *frame);
};

/* tasks.c: sets both. */
void machine_set_interrupt_handlers(int32_t (*handle)(uint64_t), void (*preempt)(void));

HERMIT_INLINE uint64_t machine_interrupt_entry(uint32_t vector)
{
	return machine_interrupt_entries[vector & 15];
}

/*
 * start.S: the changes between tasks. machine_switch leaves its stack's
 * pointer in *save. The other two are where tasks and idle loops start; what
 * they call with machine_task_handlers: `begin` at the start of both, and
 * `end` when a task's function has returned.
 */
void machine_switch(uint64_t *save, uint64_t stack_pointer);
void machine_begin_task(void);
void machine_begin_idle(void);
struct machine_task_handlers {
	void (*begin)(void);
	void (*end)(int32_t status);
};
void machine_set_task_handlers(void (*begin)(void), void (*end)(int32_t));

/*
 * tasks.c: what a core does, with interrupts on, before it rests; none until it is set.
 */
void machine_set_idle_work(void (*work)(void));

/*
 * tasks.c: what tells of the cores at the program's end, where there is a
 * scheduler; and calls it.
 */
void machine_set_core_statistics(void (*tell)(void));
void machine_tell_core_statistics(void);

HERMIT_INLINE uint64_t machine_task_entry(void)
{
	return (uint64_t)machine_begin_task;
}

/*
 * signals.S: where a task goes on that takes signals: interrupted in the
 * application, at a return from the kernel, or at its beginning.
 */
void machine_signal_interrupted(void);
void machine_signal_return(void);
void machine_begin_signalled_task(void);

HERMIT_INLINE uint64_t machine_signal_interrupted_entry(void)
{
	return (uint64_t)machine_signal_interrupted;
}

HERMIT_INLINE uint64_t machine_signal_return_entry(void)
{
	return (uint64_t)machine_signal_return;
}

HERMIT_INLINE uint64_t machine_signalled_task_entry(void)
{
	return (uint64_t)machine_begin_signalled_task;
}

/* A signal that a task takes. */
struct machine_signal {
	uint64_t blocked; /* what the task blocks again afterwards */
	uint64_t handler; /* void (*)(int, struct hermit_fault *) */
};

/*
 * What signals.S calls on the kernel stack. `next` fills the machine_signal at
 * `record` for the next signal and returns its number, or 0; has_run: the one
 * that the record is of was taken. `return_address` says, once, where the
 * kernel's function would have returned to.
 */
struct machine_signal_handlers {
	uint64_t (*next)(uint64_t record, uint64_t has_run);
	uint64_t (*return_address)(uint64_t, uint64_t);
};

/* tasks.c: from here on tasks may take signals. */
void machine_set_signal_handlers(
	void (*intercept)(struct machine_exception_frame *frame),
	uint64_t (*next)(uint64_t record, uint64_t has_run),
	uint64_t (*return_address)(uint64_t, uint64_t));

/*
 * faults.S: the entries of exceptions that the program may handle, which call
 * kernel_fault; and where a task goes on that handles one, with interrupts
 * off: rsi is the machine_fault, on its kernel stack, rdi and rsp where it goes.
 */
struct machine_fault {
	uint64_t address;
	uint64_t vector_state; /* faults.S fills it in */
	struct machine_exception_frame frame;
};
extern const uint64_t machine_fault_entries[32];
void machine_fault_begin_isolated(void); /* in front of the other one */
void machine_fault_begin(void);
void machine_fault_begun(void);

HERMIT_INLINE uint64_t machine_fault_entry(uint32_t vector)
{
	return machine_fault_entries[vector & 31];
}

HERMIT_INLINE uint64_t machine_fault_begin_entry(void)
{
	return (uint64_t)machine_fault_begin;
}

/* The task's machine_fault has not yet reached its stack. */
HERMIT_INLINE int machine_is_in_fault_begin(uint64_t address)
{
	return address >= (uint64_t)machine_fault_begin_isolated && address < (uint64_t)machine_fault_begun;
}

/* tasks.c: the program's handler, `void (*)(struct hermit_fault *)`; 0: none */
void machine_set_fault_handler(uint64_t handler);
uint64_t machine_get_fault_handler(void);

HERMIT_INLINE uint64_t machine_idle_entry(void)
{
	return (uint64_t)machine_begin_idle;
}

/*
 * tasks.c: the registers that XSAVE keeps, and the bytes they take. A mask of
 * 0 stands for FXSAVE.
 */
struct machine_vector_state {
	uint64_t size;
	uint32_t mask;
};
extern struct machine_vector_state machine_vector_state;
/* Lets programs use all of them that the processor has and that are not huge. */
void machine_enable_vector_state(void);
/*
 * tasks.c: lets this core write the base of FS by an instruction of its own,
 * where it has one (FSGSBASE); every core does so before it runs a task.
 */
void machine_enable_fs_base(void);

/* The base of FS. */
HERMIT_INLINE void machine_set_thread_pointer(uint64_t address)
{
	if (machine_writes_fs_base)
		__asm__ volatile("wrfsbase %0" : : "r"(address) : "memory");
	else
		machine_write_msr(0xc0000100, address);
}

/* start.S: the stack that the boot runs on. */
extern uint8_t machine_boot_stack[], machine_boot_stack_top[];

HERMIT_INLINE uint64_t machine_boot_stack_bottom(void)
{
	return (uint64_t)machine_boot_stack;
}

HERMIT_INLINE uint64_t machine_boot_stack_end(void)
{
	return (uint64_t)machine_boot_stack_top;
}

/* The linker's and the image's own symbols. */
extern const uint8_t __ehdr_start[];

HERMIT_INLINE uint64_t machine_image_start(void)
{
	return (uint64_t)__ehdr_start;
}

#endif
