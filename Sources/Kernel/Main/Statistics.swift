import CMachine
import KernelMachine
import KernelMemory
import KernelSupport
import Synchronization

/// What the kernel's word `stats` has told at the program's end: lines of the
/// log, whatever its level is.
enum Statistics {
    private static let isTold = Atomic<Bool>(false)

    /// Tells them. The program ends: interrupts stay off, so that no other task
    /// gets this core.
    @inline(never)
    static func tell() {
        _ = machine_disable_interrupts()
        // Another core is at it, and ends the machine.
        if isTold.exchange(true, ordering: .relaxed) { waitForEnd() }
        let (most, known) = unsafe Kernel.root.pointee.memory.withLock { memory in
            (memory.space.frames.mostFramesInUse, memory.space.frames.knownFrames)
        }
        var line = LineBuffer()
        line.append("memory: ")
        line.append(decimal: most * 4)
        line.append(" KiB in use at most, of ")
        line.append(decimal: known * 4)
        line.append(" KiB")
        KernelServices.tell(&line)
        machine_tell_core_statistics()
        NetworkReport.current?.tell()
    }

    /// Does for others what they may wait for, with a lock that the end needs.
    private static func waitForEnd() -> Never {
        while true {
            machine_serve_shootdown()
            machine_pause()
        }
    }
}
