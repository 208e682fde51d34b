import CMachine

/// Failures of the kernel, made on purpose.
public enum DebugFaults {
    /// Calls itself until the kernel's stack is used up.
    public static func overflowStack() -> Never {
        var depth: UInt64 = 0
        recurse(&depth)
        fatalError()
    }

    /// The value stays in memory: the calls can't be made into a loop.
    @inline(never)
    private static func recurse(_ depth: inout UInt64) {
        var next = machine_opaque(depth &+ 1)
        if next != 0 { recurse(&next) }
        depth = machine_opaque(next)
    }

    public static func readNull() -> Never {
        let null = unsafe UnsafePointer<UInt8>(bitPattern: UInt(machine_opaque(0)))
        precondition(unsafe null.unsafelyUnwrapped.pointee == 0)
        fatalError()
    }

    public static func trap() -> Never {
        precondition(machine_opaque(0) != 0)
        fatalError()
    }

    /// Makes the root value unreachable, which the report needs.
    public static func failInReport() -> Never {
        unsafe Kernel.root = UnsafeMutablePointer(bitPattern: UInt(machine_opaque(notCanonical)))
        trap()
    }

    private static let notCanonical: UInt64 = 0x4141_4141_4141_4140
}
