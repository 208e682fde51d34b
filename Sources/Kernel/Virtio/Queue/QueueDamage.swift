/// What a device has done that it must not: the queue is of no more use until the
/// device has been reset.
public enum QueueDamage: UInt8, Sendable {
    /// More was used than was in flight.
    case usedTooMuch
    /// It names a request that is not there.
    case unknownRequest
    /// It says to have written more than it may.
    case writtenTooMuch
    /// It said that it keeps the order, and has not.
    case outOfOrder

    public var message: StaticString {
        switch self {
        case .usedTooMuch: "the device's index runs ahead"
        case .unknownRequest: "the device names a request that is not there"
        case .writtenTooMuch: "the device says it has written more than it may"
        case .outOfOrder: "the device does not keep the order"
        }
    }
}

/// Why a queue does not do what it is asked.
public enum QueueError: Error, Equatable, Sendable {
    /// There is no room until a request comes back.
    case full
    /// The request has no parts, or more than the queue has descriptors.
    case unfit
    case broken(QueueDamage)
}
