import KernelSupport
import KernelWire

/// Whom to ask for names.
public struct NameServer: Equatable, Sendable, BitwiseCopyable {
    public var endpoint: Endpoint
    /// The interface on which the address means something, as programs count them, from 1 on
    /// (RFC 4007, 6); 0: it is not said.
    public var link: UInt32

    public init(_ address: IPAddress, _ port: Port, link: UInt32 = 0) {
        (endpoint, self.link) = (Endpoint(address, port), link)
    }

    public var address: IPAddress { endpoint.address }
}
