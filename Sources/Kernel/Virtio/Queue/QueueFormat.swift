/// What was agreed on of a queue, and how its memory is laid out.
public struct QueueFormat: Equatable, Sendable, BitwiseCopyable {
    /// One ring of descriptors (virtio 1.2, 2.8), or a table and two rings (2.7).
    public let isPacked: Bool
    /// Descriptors.
    public let size: Int
    /// A descriptor may stand for a table of them (2.7.5.3, 2.8.7).
    public let hasTables: Bool
    /// Each side says at which place it wants to be told (2.7.7, 2.8.10).
    public let hasEvents: Bool
    /// Requests come back in the order in which they were submitted (6, VIRTIO_F_IN_ORDER).
    public let keepsOrder: Bool

    /// The most descriptors that a queue of ours has.
    public static let largestSize = 256

    /// - Parameters:
    ///   - limit: The most descriptors that the device takes.
    ///   - wanted: The most that the driver needs.
    /// - Returns: `nil`: the device has no such queue.
    public init?(_ features: Features, limit: Int, wanted: Int) {
        let most = min(limit, wanted, Self.largestSize)
        guard most > 0, wanted > 0 else { return nil }
        isPacked = features.contains(.packedRing)
        // A table's size is a power of two (2.7); a ring's may be any (2.8.10.1).
        size = isPacked ? most : 1 << (Int.bitWidth - 1 - most.leadingZeroBitCount)
        hasTables = features.contains(.indirectDescriptors)
        hasEvents = features.contains(.eventIndex)
        keepsOrder = features.contains(.inOrder)
    }

    /// Where the driver's area starts: the available ring, or its event suppression.
    public var driverOffset: Int { size * Descriptor.size }

    /// Where the device's area starts: the used ring, or its event suppression.
    public var deviceOffset: Int {
        isPacked ? driverOffset + 4 : (driverOffset + 6 + 2 * size + 3) & ~3
    }

    /// Bytes of all three.
    public var memorySize: Int { isPacked ? deviceOffset + 4 : deviceOffset + 6 + 8 * size + 2 }
}
