/// The address of a station on an Ethernet (IEEE 802, EUI-48).
public struct EthernetAddress: Hashable, Sendable, BitwiseCopyable {
    /// The 48 bits, the first octet on the wire being the highest.
    public let bits: UInt64

    /// Of `bits` the lower 48 count.
    @inlinable
    public init(bits: UInt64) {
        self.bits = bits & 0xffff_ffff_ffff
    }

    /// Every station.
    @inlinable
    public static var broadcast: EthernetAddress { EthernetAddress(bits: .max) }

    /// No station: what an ARP request has in the place of the wanted one.
    @inlinable
    public static var zero: EthernetAddress { EthernetAddress(bits: 0) }

    /// Whether it names a group of stations; the broadcast address does.
    @inlinable
    public var isMulticast: Bool { bits & 1 << 40 != 0 }

    /// Whether it can be one station's.
    @inlinable
    public var isUnicast: Bool { !isMulticast && bits != 0 }
}
