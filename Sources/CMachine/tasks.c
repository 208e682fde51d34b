/*
 * What changes of task need that is not on a stack.
 */
#include "CMachine.h"

#if !__STDC_HOSTED__
struct machine_interrupt_handlers machine_interrupt_handlers;
struct machine_task_handlers machine_task_handlers;
struct machine_signal_handlers machine_signal_handlers;
struct machine_vector_state machine_vector_state HERMIT_PUBLISHED = { 512, 0 };

/* Only what the program's own switches can change, and what is small. */
#define VECTOR_STATES 0xe7u /* x87, SSE, AVX, AVX-512 */

void machine_enable_vector_state(void)
{
	struct machine_cpuid features = machine_cpuid(1, 0);

	if (!(features.ecx >> 26 & 1))
		return;
	machine_write_cr4(machine_read_cr4() | 1 << 18); /* OSXSAVE */
	machine_write_xcr0(machine_cpuid(0xd, 0).eax & VECTOR_STATES);
	machine_vector_state.mask = machine_cpuid(0xd, 0).eax & VECTOR_STATES;
	machine_vector_state.size = machine_cpuid(0xd, 0).ebx;
}

uint64_t machine_writes_fs_base;

void machine_enable_fs_base(void)
{
	if (machine_cpuid(0, 0).eax < 7 || !(machine_cpuid(7, 0).ebx & 1))
		return;
	machine_write_cr4(machine_read_cr4() | 1 << 16); /* FSGSBASE */
	machine_writes_fs_base = 1;
}

void machine_set_interrupt_handlers(int32_t (*handle)(uint64_t), void (*preempt)(void))
{
	machine_interrupt_handlers.handle = handle;
	machine_interrupt_handlers.preempt = preempt;
}

void machine_set_task_handlers(void (*begin)(void), void (*end)(int32_t))
{
	machine_task_handlers.begin = begin;
	machine_task_handlers.end = end;
}

static uint64_t (*services[HERMIT_SERVICES])(uint64_t, uint64_t);
static uint64_t service_count;

int64_t machine_add_service(uint64_t (*turn)(uint64_t, uint64_t))
{
	if (service_count == HERMIT_SERVICES)
		return -1;
	services[service_count] = turn;
	return (int64_t)service_count++;
}

uint64_t machine_service_turn(uint64_t service, uint64_t unused)
{
	(void)unused;
	return service < service_count ? services[service](0, 0) : 0;
}

void (*machine_idle_work)(void);

void machine_set_idle_work(void (*work)(void))
{
	__atomic_store_n(&machine_idle_work, work, __ATOMIC_RELEASE);
}

static void (*core_statistics)(void);

void machine_set_core_statistics(void (*tell)(void))
{
	core_statistics = tell;
}

void machine_tell_core_statistics(void)
{
	if (core_statistics)
		core_statistics();
}

void machine_set_signal_handlers(void (*intercept)(struct machine_exception_frame *),
				 uint64_t (*next)(uint64_t, uint64_t),
				 uint64_t (*return_address)(uint64_t, uint64_t))
{
	machine_signal_handlers.next = next;
	machine_signal_handlers.return_address = return_address;
	machine_interrupt_handlers.intercept = intercept;
}

uint64_t machine_fault_handler HERMIT_PUBLISHED;

void machine_set_fault_handler(uint64_t handler)
{
	__atomic_store_n(&machine_fault_handler, handler, __ATOMIC_RELAXED);
}

uint64_t machine_get_fault_handler(void)
{
	return __atomic_load_n(&machine_fault_handler, __ATOMIC_RELAXED);
}

_Static_assert(sizeof(struct machine_fault) == 192, "faults.S");
_Static_assert(offsetof(struct hermit_per_core, kernel_stack) == HERMIT_PERCORE_KERNEL_STACK &&
	       offsetof(struct hermit_per_core, is_resting) == HERMIT_PERCORE_IS_RESTING,
	       "start.S and the gates");
_Static_assert(offsetof(struct hermit_per_core, interrupted) == HERMIT_PERCORE_INTERRUPTED,
	       "signals.S");
_Static_assert(offsetof(struct hermit_per_core, entry_stacks) == HERMIT_PERCORE_ENTRY_STACKS &&
	       offsetof(struct hermit_per_core, landings) == HERMIT_PERCORE_LANDINGS &&
	       offsetof(struct hermit_per_core, task_state) == HERMIT_PERCORE_TASK_STATE &&
	       offsetof(struct hermit_per_core, confined_stack) == HERMIT_PERCORE_CONFINED,
	       "isolation.S");
#else
typedef int machine_tasks_are_for_the_bare_target;
#endif
