import KernelSupport

/// A domain name (RFC 1035, 3.1): labels with their lengths, ended by the root's, 255
/// bytes at most. Two names are equal whatever the case of their letters (RFC 4343).
public struct DomainName: Sendable, BitwiseCopyable {
    /// Bytes of a name (RFC 1035, 2.3.4).
    public static let longest = 255
    /// Bytes of a label.
    public static let longestLabel = 63
    /// Labels of a name: each takes two bytes, and the root one.
    public static let mostLabels = 127

    var storage = InlineArray<255, UInt8>(repeating: 0)
    /// Bytes with the root's 0.
    public private(set) var count = 1

    /// The root.
    public init() {}

    public var isRoot: Bool { count == 1 }

    /// - Precondition: `index` is below `count`.
    @inline(__always)
    public subscript(_ index: Int) -> UInt8 {
        precondition(index >= 0 && index < count)
        return storage.span[index]
    }

    /// How many labels there are, the root not being one.
    public var labelCount: Int {
        var (labels, at) = (0, 0)
        while self[at] != 0 {
            labels &+= 1
            at &+= Int(self[at]) &+ 1
        }
        return labels
    }

    /// Puts a label behind the others; `false`: it is empty or too long, or the name would be.
    mutating func append(_ label: RawSpan) -> Bool {
        guard label.byteCount > 0, label.byteCount <= Self.longestLabel,
            label.byteCount &+ 1 &+ count <= Self.longest
        else { return false }
        storage[count &- 1] = UInt8(label.byteCount)
        for i in 0..<label.byteCount { storage[count &+ i] = label.field(at: i) }
        count &+= label.byteCount &+ 1
        storage[count &- 1] = 0
        return true
    }

    /// The name with `suffix` behind it; `nil`: that is too long.
    public func appending(_ suffix: borrowing DomainName) -> DomainName? {
        guard count &- 1 &+ suffix.count <= Self.longest else { return nil }
        var result = self
        for i in 0..<suffix.count { result.storage[count &- 1 &+ i] = suffix[i] }
        result.count = count &- 1 &+ suffix.count
        return result
    }

    /// Whether this is `zone`, or a name in it.
    public func isIn(_ zone: borrowing DomainName) -> Bool {
        var start = 0
        while count &- start > zone.count { start &+= Int(self[start]) &+ 1 }
        guard count &- start == zone.count else { return false }
        for i in 0..<zone.count where Self.folded(self[start &+ i]) != Self.folded(zone[i]) { return false }
        return true
    }

    /// A letter in lower case. Lengths are below the letters, and stay as they are.
    @inline(__always)
    static func folded(_ byte: UInt8) -> UInt8 {
        byte &- 0x41 < 26 ? byte | 0x20 : byte
    }

    /// A hash that is the same for equal names, and unpredictable for whoever chooses names.
    public func hash(key: SipKey) -> UInt64 {
        var hash = SipHash(key: key)
        var at = 0
        while at < count {
            var word: UInt64 = 0
            var shift: UInt64 = 0
            while at < count, shift < 64 {
                word |= UInt64(Self.folded(self[at])) &<< shift
                shift &+= 8
                at &+= 1
            }
            hash.combine(word)
        }
        return hash.finish()
    }

    /// Whether the names are the same in every bit, too: a server that was asked in
    /// mixed case has to say the name as it was asked.
    public func isIdentical(to other: borrowing DomainName) -> Bool {
        guard count == other.count else { return false }
        for i in 0..<count where self[i] != other[i] { return false }
        return true
    }

    /// The name with the case of each letter chosen by a bit of `bits`, which go round
    /// ("0x20", draft-vixie-dnsext-dns0x20).
    public func mixed(by bits: UInt64) -> DomainName {
        var (result, bit) = (self, 0 as UInt64)
        for i in 0..<count {
            let lower = Self.folded(self[i])
            guard lower &- 0x61 < 26 else { continue }
            result.storage[i] = bits &>> (bit & 63) & 1 == 0 ? lower : lower ^ 0x20
            bit &+= 1
        }
        return result
    }
}

extension DomainName: Equatable {
    public static func == (left: DomainName, right: DomainName) -> Bool {
        guard left.count == right.count else { return false }
        for i in 0..<left.count where folded(left[i]) != folded(right[i]) { return false }
        return true
    }
}
