/*
 * Tasks: the program's threads of execution, and the program's beginning
 * and end. One image is one program; its tasks share everything but their
 * stacks, their errno and their thread-local storage.
 */
#ifndef HERMIT_TASKS_H
#define HERMIT_TASKS_H

#include "types.h"

/*
 * Priorities: from 0 to 30, larger ones more urgent. A task runs only when
 * no task of a larger priority can; equals take turns.
 */
#define HERMIT_PRIO_LOW    1
#define HERMIT_PRIO_NORMAL 2
#define HERMIT_PRIO_HIGH   3
#define HERMIT_PRIO_MAX    30

/* The status of a program that sys_abort ended. */
#define HERMIT_ABORT_STATUS 134

/*
 * The status of a program that an exception of the processor ended: 128 and
 * the number of the signal that Linux sends for it, as a shell shows it. What
 * happened and where is told on the log before.
 *
 * TRAP     a compiler's check failed (Swift's, __builtin_trap), or an
 *          instruction is none.
 * DEBUG    a breakpoint that no debugger waits for.
 * DIVIDE   a division by zero, or one whose quotient has no room.
 * BUS      a misaligned access where that is forbidden, or a memory error.
 * FAULT    memory that is not there or must not be used so; a stack that is
 *          used up; every other exception.
 */
#define HERMIT_TRAP_STATUS   132
#define HERMIT_DEBUG_STATUS  133
#define HERMIT_BUS_STATUS    135
#define HERMIT_DIVIDE_STATUS 136
#define HERMIT_FAULT_STATUS  139

HERMIT_BEGIN_DECLARATIONS

/*
 * runtime_entry: the APPLICATION defines this function; the kernel calls it
 * in the first task, once it is up. A C library's start-up file, the Swift
 * library Hermit and a language's runtime bring one along, which calls main.
 *
 * argc  the number of arguments, the program's name among them; 1 or more.
 * argv  the arguments; argv[argc] is NULL.
 * envp  the environment, strings KEY=VALUE, NULL behind the last; never NULL.
 *
 * The arrays and strings are the application's and may be written to. They
 * stay where they are until the end. Returning is sys_exit(0).
 */
void runtime_entry(int argc, char **argv, char **envp);

/*
 * sys_exit: ends the program and with it the machine. What was written to
 * standard output and standard error has left when the machine ends.
 *
 * status  the program's exit status; its low 8 bits reach the host.
 */
HERMIT_NORETURN void sys_exit(int status);

/*
 * sys_abort: ends the program as a failed one, with status
 * HERMIT_ABORT_STATUS.
 */
HERMIT_NORETURN void sys_abort(void);

/*
 * sys_thread_exit: ends the calling task. The last task's end is the
 * program's, with its status. What the task holds (synchronisation.h) stays
 * held.
 *
 * status  what sys_join of the task sees.
 */
HERMIT_NORETURN void sys_thread_exit(int status);

/*
 * sys_getpid: the calling task's number. The first task has 1. Cannot fail.
 */
HERMIT_LEAF hermit_tid_t sys_getpid(void);

/*
 * sys_spawn2: starts a task.
 *
 * function    what it runs; returning is sys_thread_exit(0).
 * argument    function's argument.
 * priority    0 to HERMIT_PRIO_MAX.
 * stack_size  bytes of its stack, rounded up to whole pages; 0 means the
 *             usual size.
 * core        the core it runs on; -1 for any.
 *
 * Returns the task's number, or
 *
 *   -HERMIT_EINVAL  priority, core or stack_size is out of range: a stack has
 *                   less than 256 MiB.
 *   -HERMIT_EFAULT  function is NULL.
 *   -HERMIT_EAGAIN  there are too many tasks, or there is no memory for its
 *                   stacks. What is there goes on.
 *   -HERMIT_ENOSYS  the machine has no clock (time.h).
 *
 * At most 65,000 tasks are there at once, those among them that have ended and
 * were not joined. When no place is left, of those the one that ended first
 * is forgotten. A task's stack takes memory as it is used; where there is no
 * more the program ends with a fault. A stack of the usual size has 1 MiB.
 */
hermit_tid_t sys_spawn2(void (*function)(size_t argument), size_t argument,
			uint8_t priority, size_t stack_size, hermit_ssize_t core);

/*
 * sys_spawn: as sys_spawn2 with a stack of the usual size.
 *
 * id  where the task's number goes; NULL if it is not wanted.
 *
 * Returns 0, or an error of sys_spawn2.
 */
int sys_spawn(hermit_tid_t *id, void (*function)(size_t argument), size_t argument,
	      uint8_t priority, hermit_ssize_t core);

/*
 * sys_clone: as sys_spawn, with the caller's priority, on any core.
 */
int sys_clone(hermit_tid_t *id, void (*function)(size_t argument), size_t argument);

/*
 * sys_join: waits until a task has ended, which one task can do once. Blocks.
 *
 * Returns 0, or
 *
 *   -HERMIT_EINTR    a signal came; the task can still be joined.
 *   -HERMIT_ESRCH    there is no such task, or another has joined it.
 *   -HERMIT_EDEADLK  id is the caller.
 */
int sys_join(hermit_tid_t id);

/*
 * sys_get_stack: where the calling task's stack is.
 *
 * start  where the address of its lowest byte goes.
 * size   where its size goes, in bytes.
 *
 * Below and above it is memory that is not mapped. The stack of a task takes
 * memory as it is used, the first task's as well. Returns 0.
 */
int sys_get_stack(void **start, size_t *size);

/*
 * sys_yield: lets another task of the caller's priority run, if one can.
 */
void sys_yield(void);

/*
 * sys_usleep, sys_msleep: wait for so many microseconds or milliseconds, or
 * a little longer, as sys_nanosleep does. Block. errno is HERMIT_ENOSYS where
 * the machine has no clock to wait by (time.h), HERMIT_EAGAIN and
 * HERMIT_EINTR as there.
 */
void sys_usleep(uint64_t microseconds);
void sys_msleep(uint32_t milliseconds);

/*
 * sys_block_current_task: the caller stops at its next sys_yield, until
 * sys_wakeup_task names it; the second one at most for so many milliseconds.
 * A signal ends that, too.
 */
void sys_block_current_task(void);
void sys_block_current_task_with_timeout(uint64_t milliseconds);

/*
 * sys_wakeup_task: ends the blocking of a task; one that is not blocked, or
 * is none, is passed over.
 */
void sys_wakeup_task(hermit_tid_t id);

/*
 * sys_get_priority: the calling task's priority. Cannot fail.
 */
uint8_t sys_get_priority(void);

/*
 * sys_set_priority, sys_set_current_task_priority: change a task's priority;
 * errno is HERMIT_ESRCH if there is no such task, HERMIT_EINVAL if priority
 * is above HERMIT_PRIO_MAX.
 */
void sys_set_priority(hermit_tid_t id, uint8_t priority);
void sys_set_current_task_priority(uint8_t priority);

/*
 * sys_getprio: a task's priority.
 *
 * id  the task; NULL, or a pointer to 0, means the caller.
 *
 * Returns the priority, or
 *
 *   -HERMIT_ESRCH  there is no such task.
 */
int sys_getprio(const hermit_tid_t *id);

/*
 * sys_setprio: changes a task's priority.
 *
 * id  as at sys_getprio.
 *
 * Returns 0, or
 *
 *   -HERMIT_EINVAL  priority is out of range.
 *   -HERMIT_ESRCH   there is no such task.
 */
int sys_setprio(const hermit_tid_t *id, int priority);

/*
 * sys_get_turns: whether a task takes turns with those of its priority, after
 * 5 ms each, as every task does at first. sys_set_turns: changes that; a task
 * that takes none runs until it waits, yields, or a more urgent one can run.
 *
 * id           as at sys_getprio.
 * takes_turns  0: it takes none.
 *
 * Return 1 or 0, and 0; or
 *
 *   -HERMIT_ESRCH   there is no such task.
 *   -HERMIT_ENOSYS  the machine has no clock (set; time.h).
 */
int sys_get_turns(const hermit_tid_t *id);
int sys_set_turns(const hermit_tid_t *id, int takes_turns);

/*
 * sys_get_task_time: how long a task has run on a core until now, as
 * HERMIT_CLOCK_THREAD_CPUTIME_ID (time.h) tells the caller.
 *
 * id    as at sys_getprio.
 * time  where that goes.
 *
 * Returns 0, or
 *
 *   -HERMIT_EFAULT  time is not the program's to write to.
 *   -HERMIT_ESRCH   there is no such task, or it has ended.
 *   -HERMIT_EAGAIN  not enough memory for the first task but one.
 *   -HERMIT_ENOSYS  the machine has no clock.
 */
int sys_get_task_time(const hermit_tid_t *id, struct hermit_timespec *time);

/*
 * sys_get_affinity: which cores a task may run on. sys_set_affinity: changes
 * that; on return the task is on one of them, or waits for its turn there. A
 * task that may run on some only goes to an idle one of them, or the least busy,
 * whenever it becomes ready; it is not moved while it waits for its turn.
 *
 * id     as at sys_getprio.
 * cores  bit N stands for core N; those that there are not do not count.
 *
 * Return 0, or
 *
 *   -HERMIT_EINVAL  no core of the set is there (set).
 *   -HERMIT_EFAULT  cores is not the program's to write to (get).
 *   -HERMIT_ESRCH   there is no such task, or it has ended.
 *   -HERMIT_EAGAIN  not enough memory for the first task but one.
 *   -HERMIT_ENOSYS  the machine has no clock (time.h).
 */
int sys_get_affinity(const hermit_tid_t *id, uint64_t *cores);
int sys_set_affinity(const hermit_tid_t *id, uint64_t cores);

/*
 *
 * The handler runs in the task that the signal was sent to, on the stack that
 * the task is using, below the 128 bytes that the x86-64 ABI leaves to
 * functions; it has about 3 KiB more of it than it uses itself. Meanwhile the
 * task blocks that signal, too; what it blocks afterwards is what it has
 * blocked before. When the handler returns the task goes on where it was, with
 * all its registers. It may leave by longjmp instead, with the set as it is
 * then, and it may call every function of the kernel, wherever it has
 * interrupted the task.
 *
 * - A task that computes is interrupted.
 * - A task that waits in one of the functions here that block is woken, and
 *   the function ends with -HERMIT_EINTR (or errno HERMIT_EINTR, or early,
 *   where it has no result). The handler runs before it returns. The wait for a
 *   lock goes on: the handler runs when the task has it. Where a signal has
 *   come that was not yet taken no wait begins.
 * - A task in any other function takes it when that returns. So does the
 *   caller of sys_kill what it sends to itself, if it does not block it.
 *
 * Without a handler a signal ends the program, with the status 128 and its
 * number, when it is sent, or, where it is blocked, when it no longer is.
 */

/*
 * sys_kill: sends a signal to a task.
 *
 * id             the task.
 * signal_number  0 to 63. 0 is no signal: only looks whether the task is there.
 *
 * Returns 0, or
 *
 *   -HERMIT_EINVAL  there is no such signal.
 *   -HERMIT_ESRCH   there is no such task, or it has ended.
 *   -HERMIT_EAGAIN  not enough memory for the first signal of all.
 *   -HERMIT_ENOSYS  the machine has no clock (time.h).
 */
int sys_kill(hermit_tid_t id, int signal_number);

/*
 * sys_signal: says which function takes the program's signals, in every task;
 * NULL for none. Returns 0.
 */
int sys_signal(void (*handler)(int signal_number));

struct hermit_fault;

/*
 * sys_signal_registers: the same, for a handler that is also told the registers
 * of the task (faults.h; the address, the error and the vector are 0). When it
 * returns the task goes on with them as they are then.
 *
 * Where the signal ends or follows a function of the kernel, they are those with
 * which that returns: what a function need not keep is 0, there are no vector
 * registers (vector_state is 0), and changes of rsp and rflags are ignored.
 * NULL: the task has not begun.
 */
int sys_signal_registers(void (*handler)(int signal_number, struct hermit_fault *registers));

/*
 * sys_signal_mask: sets which signals the caller blocks.
 *
 * set  bit N stands for signal N; bit 0 for none.
 * old  where the set until now goes; NULL if it is not wanted.
 *
 * Returns 0. What was sent, and is no longer blocked, is taken before.
 */
int sys_signal_mask(uint64_t set, uint64_t *old);

/*
 * sys_power_request: whether the host has asked the machine to power down (its
 * power button; QEMU's system_powerdown) since this was asked last, or at all.
 * The kernel itself does nothing then.
 *
 * Returns 1 or 0, or
 *
 *   -HERMIT_ENOTSUP  the machine has no button that is known; QEMU's q35 has, and
 *                    its microvm with acpi=on.
 *   -HERMIT_EAGAIN   not enough memory for the first wait of all.
 *   -HERMIT_ENOSYS   the machine has no clock (time.h).
 */
int sys_power_request(void);

/*
 * sys_terminal_events: from now on the host's terminal's interrupt (Ctrl-C) is
 * signal 2, sent to the first task, and a change of its window's size 28; and where
 * the host itself is asked for the machine's end (`hermit run` is sent SIGTERM, SIGHUP
 * or, without a terminal, SIGINT), that is signal 15, 1 or 2. Before, each of them but
 * the window's change ends the machine. Programs that change the terminal's settings
 * (sys_ioctl) need not call it for the terminal's.
 *
 * Returns 0, or
 *
 *   -HERMIT_ENOTTY  standard input is no terminal; the host's requests come.
 *   -HERMIT_EAGAIN, -HERMIT_ENOMEM  not enough memory.
 *   -HERMIT_ENOSYS  the machine has no clock (time.h).
 */
int sys_terminal_events(void);

/*
 * sys_get_processor_count: the processors that run tasks, 1 or more.
 * sys_available_parallelism: how many tasks can make progress at the same
 * time. Cannot fail.
 */
size_t sys_get_processor_count(void);
size_t sys_available_parallelism(void);

/*
 * sys_get_core: the number, from 0, of the core that runs the caller. It may
 * be another one when the function returns, unless the task was started for
 * one core. Cannot fail.
 */
HERMIT_LEAF size_t sys_get_core(void);

/*
 * sys_get_processor_frequency: the frequency of the processor's time stamp
 * counter in MHz, which is the processor's nominal one; 65535 if it is above
 * that; 0, with errno HERMIT_ENOSYS, if it cannot be known (time.h).
 */
uint16_t sys_get_processor_frequency(void);

HERMIT_END_DECLARATIONS

#endif
