import KernelNetwork
import KernelStreams
import KernelSupport
import KernelWire

/// Addresses of AF_INET and AF_INET6 as programs have them (`hermit_sockaddr_in`,
/// `hermit_sockaddr_in6`), and as the network does.
///
/// IPv4's addresses that are mapped into IPv6 are IPv4's inside: a socket of AF_INET6
/// alone sees them as mapped ones.
enum InternetAddress {
    /// HERMIT_AF_*.
    static let unspecifiedFamily: UInt8 = 0
    static let familyV6: UInt8 = 1
    static let familyV4: UInt8 = 3

    private static let lengthV4 = 16
    private static let lengthV6 = 28
    /// An address without its scope is one, too (RFC 2133).
    private static let leastV6 = 24

    /// What a socket of a family makes of an address.
    ///
    /// - Throws: `EINVAL`: it is too short; `EAFNOSUPPORT`: it is of another family.
    static func parse(_ address: SocketAddress, isV6: Bool) throws(Errno) -> Endpoint {
        guard let family = address.family, address.count >= (isV6 ? leastV6 : lengthV4) else {
            throw .invalidArgument
        }
        guard family == (isV6 ? familyV6 : familyV4) else { throw .addressFamilyNotSupported }
        let port = Port(UInt16(number(address, at: 2, bytes: 2)))
        guard isV6 else {
            return Endpoint(.v4(IPv4Address(bits: UInt32(number(address, at: 4, bytes: 4)))), port)
        }
        let six = IPv6Address(
            high: number(address, at: 8, bytes: 8), low: number(address, at: 16, bytes: 8))
        if let four = six.mapped { return Endpoint(.v4(four), port) }
        return Endpoint(.v6(six), port)
    }

    /// The interface that an address of a link names (RFC 4007, 11); none: it is no such
    /// address, or names none.
    ///
    /// - Throws: `ENETUNREACH`: there is no such interface.
    static func scope(of address: SocketAddress) throws(Errno) -> InterfaceNumber {
        guard address.family == familyV6, address.count >= lengthV6 else { return .none }
        let high = number(address, at: 8, bytes: 8)
        guard IPAddress.v6(IPv6Address(high: high, low: 1)).needsScope else { return .none }
        let index = number(address, at: 24, bytes: 4)
        // It is in the machine's own order, and not in the network's.
        do throws(Errno) {
            return try InterfaceNumber(program: Int32(bitPattern: UInt32(index).byteSwapped))
        } catch {
            throw .networkUnreachable
        }
    }

    /// An end as a socket of a family tells it.
    ///
    /// - Parameter scope: The interface of its link, if it is an address of a link.
    static func address(of end: Endpoint, isV6: Bool, scope: InterfaceNumber = .none) -> SocketAddress {
        var address = SocketAddress()
        address.count = isV6 ? lengthV6 : lengthV4
        address.bytes[0] = UInt8(address.count)
        address.bytes[1] = isV6 ? familyV6 : familyV4
        put(UInt64(end.port.number), in: &address, at: 2, bytes: 2)
        switch end.address {
        case .v4(let four) where !isV6: put(UInt64(four.bits), in: &address, at: 4, bytes: 4)
        case .v4(let four):
            // No address is none of either version.
            if four.isUnspecified { break }
            let six = IPv6Address(mapping: four)
            put(six.high, in: &address, at: 8, bytes: 8)
            put(six.low, in: &address, at: 16, bytes: 8)
        case .v6(let six):
            put(six.high, in: &address, at: 8, bytes: 8)
            put(six.low, in: &address, at: 16, bytes: 8)
            if end.address.needsScope { address.bytes[24] = scope.index }
        }
        return address
    }

    private static func number(_ address: SocketAddress, at start: Int, bytes: Int) -> UInt64 {
        var value: UInt64 = 0
        for index in start..<start + bytes { value = value << 8 | UInt64(address.bytes[index]) }
        return value
    }

    private static func put(
        _ value: UInt64, in address: inout SocketAddress, at start: Int, bytes: Int
    ) {
        for index in 0..<bytes {
            address.bytes[start + index] = UInt8(
                truncatingIfNeeded: value >> UInt64(8 * (bytes - 1 - index)))
        }
    }
}

extension Endpoint {
    /// No address, and no port.
    static func unspecified(isV6: Bool) -> Endpoint {
        Endpoint(isV6 ? .v6(.unspecified) : .v4(.unspecified), .any)
    }
}

extension IPAddress {
    /// Whom a packet reaches that is sent to it: no address is this host (RFC 1122, 3.2.1.3).
    var asDestination: IPAddress {
        guard isUnspecified else { return self }
        return isV6 ? .v6(.loopback) : .v4(.loopback)
    }

    /// Whether it only says something together with an interface (RFC 4007, 4): of this link, or
    /// a group of one or of an interface.
    var needsScope: Bool {
        guard case .v6(let six) = self else { return false }
        return six.isLinkLocal || six.isMulticast && six.multicastScope <= 2
    }

    var isForMany: Bool { isMulticast || self == .v4(.broadcast) }
}
