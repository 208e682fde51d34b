import KernelMachine

/// A stack with unmapped guard pages at both ends.
public struct Stack: Sendable {
    /// The lowest usable byte.
    public let bottom: UInt64
    /// The byte behind the highest; where the stack pointer starts.
    public let top: UInt64

    private static let guardSize: UInt64 = 0x1_0000

    /// Lays the `index`th stack of `size` bytes in the part of the address
    /// space that starts at `area`; it is not filled yet.
    public init(index: Int, size: UInt64, area: UInt64) {
        let stride = size + 2 * Self.guardSize
        bottom = area + UInt64(index) * stride + Self.guardSize
        top = bottom + size
    }

    /// Whether `address` is in this stack.
    public func contains(_ address: UInt64) -> Bool { bottom <= address && address < top }

    /// Whether `address` is in the guard below this stack.
    public func overflowed(at address: UInt64) -> Bool {
        bottom - Self.guardSize <= address && address < bottom
    }

    /// Where the stack itself is.
    public var range: Range<UInt64> { bottom..<top }

    /// The guard above this stack, behind its first caller.
    public func underflowed(at address: UInt64) -> Bool {
        top <= address && address < top + Self.guardSize
    }

    /// Maps the uppermost `bytes` at once; `false` when memory is exhausted.
    public func fill(_ bytes: UInt64, in space: inout AddressSpace) -> Bool {
        var page = top
        while page > top - bytes {
            page -= 4096
            guard space.fill(page, reserved: false) else { return false }
        }
        return true
    }
}
