import CMachine
import KernelMain
import KernelScheduling

/// What each core has done, for the end of the program.
enum CoreStatistics {
    /// Tells it, a line for each core that runs. Other cores go on meanwhile.
    static func tell() {
        for core in 0..<Int(truncatingIfNeeded: machine_running_cores()) {
            let flags = Runtime.enter()
            let (switches, steals, idle) = unsafe (
                Runtime.shared.pointee.scheduler.core(core).switches,
                Runtime.shared.pointee.scheduler.core(core).steals,
                Runtime.shared.pointee.scheduler.idleTime(of: core, at: Runtime.now)
            )
            Runtime.leave(flags)
            let counts = unsafe machine_counts(machine_core(core))
            var line = LineBuffer()
            line.append("core ")
            line.append(decimal: core)
            line.append(": ")
            append(switches, " switches, ", to: &line)
            append(steals, " steals, ", to: &line)
            append(counts.timer, " timer interrupts, ", to: &line)
            append(counts.calls, " calls from other cores, ", to: &line)
            append(counts.asked, " shoot-downs asked, ", to: &line)
            append(counts.served, " served, ", to: &line)
            append(idle / 1_000_000, " ms idle", to: &line)
            KernelServices.tell(&line)
        }
    }

    private static func append(_ count: UInt64, _ what: StaticString, to line: inout LineBuffer) {
        line.append(decimal: Int(truncatingIfNeeded: count))
        line.append(what)
    }
}
