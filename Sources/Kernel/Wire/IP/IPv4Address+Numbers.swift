import KernelSupport

extension IPv4Address {
    /// Reads one to four numbers with dots between them, decimal, octal or hexadecimal, of which the
    /// last has all bytes that are left (POSIX, inet_addr); what a program may say in place of a
    /// host's name. `nil`: it is none.
    public init?(numbers text: RawSpan) {
        var bits: UInt32 = 0
        var (at, part) = (0, 0)
        while true {
            guard part < 4, let number = Self.number(in: text, at: &at) else { return nil }
            let left = UInt32(32 &- 8 &* part)
            if at == text.byteCount {
                guard left == 32 || number >> left == 0 else { return nil }
                self.init(bits: bits | number)
                return
            }
            guard number < 256, text.field(at: at, as: UInt8.self) == 0x2e else { return nil }
            bits |= number << (left &- 8)
            at &+= 1
            part &+= 1
        }
    }

    private static func number(in text: RawSpan, at: inout Int) -> UInt32? {
        var base: UInt64 = 10
        var digits = 0
        if at < text.byteCount, text.field(at: at, as: UInt8.self) == 0x30 {
            base = 8
            digits = 1
            at &+= 1
            if at < text.byteCount, text.field(at: at, as: UInt8.self) | 0x20 == 0x78 {
                base = 16
                digits = 0
                at &+= 1
            }
        }
        var number: UInt64 = 0
        while at < text.byteCount, let digit = digit(text.field(at: at)), digit < base {
            number = number &* base &+ digit
            guard number <= UInt64(UInt32.max) else { return nil }
            digits &+= 1
            at &+= 1
        }
        return digits > 0 ? UInt32(number) : nil
    }

    private static func digit(_ byte: UInt8) -> UInt64? {
        if byte &- 0x30 < 10 { return UInt64(byte &- 0x30) }
        let letter = (byte | 0x20) &- 0x61
        return letter < 6 ? UInt64(letter) &+ 10 : nil
    }
}
