import KernelSupport

/// A message of IGMP (RFC 1112, RFC 2236, RFC 3376).
public enum IGMPMessage: Equatable, Sendable, BitwiseCopyable {
    /// Who listens to the group, or, when it is unspecified, to any? Answers come
    /// within the time, in tenths of a second.
    case query(version: UInt8, group: IPv4Address, maximumResponse: UInt32)
    /// A host of version 1 or 2 listens.
    case report(version: UInt8, group: IPv4Address)
    /// It does not any more.
    case leave(group: IPv4Address)
    /// Hosts of version 3 tell each other nothing.
    case report3

    /// Reads a message; `nil` when its checksum or length is wrong or its type unknown.
    public init?(parsing message: RawSpan) {
        guard message.byteCount >= 8, message.hasSoundChecksum else { return nil }
        let group = message.ipv4Address(at: 4)
        let code: UInt8 = message.field(at: 1)
        switch message.field(at: 0, as: UInt8.self) {
        case 0x11:
            guard group.isUnspecified || group.isMulticast else { return nil }
            // RFC 3376, 7.1: the length and the code tell the version.
            if message.byteCount >= 12 {
                let number = Int(message.field(at: 10, as: UInt16.self))
                guard message.byteCount >= 12 &+ 4 &* number else { return nil }
                self = .query(version: 3, group: group, maximumResponse: Self.time(UInt16(code), bits: 4))
            } else if message.byteCount == 8 {
                self = .query(
                    version: code == 0 ? 1 : 2, group: group, maximumResponse: code == 0 ? 100 : UInt32(code))
            } else {
                return nil
            }
        case 0x12 where group.isMulticast: self = .report(version: 1, group: group)
        case 0x16 where group.isMulticast: self = .report(version: 2, group: group)
        case 0x17 where group.isMulticast: self = .leave(group: group)
        case 0x22: self = .report3
        default: return nil
        }
    }

    /// Writes a whole message of version 1 or 2 with its checksum; of `report3`,
    /// which `MulticastReport` writes, nothing.
    @_lifetime(writer: copy writer)
    public func emit(into writer: inout PacketWriter) {
        let start = writer.count
        let (type, code, address): (UInt8, UInt8, IPv4Address)
        switch self {
        case .query(let version, let group, let time):
            (type, code, address) = (0x11, version == 1 ? 0 : UInt8(truncatingIfNeeded: min(time, 127)), group)
        case .report(let version, let group): (type, code, address) = (version == 1 ? 0x12 : 0x16, 0, group)
        case .leave(let group): (type, code, address) = (0x17, 0, group)
        case .report3: return
        }
        writer.append(type)
        writer.append(code)
        writer.append(0 as UInt16)
        writer.append(address)
        if case .query(3, _, _) = self { writer.append(zeros: 4) }
        writer.seal(from: start, at: start &+ 2)
    }

    /// A time of which a large one is written with an exponent (RFC 3376, 4.1.1; RFC 3810, 5.1.3).
    ///
    /// - Parameter bits: Of the mantissa.
    static func time(_ code: UInt16, bits: UInt16) -> UInt32 {
        let limit = UInt16(1) << (bits &+ 3)
        guard code >= limit else { return UInt32(code) }
        let mantissa = UInt32(code & (1 << bits &- 1) | 1 << bits)
        return mantissa << (UInt32(code >> bits & 7) &+ 3)
    }
}
