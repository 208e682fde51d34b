import CHermit

/// One end of what sockets exchange: a host's address and a port.
public struct SocketAddress: Hashable, Sendable, CustomStringConvertible {
    public var host: IPAddress
    public var port: UInt16

    public init(_ host: IPAddress, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// All addresses of the host's, of both versions.
    ///
    /// - Parameter port: 0: one that the system chooses.
    public static func any(port: UInt16) -> Self { Self(.anyV6, port: port) }

    /// The host itself, by version 4.
    public static func loopback(port: UInt16) -> Self { Self(.loopbackV4, port: port) }

    /// `127.0.0.1:80`, `[::1]:80`.
    public var description: String { host.isV6 ? "[\(host)]:\(port)" : "\(host):\(port)" }

    // MARK: - As the system has it

    var family: Int32 { host.isV6 ? HERMIT_AF_INET6 : HERMIT_AF_INET }

    /// Calls `body` with the address as a C structure.
    func withAddress<Value>(
        _ body: (UnsafePointer<hermit_sockaddr>, hermit_socklen_t) -> Value
    ) -> Value {
        switch host {
        case .v4(let number):
            var address = hermit_sockaddr_in()
            address.sin_len = UInt8(MemoryLayout<hermit_sockaddr_in>.size)
            address.sin_family = UInt8(HERMIT_AF_INET)
            address.sin_port = port.bigEndian
            address.sin_addr.s_addr = number.bigEndian
            return unsafe Self.with(&address, body)
        case .v6(let high, let low, let scope):
            var address = hermit_sockaddr_in6()
            address.sin6_len = UInt8(MemoryLayout<hermit_sockaddr_in6>.size)
            address.sin6_family = UInt8(HERMIT_AF_INET6)
            address.sin6_port = port.bigEndian
            address.sin6_scope_id = scope
            unsafe withUnsafeMutableBytes(of: &address.sin6_addr) { bytes in
                unsafe bytes.storeBytes(of: high.bigEndian, as: UInt64.self)
                unsafe bytes.storeBytes(of: low.bigEndian, toByteOffset: 8, as: UInt64.self)
            }
            return unsafe Self.with(&address, body)
        }
    }

    private static func with<Address, Value>(
        _ address: inout Address, _ body: (UnsafePointer<hermit_sockaddr>, hermit_socklen_t) -> Value
    ) -> Value {
        let length = hermit_socklen_t(MemoryLayout<Address>.size)
        return unsafe withUnsafeBytes(of: &address) { bytes in
            unsafe body(bytes.baseAddress!.assumingMemoryBound(to: hermit_sockaddr.self), length)
        }
    }

    /// Room for an address that the system tells.
    struct Room {
        private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        private var length = hermit_socklen_t(32)

        /// Calls `body` with the room.
        mutating func fill<Value>(
            _ body: (UnsafeMutablePointer<hermit_sockaddr>, UnsafeMutablePointer<hermit_socklen_t>) -> Value
        ) -> Value {
            unsafe withUnsafeMutableBytes(of: &words) { bytes in
                unsafe body(bytes.baseAddress!.assumingMemoryBound(to: hermit_sockaddr.self), &length)
            }
        }

        /// The address that was told; `nil`: it is of another family.
        var address: SocketAddress? {
            unsafe withUnsafeBytes(of: words) { unsafe SocketAddress($0) }
        }
    }

    /// An address of the system's; `nil`: it is of another family.
    init?(_ bytes: UnsafeRawBufferPointer) {
        let port = unsafe UInt16(bigEndian: bytes.loadUnaligned(fromByteOffset: 2, as: UInt16.self))
        switch unsafe Int32(bytes[1]) {
        case HERMIT_AF_INET:
            let number = unsafe bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self)
            self.init(.v4(UInt32(bigEndian: number)), port: port)
        case HERMIT_AF_INET6:
            let high = unsafe bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
            let low = unsafe bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self)
            let scope = unsafe bytes.loadUnaligned(fromByteOffset: 24, as: UInt32.self)
            self.init(
                .v6(high: UInt64(bigEndian: high), low: UInt64(bigEndian: low), scope: scope), port: port)
        default: return nil
        }
    }
}
