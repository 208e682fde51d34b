/// What a task waits for: an address, and what kind of thing it names.
public struct WaitKey: Equatable, Sendable, BitwiseCopyable {
    public enum Kind: UInt8, Sendable, BitwiseCopyable {
        case nothing
        case futex
        /// A place in the table of `WaitObject`s.
        case object
        case join
        /// A task that has stopped itself.
        case task
        /// A change of what is behind a descriptor.
        case stream
        /// A lock of a file, by the file's number.
        case fileLock
        /// A request to a device, or room for one.
        case device
        /// A change of a socket of the internet's.
        case socket
    }

    let kind: Kind
    let address: UInt64

    public init(_ kind: Kind, _ address: UInt64) {
        self.kind = kind
        self.address = address
    }

    /// 0 where it is the same.
    @inline(__always)
    func differs(from other: WaitKey) -> UInt64 {
        UInt64(kind.rawValue ^ other.kind.rawValue) | (address ^ other.address)
    }

    static let nothing = Self(.nothing, 0)

    /// Lists that waiting tasks are spread over; a power of two.
    static let bucketCount = 256

    /// The list of this key: the golden ratio's bits spread neighbours.
    var bucket: Int {
        Int(((address >> 2 &+ UInt64(kind.rawValue)) &* 0x9E37_79B9_7F4A_7C15) >> 56)
    }
}
