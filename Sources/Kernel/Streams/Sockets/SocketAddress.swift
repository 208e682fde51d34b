import KernelMain
import KernelSupport

/// A socket's address as programs have it: a length, a family, and what the family
/// needs (`hermit_sockaddr`).
public struct SocketAddress: Sendable, BitwiseCopyable, PassedByAddress {
    /// Bytes of any family's address at most.
    public static let longest = 128
    /// The length's and the family's.
    public static let headerSize = 2

    public var bytes: InlineArray<128, UInt8> = .init(repeating: 0)
    /// Bytes of it; 0: no address.
    public var count = 0
    /// The file that a path leads to; 0: none.
    public var file: UInt64 = 0

    public init() {}

    /// Copies an address that the application passes.
    ///
    /// - Throws: `EINVAL`: it is too long; `EFAULT`.
    public init(at address: UInt64, count: UInt32) throws(Errno) {
        guard count <= UInt32(Self.longest) else { throw .invalidArgument }
        self.count = Int(count)
        try unsafe ApplicationBuffer(
            UnsafeRawPointer(bitPattern: UInt(address)), count: self.count
        ).loadPart(of: &bytes)
    }

    /// One of a family, without anything that the family needs.
    init(family: UInt8) {
        bytes[0] = UInt8(Self.headerSize)
        bytes[1] = family
        count = Self.headerSize
    }

    /// The family; `nil`: the address is too short to say.
    public var family: UInt8? { count < Self.headerSize ? nil : bytes[1] }

    /// Hands it to the application, as much as there is room for.
    ///
    /// - Throws: `EFAULT`.
    public func store(at address: UInt64, room: Int) throws(Errno) {
        var bytes = bytes
        try unsafe ApplicationBuffer(
            UnsafeRawPointer(bitPattern: UInt(address)), count: min(room, count)
        ).storePart(of: &bytes)
    }
}
