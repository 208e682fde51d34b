import KernelSupport

/// A message of multicast listener discovery: IGMP's ones in ICMPv6 (RFC 2710, RFC 3810).
public enum MLDMessage: Equatable, Sendable, BitwiseCopyable {
    /// The time is in milliseconds.
    case query(version: UInt8, group: IPv6Address, maximumResponse: UInt32)
    case report(group: IPv6Address)
    case done(group: IPv6Address)
    case report2

    /// Reads an ICMPv6 message whose checksum was looked at; `nil` for other ones.
    public init?(parsing message: RawSpan) {
        guard message.byteCount >= 8 else { return nil }
        let type: UInt8 = message.field(at: 0)
        if type == ICMPv6Type.listenerReport2 {
            self = .report2
            return
        }
        guard message.byteCount >= 24 else { return nil }
        let group = message.ipv6Address(at: 8)
        let code: UInt16 = message.field(at: 4)
        switch type {
        case ICMPv6Type.listenerQuery:
            guard group.isUnspecified || group.isMulticast else { return nil }
            // RFC 3810, 8.1: the length tells the version.
            if message.byteCount >= 28 {
                let number = Int(message.field(at: 26, as: UInt16.self))
                guard message.byteCount >= 28 &+ 16 &* number else { return nil }
                self = .query(version: 2, group: group, maximumResponse: IGMPMessage.time(code, bits: 12))
            } else if message.byteCount == 24 {
                self = .query(version: 1, group: group, maximumResponse: UInt32(code))
            } else {
                return nil
            }
        case ICMPv6Type.listenerReport where group.isMulticast: self = .report(group: group)
        case ICMPv6Type.listenerDone where group.isMulticast: self = .done(group: group)
        default: return nil
        }
    }

    /// Writes a message of version 1, or a query; its checksum is 0 until it is
    /// sealed. Of `report2`, which `MulticastReport` writes, nothing.
    @_lifetime(writer: copy writer)
    public func emit(into writer: inout PacketWriter) {
        let (type, time, address): (UInt8, UInt32, IPv6Address)
        var isLong = false
        switch self {
        case .query(let version, let group, let maximum):
            (type, time, address) = (ICMPv6Type.listenerQuery, min(maximum, 0x7fff), group)
            isLong = version == 2
        case .report(let group): (type, time, address) = (ICMPv6Type.listenerReport, 0, group)
        case .done(let group): (type, time, address) = (ICMPv6Type.listenerDone, 0, group)
        case .report2: return
        }
        ICMPHeader(type: type, word: time << 16).emit(into: &writer)
        writer.append(address)
        if isLong { writer.append(zeros: 4) }
    }
}

/// What a record of a report of IGMPv3 or MLDv2 says of a group. Sources are not
/// chosen from: who listens to a group listens to all of them.
public enum MulticastRecord: UInt8, Sendable, BitwiseCopyable {
    /// It is listened to.
    case listening = 2
    /// From now on it is not.
    case left = 3
    /// From now on it is.
    case joined = 4
}

/// A report of one group in the newer versions (RFC 3376, 4.2; RFC 3810, 5.2).
public enum MulticastReport {
    /// Writes a whole IGMPv3 report with its checksum.
    @_lifetime(writer: copy writer)
    public static func emit(_ record: MulticastRecord, _ group: IPv4Address, into writer: inout PacketWriter) {
        let start = writer.count
        writer.append(0x2200_0000 as UInt32)
        writer.append(0x0000_0001 as UInt32)
        writer.append(record.rawValue)
        writer.append(zeros: 3)
        writer.append(group)
        writer.seal(from: start, at: start &+ 2)
    }

    @inlinable public static var lengthV4: Int { 16 }

    /// Writes an MLDv2 report; its checksum is 0 until it is sealed.
    @_lifetime(writer: copy writer)
    public static func emit(_ record: MulticastRecord, _ group: IPv6Address, into writer: inout PacketWriter) {
        ICMPHeader(type: ICMPv6Type.listenerReport2, word: 1).emit(into: &writer)
        writer.append(record.rawValue)
        writer.append(zeros: 3)
        writer.append(group)
    }

    @inlinable public static var lengthV6: Int { 28 }
}
