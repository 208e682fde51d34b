/// An address of a host's, of either version of the internet's protocol.
public enum IPAddress: Hashable, Sendable {
    /// The first byte is the highest of the number.
    case v4(UInt32)
    /// The first eight bytes and the last. The scope says on which interface a link's own address
    /// is, by its number; 0: it is not said.
    case v6(high: UInt64, low: UInt64, scope: UInt32 = 0)

    /// All of the host's addresses; of version 6, those of version 4, too.
    public static var anyV4: Self { .v4(0) }
    public static var anyV6: Self { .v6(high: 0, low: 0) }
    /// The host itself.
    public static var loopbackV4: Self { .v4(0x7f00_0001) }
    public static var loopbackV6: Self { .v6(high: 0, low: 1) }

    public var isV6: Bool {
        if case .v6 = self { true } else { false }
    }

    /// The address of version 4 that is mapped into this one, as a socket of version 6 has it
    /// (RFC 4291, 2.5.5.2); the address itself where it is none.
    public var unmapped: Self {
        guard case .v6(0, let low, _) = self, low >> 32 == 0xffff else { return self }
        return .v4(UInt32(truncatingIfNeeded: low))
    }
}

extension IPAddress: CustomStringConvertible {
    /// The address as text (RFC 5952).
    public var description: String {
        switch self {
        case .v4(let number): Self.text(number)
        case .v6(let high, let low, let scope):
            Self.text(high, low) + (scope == 0 ? "" : "%" + String(scope))
        }
    }

    private static func text(_ number: UInt32) -> String {
        "\(number >> 24).\(number >> 16 & 255).\(number >> 8 & 255).\(number & 255)"
    }

    private static func text(_ high: UInt64, _ low: UInt64) -> String {
        if high == 0, low >> 32 == 0xffff { return "::ffff:" + text(UInt32(truncatingIfNeeded: low)) }
        let groups = (0..<8).map { index in
            UInt16(truncatingIfNeeded: (index < 4 ? high : low) >> UInt64(48 - 16 * (index & 3)))
        }
        // The first of the longest runs of zeros, of two at least.
        var (gap, start) = (0..<0, 0)
        for index in 0...8 where index == 8 || groups[index] != 0 {
            if index - start > max(gap.count, 1) { gap = start..<index }
            start = index + 1
        }
        func join(_ part: ArraySlice<UInt16>) -> String {
            var text = ""
            for (index, group) in part.enumerated() { text += (index > 0 ? ":" : "") + String(group, radix: 16) }
            return text
        }
        if gap.isEmpty { return join(groups[...]) }
        return join(groups[..<gap.lowerBound]) + "::" + join(groups[gap.upperBound...])
    }
}

extension IPAddress: LosslessStringConvertible {
    /// Reads the text of an address: four numbers with dots, or any form of RFC 4291, 2.2, perhaps
    /// with `%` and an interface's number. `nil`: it is none.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        if let number = Self.version4(bytes[...]) {
            self = .v4(number)
            return
        }
        let end = bytes.firstIndex(of: UInt8(ascii: "%")) ?? bytes.count
        guard let groups = Self.groups(bytes[..<end]) else { return nil }
        var scope: UInt32 = 0
        if end < bytes.count {
            guard let number = UInt32(String(decoding: bytes[(end + 1)...], as: UTF8.self)) else { return nil }
            scope = number
        }
        self = .v6(
            high: groups[..<4].reduce(0) { $0 << 16 | UInt64($1) }, low: groups[4...].reduce(0) { $0 << 16 | UInt64($1) },
            scope: scope)
    }

    private static func version4(_ bytes: ArraySlice<UInt8>) -> UInt32? {
        let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var number: UInt32 = 0
        for part in parts {
            // Zeros in front are octal numbers to some.
            guard (1...3).contains(part.count), part.count == 1 || part.first != UInt8(ascii: "0"),
                part.allSatisfy({ $0 &- UInt8(ascii: "0") < 10 })
            else { return nil }
            let value = part.reduce(0 as UInt32) { $0 * 10 + UInt32($1 - UInt8(ascii: "0")) }
            guard value < 256 else { return nil }
            number = number << 8 | value
        }
        return number
    }

    private static func groups(_ bytes: ArraySlice<UInt8>) -> [UInt16]? {
        var halves: [[UInt16]] = [[]]
        var parts = bytes.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard parts.count > 1, parts[0].isEmpty == false || parts[1].isEmpty,
            parts[parts.count - 1].isEmpty == false || parts[parts.count - 2].isEmpty
        else { return nil }
        if parts.count == 3, parts.allSatisfy({ $0.isEmpty }) { return [UInt16](repeating: 0, count: 8) }
        // "::" is an empty part in the middle; at an end there is one more.
        if parts.count > 2, parts[0].isEmpty, parts[1].isEmpty { parts.removeFirst() }
        if parts.count > 2, parts[parts.count - 1].isEmpty, parts[parts.count - 2].isEmpty { parts.removeLast() }
        for (index, part) in parts.enumerated() {
            if part.isEmpty {
                guard halves.count == 1 else { return nil }
                halves.append([])
            } else if index == parts.count - 1, let number = version4(part) {
                halves[halves.count - 1] += [UInt16(number >> 16), UInt16(truncatingIfNeeded: number)]
            } else {
                guard part.count <= 4, let group = group(part) else { return nil }
                halves[halves.count - 1].append(group)
            }
        }
        let count = halves.reduce(0) { $0 + $1.count }
        guard halves.count == 2 else { return count == 8 ? halves[0] : nil }
        guard count < 8 else { return nil }
        return halves[0] + [UInt16](repeating: 0, count: 8 - count) + halves[1]
    }

    private static func group(_ digits: ArraySlice<UInt8>) -> UInt16? {
        var group: UInt16 = 0
        for byte in digits {
            let letter = (byte | 0x20) &- UInt8(ascii: "a")
            if byte &- UInt8(ascii: "0") < 10 {
                group = group << 4 | UInt16(byte - UInt8(ascii: "0"))
            } else if letter < 6 {
                group = group << 4 | UInt16(letter + 10)
            } else {
                return nil
            }
        }
        return group
    }
}
