import KernelNetwork
import KernelSupport
import KernelWire

/// An interface as an option names it, or none. Programs count from 1 (RFC 3493, 4), the
/// network from 0.
struct InterfaceNumber: Equatable, BitwiseCopyable {
    /// What a program says: 0 is none.
    let index: UInt8

    static let none = Self(index: 0)

    private init(index: UInt8) { self.index = index }

    init(_ interface: Int) { index = UInt8(truncatingIfNeeded: interface + 1) }

    /// - Parameter program: What a program says.
    /// - Throws: `ENODEV`: there is no such interface.
    init(program number: Int32) throws(Errno) {
        guard 0...Int32(InterfaceState.count) ~= number else { throw .operationNotSupportedByDevice }
        index = UInt8(number)
    }

    /// The network's number; `nil`: it is none.
    var interface: Int? { index == 0 ? nil : Int(index) - 1 }
}

/// Names of interfaces: "lo", and "eth0" and so on (`if_nametoindex`).
enum InterfaceName {
    /// Bytes of a name with what ends it (IFNAMSIZ).
    static let size = 16

    /// The name's bytes, in words as an option has them, and how many they are.
    static func bytes(of interface: Int) -> (word: UInt64, count: Int) {
        // "lo"; "eth" and a digit: there are at most four cards.
        interface == Network.loopback
            ? (0x6F6C, 2) : (0x68_7465 | (0x30 + UInt64(interface - 1)) << 24, 4)
    }

    /// The interface that has a name; `nil`: there is none.
    ///
    /// - Parameter word: The name's first eight bytes, the first being the lowest; 0 behind it.
    static func interface(named word: UInt64) -> Int? {
        for interface in 0..<InterfaceState.count where bytes(of: interface).word == word { return interface }
        return nil
    }
}

extension InterfaceState {
    /// Interfaces with the loopback.
    static var count: Int { isThere ? locked { $0.network.interfaces.count } : 1 }

    /// The interface that has an address, which is not the loopback's for others than its own.
    static func interface(of address: IPAddress) -> Int? {
        if address.isLoopback { return Network.loopback }
        return isThere ? locked { $0.network.owner(of: address) } : nil
    }

    /// Whether an address is that of all hosts, or of all on a subnet of this host's.
    static func isBroadcast(_ address: IPAddress) -> Bool {
        guard case .v4(let four) = address else { return false }
        if four.isBroadcast || four == IPv4Address(127, 255, 255, 255) { return true }
        return isThere && locked { state in
            for interface in state.network.interfaces.indices
            where state.network.interfaces.span[interface].addresses.isBroadcast(four) { return true }
            return false
        }
    }
}
