import KernelSupport

/// Addresses are written as RFC 5952 has them.
extension IPAddress {
    /// Bytes of any address's text at most: of IPv6, eight groups with colons between them, or
    /// six and an address of IPv4.
    public static let longestText = 45

    /// Appends the text.
    @_lifetime(writer: copy writer)
    public func emitText(into writer: inout PacketWriter) {
        switch self {
        case .v4(let address): address.emitText(into: &writer)
        case .v6(let address): address.emitText(into: &writer)
        }
    }
}

extension IPv4Address {
    @_lifetime(writer: copy writer)
    func emitText(into writer: inout PacketWriter) {
        for part in 0..<4 {
            if part > 0 { writer.append(0x2e as UInt8) }
            writer.append(decimal: bits >> UInt32(24 &- 8 &* part) & 255)
        }
    }
}

extension IPv6Address {
    private func group(_ index: Int) -> UInt16 {
        UInt16(truncatingIfNeeded: (index < 4 ? high : low) >> UInt64(48 &- 16 &* (index & 3)))
    }

    @_lifetime(writer: copy writer)
    func emitText(into writer: inout PacketWriter) {
        if let mapped {
            // RFC 5952, 5.
            writer.append(text: "::ffff:")
            return mapped.emitText(into: &writer)
        }
        let gap = longestGap
        var index = 0
        while index < 8 {
            if index == gap.lowerBound, !gap.isEmpty {
                writer.append(0x3a as UInt8)
                if gap.upperBound == 8 { writer.append(0x3a as UInt8) }
                index = gap.upperBound
                continue
            }
            if index > 0 { writer.append(0x3a as UInt8) }
            writer.append(hexadecimal: group(index))
            index &+= 1
        }
    }

    /// The first of the longest runs of zeros, of two groups at least (RFC 5952, 4.2).
    private var longestGap: Range<Int> {
        var longest = 0..<0
        var start = 0
        for index in 0...8 where index == 8 || group(index) != 0 {
            if index &- start > max(longest.count, 1) { longest = start..<index }
            start = index &+ 1
        }
        return longest
    }
}

extension PacketWriter {
    @_lifetime(self: copy self)
    public mutating func append(text: StaticString) {
        for index in 0..<text.utf8CodeUnitCount { append(text.byte(at: index)) }
    }

    /// Appends a number as text.
    @_lifetime(self: copy self)
    public mutating func append(decimal number: UInt32) {
        var digits = InlineArray<10, UInt8>(repeating: 0)
        var (rest, count) = (number, 0)
        repeat {
            digits[count] = 0x30 &+ UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
            count &+= 1
        } while rest > 0
        while count > 0 {
            count &-= 1
            append(digits[count])
        }
    }

    /// The same to the base of 16.
    @_lifetime(self: copy self)
    mutating func append(hexadecimal number: UInt16) {
        var shift: UInt16 = 12
        while shift > 0, number >> shift == 0 { shift &-= 4 }
        while true {
            let digit = UInt8(truncatingIfNeeded: number >> shift & 15)
            append(digit < 10 ? 0x30 &+ digit : 0x57 &+ digit)
            if shift == 0 { break }
            shift &-= 4
        }
    }
}
