/// A port of TCP or UDP.
public struct Port: Hashable, Sendable, BitwiseCopyable {
    public let number: UInt16

    @inlinable
    public init(_ number: UInt16) {
        self.number = number
    }

    /// Port 0: none, or any.
    @inlinable
    public static var any: Port { Port(0) }
}

/// Where a conversation ends: an address and a port.
public struct Endpoint: Hashable, Sendable, BitwiseCopyable {
    public var address: IPAddress
    public var port: Port

    @inlinable
    public init(_ address: IPAddress, _ port: Port) {
        self.address = address
        self.port = port
    }
}
