/// Messages with their bounds in a ring of bytes: a length, then the bytes.
public struct MessageQueue: Sendable, BitwiseCopyable {
    public var ring: Ring

    /// Bytes that a message takes beside its own.
    public static let headerSize = 4

    public init(capacity: Int) { ring = Ring(capacity: capacity) }

    /// The longest message that ever fits.
    public var longest: Int { ring.capacity - Self.headerSize }

    /// Whether a message of so many bytes fits now.
    public func fits(_ size: Int) -> Bool { size <= ring.room - Self.headerSize }

    /// A message's length as its header's bytes.
    public static func header(_ size: Int) -> InlineArray<4, UInt8> {
        [
            UInt8(truncatingIfNeeded: size), UInt8(truncatingIfNeeded: size >> 8),
            UInt8(truncatingIfNeeded: size >> 16), UInt8(truncatingIfNeeded: size >> 24),
        ]
    }

    /// The length that a header says.
    public static func size(_ header: InlineArray<4, UInt8>) -> Int {
        Int(header[0]) | Int(header[1]) << 8 | Int(header[2]) << 16 | Int(header[3]) << 24
    }
}
