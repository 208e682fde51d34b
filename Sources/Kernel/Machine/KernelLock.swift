/// The kernel's locks. None is held while the application runs, and all with
/// interrupts off.
public enum KernelLock: UInt8, CaseIterable, Sendable {
    /// The scheduler's, and what waits with it (KernelTasks/Runtime).
    case scheduler
    /// The call that is traced (KernelTrace).
    case tracer
    /// The two channels to the host.
    case console
    /// The generator of random bytes.
    case entropy
    /// Frames, the address space, heaps, mappings.
    case memory

    public var name: StaticString {
        switch self {
        case .scheduler: "scheduler"
        case .tracer: "tracer"
        case .console: "console"
        case .entropy: "entropy"
        case .memory: "memory"
        }
    }
}
