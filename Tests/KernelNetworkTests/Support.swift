import KernelSupport
import KernelWire
import NetworkSimulation

extension SeededGenerator {
    /// A number below `bound`; quicker than the library's in a debug build.
    mutating func below(_ bound: Int) -> Int {
        Int(truncatingIfNeeded: next() >> 1) % bound
    }

    mutating func bytes(_ count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var i = 0
        while i < count {
            var word = next()
            var left = min(8, count - i)
            while left > 0 {
                bytes[i] = UInt8(truncatingIfNeeded: word)
                word >>= 8
                i += 1
                left -= 1
            }
        }
        return bytes
    }
}

/// What `body` writes into `capacity` bytes; `nil` when it finds no room.
func written(capacity: Int = 2048, _ body: (inout PacketWriter) -> Void) -> [UInt8]? {
    var memory = [UInt8](repeating: 0xee, count: capacity)
    var elements = memory.mutableSpan
    var writer = PacketWriter(unsafe elements.mutableBytes)
    body(&writer)
    let count = writer.isWhole ? writer.count : nil
    return count.map { Array(memory.prefix($0)) }
}

/// The bytes of a text of hexadecimal digits; what is not one separates.
func hex(_ text: String) -> [UInt8] {
    let digits = text.filter(\.isHexDigit)
    var bytes: [UInt8] = []
    var rest = digits[...]
    while rest.count >= 2 {
        bytes.append(UInt8(rest.prefix(2), radix: 16)!)
        rest = rest.dropFirst(2)
    }
    return bytes
}
