import KernelSupport

/// Names under which addresses have names.
extension DomainName {
    /// The name whose record of type PTR is the name of an address: the bytes or digits from the
    /// last to the first, in in-addr.arpa (RFC 1035, 3.5) or ip6.arpa (RFC 3596, 2.5).
    public init(reversing address: IPAddress) {
        self.init()
        switch address {
        case .v4(let address):
            for part in 0..<4 { append(decimal: UInt8(truncatingIfNeeded: address.bits >> UInt32(8 &* part))) }
            append("in-addr")
        case .v6(let address):
            for digit in 0..<32 {
                let half = digit < 16 ? address.low : address.high
                append(hexDigit: UInt8(truncatingIfNeeded: half >> UInt64(4 &* (digit & 15)) & 15))
            }
            append("ip6")
        }
        append("arpa")
    }

    /// The host itself (RFC 6761, 6.3).
    public static var localhost: DomainName {
        var name = DomainName()
        name.append("localhost")
        return name
    }

    private mutating func append(_ label: StaticString) {
        var bytes = InlineArray<16, UInt8>(repeating: 0)
        let count = label.utf8CodeUnitCount
        for i in 0..<count { bytes[i] = label.byte(at: i) }
        _ = bytes.withBytes(0..<count) { append($0) }
    }

    private mutating func append(decimal number: UInt8) {
        var bytes = InlineArray<3, UInt8>(repeating: 0)
        var (rest, start) = (number, 3)
        repeat {
            start &-= 1
            bytes[start] = 0x30 &+ rest % 10
            rest /= 10
        } while rest > 0
        _ = bytes.withBytes(start..<3) { append($0) }
    }

    private mutating func append(hexDigit digit: UInt8) {
        let bytes = InlineArray<1, UInt8>(repeating: digit < 10 ? 0x30 &+ digit : 0x57 &+ digit)
        _ = bytes.withBytes(0..<1) { append($0) }
    }
}
