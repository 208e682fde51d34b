import KernelMain
import KernelNetwork
import KernelStreams
import KernelSupport
import KernelWire

/// What sockets are asked of interfaces by `ioctl` (Linux, netdevice(7)): its numbers, and its
/// `struct ifreq`, a name of 16 bytes and 24 bytes for the answer.
enum InterfaceRequest: UInt32 {
    case name = 0x8910
    /// `struct ifconf`: the interfaces' IPv4 addresses.
    case list = 0x8912
    case flags = 0x8913
    case address = 0x8915
    /// Of a link between two; else the interface's own.
    case destination = 0x8917
    case broadcast = 0x8919
    case mask = 0x891B
    case metric = 0x891D
    case unit = 0x8921
    case station = 0x8927
    case index = 0x8933

    private static let entrySize = 40
    /// `ARPHRD_ETHER`, and `ARPHRD_LOOPBACK` of our `net/if_arp.h`: a family has one byte.
    private static let ethernetKind: UInt64 = 1
    private static let loopbackKind: UInt64 = 24

    /// Whether it asks for addresses of IPv4, which sockets of AF_INET6 do not know.
    var isV4Alone: Bool {
        switch self {
        case .address, .destination, .broadcast, .mask: true
        default: false
        }
    }

    /// Answers it; no lock may be held.
    ///
    /// - Returns: 0, or `ENODEV`, `EADDRNOTAVAIL`, `EFAULT`.
    func answer(at place: UInt64) -> Int {
        do throws(Errno) {
            if self == .list { try Self.list(at: place) } else { try tell(at: place) }
            return 0
        } catch { return error.result }
    }

    private func tell(at place: UInt64) throws(Errno) {
        let memory = try ApplicationBuffer(at: place, count: Self.entrySize)
        var entry = InlineArray<5, UInt64>(repeating: 0)
        try memory.load(into: &entry)
        if self == .name {
            let number = try InterfaceNumber(program: Int32(truncatingIfNeeded: entry[2]))
            guard let interface = number.interface else { throw .operationNotSupportedByDevice }
            entry[0] = InterfaceName.bytes(of: interface).word
            entry[1] = 0
            return try memory.store(entry)
        }
        // Behind a colon is the label of one of its addresses; here all have the interface's own.
        guard let interface = InterfaceName.interface(named: Self.untilEnd(entry[0])) else {
            throw .operationNotSupportedByDevice
        }
        guard let known = Self.known(interface, withAddress: isV4Alone) else { throw .addressNotAvailable }
        if self == .flags {
            entry[2] = entry[2] & ~0xFFFF | known.flags
        } else if self == .metric || self == .unit || self == .index {
            entry[2] = entry[2] & ~0xFFFF_FFFF | number(known)
        } else {
            (entry[2], entry[3]) = words(known)
        }
        try memory.store(entry)
    }

    private func number(_ known: KnownInterface) -> UInt64 {
        switch self {
        case .unit: UInt64(known.unit)
        case .index: UInt64(known.index)
        default: 0
        }
    }

    /// An address, as a `struct sockaddr`.
    private func words(_ known: KnownInterface) -> (UInt64, UInt64) {
        guard self != .station else {
            let kind = known.isLoopback ? Self.loopbackKind : Self.ethernetKind
            // Six bytes, the first of which is the lowest of what is behind the family.
            let station = known.station.map { ($0.bits << 16).byteSwapped } ?? 0
            return (16 | kind << 8 | station << 16, 0)
        }
        guard case .v4(let own)? = known.address else { return (0, 0) }
        let mask: UInt32 = known.prefixLength == 0 ? 0 : ~0 << (32 - UInt32(known.prefixLength))
        var bits = own.bits
        switch self {
        case .mask: bits = mask
        case .broadcast: bits = known.isLoopback ? 0 : own.bits | ~mask
        default: break
        }
        return Self.words(IPv4Address(bits: bits))
    }

    private static func words(_ address: IPv4Address) -> (UInt64, UInt64) {
        (16 | UInt64(InternetAddress.familyV4) << 8 | UInt64(address.bits.byteSwapped) << 32, 0)
    }

    /// A name without what is behind its end, or a colon; 0: it is longer than any that there is.
    private static func untilEnd(_ word: UInt64) -> UInt64 {
        for index in 0..<8 {
            let byte = word >> UInt64(8 * index) & 0xFF
            if byte == 0 || byte == UInt64(UInt8(ascii: ":")) { return word & ~(~0 << UInt64(8 * index)) }
        }
        return 0
    }

    /// An interface, with its first address of IPv4 if one is wanted.
    private static func known(_ interface: Int, withAddress: Bool) -> KnownInterface? {
        if withAddress { waitForAddress() }
        var place = 0
        while let known = InternetConfiguration.interface(at: place) {
            place += 1
            guard Int(known.index) == interface + 1 else { continue }
            if !withAddress { return known }
            if let address = known.address, !address.isV6 { return known }
        }
        return nil
    }

    /// A host that is about to get its address has one when it is asked.
    private static func waitForAddress() { InterfaceState.waitForAddress(to: .v4(.broadcast)) }

    private static func list(at place: UInt64) throws(Errno) {
        let memory = try ApplicationBuffer(at: place, count: 16)
        var header = InlineArray<2, UInt64>(repeating: 0)
        try memory.load(into: &header)
        let room = Int(Int32(truncatingIfNeeded: header[0]))
        waitForAddress()
        var (used, next) = (0, 0)
        while let known = InternetConfiguration.interface(at: next) {
            next += 1
            guard case .v4(let address)? = known.address else { continue }
            // Without memory it says how much is needed.
            if header[1] != 0 {
                guard used + entrySize <= room else { break }
                var entry = InlineArray<5, UInt64>(repeating: 0)
                entry[0] = InterfaceName.bytes(of: Int(known.index) - 1).word
                (entry[2], entry[3]) = words(address)
                try ApplicationBuffer(at: header[1] &+ UInt64(used), count: entrySize).store(entry)
            }
            used += entrySize
        }
        header[0] = header[0] & ~0xFFFF_FFFF | UInt64(used)
        try memory.store(header)
    }
}

extension KnownInterface {
    /// IFF_UP, _RUNNING, _LOOPBACK, _BROADCAST, _MULTICAST.
    fileprivate var flags: UInt64 { 0x1 | (hasLink ? 0x40 : 0) | (isLoopback ? 0x8 : 0x2 | 0x1000) }
}
