import KernelSupport
import KernelWire

/// What the boot line says of the network: addresses, routers, and servers of names, in place of
/// what DHCP would tell.
public struct FixedConfiguration: Sendable {
    public private(set) var addresses = FixedList<8, InterfaceAddress>(
        filler: InterfaceAddress(.v4(.unspecified), prefixLength: 0))
    /// At most one of each version is of use.
    public private(set) var gateways = FixedList<2, IPAddress>(filler: .v4(.unspecified))
    public private(set) var servers = FixedList<4, IPAddress>(filler: .v4(.unspecified))

    public init() {}

    /// Reads `ADDRESS/PREFIX`.
    ///
    /// - Returns: `false`: it is none that an interface may have, or there are too many.
    public mutating func addAddress(_ text: RawSpan) -> Bool {
        let slash = text.firstOffset(of: 0x2f)
        guard slash < text.byteCount, let address = IPAddress(text: text.piece(0..<slash)),
            let length = Self.number(text.piece(slash &+ 1..<text.byteCount)),
            length <= (address.isV6 ? 128 : 32), !address.isUnspecified, !address.isMulticast,
            !address.isLoopback, address != .v4(.broadcast)
        else { return false }
        return addresses.append(InterfaceAddress(address, prefixLength: length))
    }

    /// Reads a router's address.
    public mutating func addGateway(_ text: RawSpan) -> Bool {
        guard let address = IPAddress(text: text), !address.isUnspecified, !address.isMulticast,
            !address.isLoopback, address != .v4(.broadcast)
        else { return false }
        return gateways.append(address)
    }

    /// Reads the address of a server of names.
    public mutating func addServer(_ text: RawSpan) -> Bool {
        guard let address = IPAddress(text: text), !address.isUnspecified, !address.isMulticast else { return false }
        return servers.append(address)
    }

    private static func number(_ text: RawSpan) -> UInt8? {
        guard text.byteCount > 0, text.byteCount <= 3 else { return nil }
        var number = 0
        for i in 0..<text.byteCount {
            let digit = text.field(at: i, as: UInt8.self) &- 0x30
            guard digit < 10 else { return nil }
            number = number &* 10 &+ Int(digit)
        }
        return UInt8(exactly: number)
    }
}
