import KernelNetwork
import KernelNetworkCards
import KernelSupport
import KernelWire

/// An interface, and one of its addresses.
public struct KnownInterface: Sendable, BitwiseCopyable {
    /// From 1 on, in the order of `InternetConfiguration.index(of:)`.
    public var index: UInt32
    public var isLoopback: Bool
    public var hasLink: Bool
    /// Bytes of the largest packet.
    public var unit: Int
    /// `nil`: it has none.
    public var station: EthernetAddress?
    /// `nil`: this is the interface itself.
    public var address: IPAddress?
    public var prefixLength: UInt8
}

extension InternetConfiguration {
    /// All interfaces, each followed by its addresses; `nil`: there are no more.
    ///
    /// - Parameter place: From 0 on.
    public static func interface(at place: Int) -> KnownInterface? {
        // The loopback's addresses are in no table.
        if place < 3 { return loopback(place) }
        return InterfaceState.isThere ? InterfaceState.locked { $0.interface(at: place - 3) } : nil
    }

    private static func loopback(_ place: Int) -> KnownInterface? {
        var known = KnownInterface(
            index: 1, isLoopback: true, hasLink: true, unit: 65_536, station: nil, address: nil, prefixLength: 0)
        switch place {
        case 0: break
        case 1: (known.address, known.prefixLength) = (.v4(.loopback), 8)
        case 2: (known.address, known.prefixLength) = (.v6(.loopback), 128)
        default: return nil
        }
        return known
    }
}

extension InterfaceState {
    @inline(never)
    fileprivate func interface(at place: Int) -> KnownInterface? {
        var left = place
        for number in 0..<cards.count {
            let interface = cards[number].interface
            let count = network.interfaces.span[interface].addresses.count
            guard left > count else {
                var known = KnownInterface(
                    index: UInt32(number + 2), isLoopback: false, hasLink: cards[number].card.hasLink,
                    unit: network.interfaces.span[interface].unit, station: nil, address: nil, prefixLength: 0)
                if case .ethernet(let station) = network.interfaces.span[interface].medium { known.station = station }
                if left > 0 {
                    let address = network.interfaces.span[interface].addresses[left - 1]
                    (known.address, known.prefixLength) = (address.address, address.prefixLength)
                }
                return known
            }
            left -= count + 1
        }
        return nil
    }
}
