/// An exception of the processor, by its vector (Intel SDM 3A, table 6-1).
public struct Exception: Equatable, Sendable {
    public let vector: UInt64

    public init(vector: UInt64) { self.vector = vector }

    public static let breakpoint = Self(vector: 3)
    public static let invalidInstruction = Self(vector: 6)
    public static let doubleFault = Self(vector: 8)
    public static let stackSegmentFault = Self(vector: 12)
    public static let generalProtection = Self(vector: 13)
    public static let pageFault = Self(vector: 14)

    public var name: StaticString {
        switch vector {
        case 0: "division by zero or with too large a quotient"
        case 1: "debug exception"
        case 2: "non-maskable interrupt"
        case 3: "breakpoint"
        case 4: "overflow"
        case 5: "bound range exceeded"
        case 6: "invalid instruction"
        case 7: "no floating-point unit"
        case 8: "double fault"
        case 10: "invalid task state"
        case 11: "segment not present"
        case 12: "stack-segment fault"
        case 13: "general protection fault"
        case 14: "page fault"
        case 16: "x87 floating-point error"
        case 17: "misaligned access"
        case 18: "machine check"
        case 19: "SIMD floating-point error"
        case 21: "control protection fault"
        default: "unexpected exception"
        }
    }

    /// Whether a program's instruction causes it, and can be tried again or
    /// passed over.
    public var isProgramsOwn: Bool {
        switch vector {
        case 0, 3...6, 12...14, 16, 17, 19: true
        default: false
        }
    }

    /// The status of a program that this ends: 128 and the number of the
    /// signal that Linux would send, as a shell shows it.
    public var status: Int32 {
        switch vector {
        case 0, 16, 19: 128 + 8  // SIGFPE
        case 1, 3: 128 + 5  // SIGTRAP
        case 6: 128 + 4  // SIGILL
        case 11, 12, 17, 18: 128 + 7  // SIGBUS
        default: 128 + 11  // SIGSEGV
        }
    }
}
