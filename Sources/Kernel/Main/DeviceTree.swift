/// The flattened device tree that the loader made (Devicetree Specification
/// 0.4, chapter 5), as far as the boot needs it.
struct DeviceTree {
    private let address: UInt64
    private let size: Int

    private enum Token {
        static let beginNode: UInt32 = 1
        static let endNode: UInt32 = 2
        static let property: UInt32 = 3
        static let nothing: UInt32 = 4
    }

    /// `nil` when there is no tree at `address`.
    init?(at address: UInt64) {
        self.address = address
        guard address != 0 else { return nil }
        guard unsafe UnsafePointer<UInt32>(bitPattern: UInt(address))!.pointee.byteSwapped
            == 0xD00D_FEED
        else { return nil }
        size = unsafe Int(UnsafePointer<UInt32>(bitPattern: UInt(address) + 4)!.pointee.byteSwapped)
    }

    private func word(_ offset: Int) -> UInt32 {
        guard offset >= 0, offset + 4 <= size else { return 0 }
        return unsafe UnsafeRawPointer(bitPattern: UInt(address))!
            .loadUnaligned(fromByteOffset: offset, as: UInt32.self).byteSwapped
    }

    private func byte(_ offset: Int) -> UInt8 {
        guard offset >= 0, offset < size else { return 0 }
        return unsafe UnsafeRawPointer(bitPattern: UInt(address))!
            .load(fromByteOffset: offset, as: UInt8.self)
    }

    private func text(at offset: Int, is name: StaticString) -> Bool {
        for i in 0..<name.utf8CodeUnitCount where unsafe byte(offset + i) != name.utf8Start[i] {
            return false
        }
        return byte(offset + name.utf8CodeUnitCount) == 0
    }

    /// Calls `body` with the depth, the offsets of a property's name and value, and its length.
    private func forEachProperty(
        _ body: (_ depth: Int, _ name: Int, _ value: Int, _ length: Int) -> Void
    ) {
        var offset = Int(word(8))
        let strings = Int(word(12))
        var depth = 0
        while offset < size {
            let token = word(offset)
            offset += 4
            switch token {
            case Token.beginNode:
                depth += 1
                while offset < size && byte(offset) != 0 { offset += 1 }
                offset = (offset + 4) & ~3
            case Token.endNode:
                depth -= 1
            case Token.property:
                let length = Int(word(offset))
                body(depth, strings + Int(word(offset + 4)), offset + 8, length)
                offset = (offset + 8 + length + 3) & ~3
            case Token.nothing:
                break
            default:
                return
            }
        }
    }

    /// Calls `body` with every range of a memory node: first byte and size.
    func forEachMemoryRange(_ body: (UInt64, UInt64) -> Void) {
        var isMemory = false
        forEachProperty { depth, name, value, length in
            if text(at: name, is: "device_type") {
                isMemory = text(at: value, is: "memory")
            } else if depth == 2, isMemory, text(at: name, is: "reg") {
                var offset = value
                while offset + 16 <= value + length {
                    let start = UInt64(word(offset)) << 32 | UInt64(word(offset + 4))
                    let count = UInt64(word(offset + 8)) << 32 | UInt64(word(offset + 12))
                    let (_, overflow) = start.addingReportingOverflow(count)
                    if !overflow { body(start, count) }
                    offset += 16
                }
            }
        }
    }

    /// Where the command line is, and its bytes without the zero at the end.
    var bootArguments: (address: UInt64, length: Int)? {
        var result: (UInt64, Int)? = nil
        forEachProperty { _, name, value, length in
            if text(at: name, is: "bootargs"), length > 0, value + length <= size {
                result = (address + UInt64(value), length - 1)
            }
        }
        return result
    }
}
