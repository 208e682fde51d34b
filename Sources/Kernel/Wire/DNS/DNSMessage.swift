import KernelSupport

/// A record, by where it is in its message.
public struct DNSRecord: Sendable, BitwiseCopyable {
    let name: Int
    public let type: DNSType
    let recordClass: UInt16
    /// In seconds.
    public let timeToLive: UInt32
    /// Where its data starts; the next record is behind them.
    let start: Int
    let next: Int

    var data: Range<Int> { start..<next }
}

/// A server's message (RFC 1035, 4.1).
///
/// A record's length is checked when it is read, and a message in which one lies
/// has no records from there on: `isWhole` tells.
public struct DNSMessage: ~Escapable {
    private let bytes: RawSpan
    public let identifier: UInt16
    public let flags: DNSFlags
    /// Where the answers are, and where the authorities.
    private let answers: Int
    private let authorities: Int
    private let answerCount: Int
    private let authorityCount: Int
    /// Whether all answers and authorities are there; not so where it is truncated.
    public let isWhole: Bool

    /// The longest message that comes by UDP (RFC 1035, 4.2.1).
    public static let longestDatagram = 512
    /// Records that are read: more than any host's addresses are, and a bound for the work
    /// that a message makes.
    public static let mostRecords = 256

    /// `nil`: it is no answer to one question, or the question lies.
    @_lifetime(copy bytes)
    public init?(parsing bytes: RawSpan) {
        guard bytes.byteCount >= DNSQuestion.offset else { return nil }
        identifier = bytes.field(at: 0)
        flags = DNSFlags(rawValue: bytes.field(at: 2))
        guard flags.contains(.isResponse), flags.operation == 0, bytes.field(at: 4, as: UInt16.self) == 1 else {
            return nil
        }
        var at = DNSQuestion.offset
        guard DomainName(parsing: bytes, at: &at) != nil, at &+ 4 <= bytes.byteCount,
            bytes.field(at: at &+ 2, as: UInt16.self) == DNSClass.internet
        else { return nil }
        answers = at &+ 4
        answerCount = Int(bytes.field(at: 6, as: UInt16.self))
        authorityCount = Int(bytes.field(at: 8, as: UInt16.self))
        self.bytes = bytes
        at = answers
        var isWhole = answerCount &+ authorityCount <= Self.mostRecords
        var authorities = at
        var index = 0
        while isWhole, index < answerCount &+ authorityCount {
            if let record = Self.record(bytes, at: at) { at = record.next } else { isWhole = false }
            index &+= 1
            if index == answerCount { authorities = at }
        }
        self.authorities = authorities
        self.isWhole = isWhole
    }

    /// The question, as the server repeats it. It is read anew: a message is small, and handed about.
    public var question: DNSQuestion {
        var at = DNSQuestion.offset
        let name = DomainName(parsing: bytes, at: &at) ?? DomainName()
        return DNSQuestion(name, DNSType(bytes.field(at: at)))
    }

    /// The question's type alone.
    public var questionType: DNSType { DNSType(bytes.field(at: answers &- 4)) }

    private static func record(_ bytes: RawSpan, at offset: Int) -> DNSRecord? {
        var at = offset
        guard DomainName(parsing: bytes, at: &at) != nil, at &+ 10 <= bytes.byteCount else { return nil }
        let length = Int(bytes.field(at: at &+ 8, as: UInt16.self))
        guard length <= bytes.byteCount &- at &- 10 else { return nil }
        // A time whose highest bit is set is none (RFC 2181, 8).
        let time: UInt32 = bytes.field(at: at &+ 4)
        return DNSRecord(
            name: offset, type: DNSType(bytes.field(at: at)), recordClass: bytes.field(at: at &+ 2),
            timeToLive: time >> 31 == 0 ? time : 0, start: at &+ 10, next: at &+ 10 &+ length)
    }

    /// The first answer of a type that is about `name`, behind `previous` if there is one.
    public func answer(
        _ type: DNSType, about name: borrowing DomainName, after previous: DNSRecord? = nil
    ) -> DNSRecord? {
        guard isWhole else { return nil }
        var at = previous?.next ?? answers
        while at < authorities, let record = Self.record(bytes, at: at) {
            if record.type == type, record.recordClass == DNSClass.internet, owns(record, name) { return record }
            at = record.next
        }
        return nil
    }

    private func owns(_ record: DNSRecord, _ name: borrowing DomainName) -> Bool {
        var at = record.name
        guard let owner = DomainName(parsing: bytes, at: &at) else { return false }
        return owner == name
    }

    /// The address of a record; `nil`: it has another length than that.
    public func address(of record: DNSRecord) -> IPAddress? {
        switch (record.type, record.data.count) {
        case (.a, 4): .v4(bytes.ipv4Address(at: record.data.lowerBound))
        case (.aaaa, 16): .v6(bytes.ipv6Address(at: record.data.lowerBound))
        default: nil
        }
    }

    /// The name that a record of type CNAME or PTR has; `nil`: it ends elsewhere than the record.
    public func name(of record: DNSRecord) -> DomainName? {
        var at = record.data.lowerBound
        guard let name = DomainName(parsing: bytes, at: &at), at == record.data.upperBound else { return nil }
        return name
    }

    /// For how many seconds it may be remembered that there is nothing (RFC 2308, 3 and 5): the
    /// lesser of the zone's minimum and its record's own time. `nil`: the message does not
    /// say it, or says it of another zone than the name is in.
    public func negativeTimeToLive(for name: borrowing DomainName) -> UInt32? {
        guard isWhole else { return nil }
        var at = authorities
        for _ in 0..<authorityCount {
            guard let record = Self.record(bytes, at: at) else { return nil }
            at = record.next
            guard record.type == .startOfAuthority, record.recordClass == DNSClass.internet else { continue }
            var place = record.name
            guard let zone = DomainName(parsing: bytes, at: &place), name.isIn(zone) else { return nil }
            place = record.data.lowerBound
            guard DomainName(parsing: bytes, at: &place) != nil, DomainName(parsing: bytes, at: &place) != nil,
                place &+ 20 == record.data.upperBound
            else { return nil }
            return min(record.timeToLive, bytes.field(at: place &+ 16))
        }
        return nil
    }
}
