import KernelNetwork

/// A clock that goes on when it is told to.
public struct SimulatedClock: Sendable {
    public private(set) var now = Instant(nanoseconds: 0)

    public init() {}

    /// Goes on to `moment`, which is not before now.
    public mutating func advance(to moment: Instant) {
        precondition(moment >= now, "time does not go back")
        now = moment
    }
}
