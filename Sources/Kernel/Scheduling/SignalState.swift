/// Which signals a task was sent and has not yet taken, a bit for each.
public struct SignalState: Sendable, BitwiseCopyable {
    public var pending: UInt64 = 0
    /// Those that it takes when they are no longer blocked.
    public var blocked: UInt64 = 0
    /// It is on its way to the handler, and will ask for the next signal.
    public var isComing = false
    /// Where the kernel's function that it is in returns to, while it is to
    /// go to the handler instead; else 0.
    public var returnAddress: UInt64 = 0

    public init(blocked: UInt64 = 0) { self.blocked = blocked }

    /// What it takes now.
    public var deliverable: UInt64 { pending & ~blocked }

    /// Takes the lowest number, which is blocked from now on; `nil`: there is none.
    public mutating func takeNext() -> Int? {
        guard deliverable != 0 else { return nil }
        let number = deliverable.trailingZeroBitCount
        pending &= ~(1 << UInt64(number))
        blocked |= 1 << UInt64(number)
        return number
    }
}
