import KernelSupport

/// Addresses as they are written.
extension IPAddress {
    /// Reads the text of an address of either version; `nil` when it is none.
    public init?(text: RawSpan) {
        if let address = IPv4Address(text: text) {
            self = .v4(address)
        } else if let address = IPv6Address(text: text) {
            self = .v6(address)
        } else {
            return nil
        }
    }
}

extension IPv4Address {
    /// Reads four numbers of one to three digits with dots between them, without zeros
    /// in front, which some read as octal numbers (RFC 6943, 3.1.1).
    public init?(text: RawSpan) {
        var bits: UInt32 = 0
        var at = 0
        for part in 0..<4 {
            if part > 0 {
                guard at < text.byteCount, text.field(at: at, as: UInt8.self) == 0x2e else { return nil }
                at &+= 1
            }
            let start = at
            var number: UInt32 = 0
            while at < text.byteCount, at &- start < 4 {
                let digit = text.field(at: at, as: UInt8.self) &- 0x30
                guard digit < 10 else { break }
                number = number &* 10 &+ UInt32(digit)
                at &+= 1
            }
            let isPadded = at &- start > 1 && text.field(at: start, as: UInt8.self) == 0x30
            guard at > start, number < 256, !isPadded else { return nil }
            bits = bits << 8 | number
        }
        guard at == text.byteCount else { return nil }
        self.init(bits: bits)
    }
}

extension IPv6Address {
    /// Reads an address in any of the forms of RFC 4291, 2.2; without a zone.
    public init?(text: RawSpan) {
        var groups = InlineArray<8, UInt16>(repeating: 0)
        var count = 0
        // Of the groups in front of "::".
        var head: Int?
        var at = 0
        if text.byteCount >= 2, text.field(at: 0, as: UInt16.self) == 0x3a3a {
            head = 0
            at = 2
        }
        while at < text.byteCount {
            guard count < 8 else { return nil }
            let start = at
            var number: UInt16 = 0
            while at < text.byteCount, at &- start < 5, let digit = Self.hexDigit(text.field(at: at)) {
                number = number << 4 | digit
                at &+= 1
            }
            if at < text.byteCount, text.field(at: at, as: UInt8.self) == 0x2e {
                // The last 32 bits as an address of IPv4.
                guard count <= 6, let last = IPv4Address(text: text.rest(after: start)) else { return nil }
                groups[count] = UInt16(truncatingIfNeeded: last.bits >> 16)
                groups[count &+ 1] = UInt16(truncatingIfNeeded: last.bits)
                count &+= 2
                at = text.byteCount
                break
            }
            guard at > start, at &- start <= 4 else { return nil }
            groups[count] = number
            count &+= 1
            guard at < text.byteCount else { break }
            guard text.field(at: at, as: UInt8.self) == 0x3a, at &+ 1 < text.byteCount else { return nil }
            at &+= 1
            if text.field(at: at, as: UInt8.self) == 0x3a {
                guard head == nil else { return nil }
                head = count
                at &+= 1
            }
        }
        if let head {
            guard count < 8 else { return nil }
            // What is behind "::" is at the end.
            for i in 0..<count &- head {
                groups[7 &- i] = groups[count &- 1 &- i]
                groups[count &- 1 &- i] = 0
            }
        } else if count != 8 {
            return nil
        }
        var (high, low): (UInt64, UInt64) = (0, 0)
        for i in 0..<4 {
            high = high << 16 | UInt64(groups[i])
            low = low << 16 | UInt64(groups[i &+ 4])
        }
        self.init(high: high, low: low)
    }

    private static func hexDigit(_ byte: UInt8) -> UInt16? {
        if byte &- 0x30 < 10 { return UInt16(byte &- 0x30) }
        let letter = (byte | 0x20) &- 0x61
        return letter < 6 ? UInt16(letter) &+ 10 : nil
    }
}
