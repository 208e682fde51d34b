import CHermit

/// What concerns the thread that asks, and all of them: `Thread.current`.
extension Thread where Value == Void {
    /// The thread that asks. The corresponding C function is `sys_getpid`.
    public static var current: ThreadIdentifier { .current }

    /// How urgent the thread that asks is. The corresponding C function is
    /// `sys_get_priority`.
    public static var priority: ThreadPriority { ThreadPriority(trusted: sys_get_priority()) }

    /// Makes the thread that asks as urgent as that. The corresponding C
    /// function is `sys_set_current_task_priority`.
    public static func setPriority(_ priority: ThreadPriority) {
        sys_set_current_task_priority(priority.rawValue)
    }

    /// Lets another thread of the same priority run, if one can. The
    /// corresponding C function is `sys_yield`.
    public static func yield() { sys_yield() }

    /// The processors that run threads, 1 or more. The corresponding C
    /// function is `sys_get_processor_count`.
    public static var processorCount: Int { sys_get_processor_count() }

    /// How many threads can make progress at the same time, 1 or more. The
    /// corresponding C function is `sys_available_parallelism`.
    public static var availableParallelism: Int { sys_available_parallelism() }

    /// The processor time that the thread that asks has used; the first
    /// thread's begins with the boot. The corresponding C function is
    /// `sys_clock_gettime` with `HERMIT_CLOCK_THREAD_CPUTIME_ID`. On a machine
    /// that has no clock the program ends here.
    public static var processorTime: Duration { readClock(HERMIT_CLOCK_THREAD_CPUTIME_ID) }

    /// The processor time that all threads have used; see ``processorTime``.
    /// The clock is `HERMIT_CLOCK_PROCESS_CPUTIME_ID`.
    public static var programProcessorTime: Duration {
        readClock(HERMIT_CLOCK_PROCESS_CPUTIME_ID)
    }
}
