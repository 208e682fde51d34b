/// The counter behind an eventfd (Linux, eventfd(2)).
public struct EventCounter: Sendable, BitwiseCopyable {
    public private(set) var value: UInt64
    /// Reading takes 1 (EFD_SEMAPHORE).
    public let isSemaphore: Bool

    /// The largest value.
    public static let largest = UInt64.max - 1

    public init(_ value: UInt64, isSemaphore: Bool) {
        self.value = value
        self.isSemaphore = isSemaphore
    }

    public var isReadable: Bool { value > 0 }
    /// Whether 1 can be added.
    public var isWritable: Bool { value < Self.largest }

    /// What a read gives; `nil`: it has to wait.
    public mutating func read() -> UInt64? {
        guard value > 0 else { return nil }
        let given = isSemaphore ? 1 : value
        value -= given
        return given
    }

    /// Adds; `false`: a write has to wait.
    ///
    /// - Precondition: `amount` is not above `largest`.
    public mutating func add(_ amount: UInt64) -> Bool {
        guard amount <= Self.largest - value else { return false }
        value += amount
        return true
    }
}
