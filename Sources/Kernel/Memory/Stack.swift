import KernelMachine

/// A stack with unmapped guard pages at both ends.
public struct Stack: Sendable {
    /// The lowest usable byte.
    public let bottom: UInt64
    /// The byte behind the highest; where the stack pointer starts.
    public let top: UInt64

    public static let guardSize: UInt64 = 0x1_0000

    /// The kernel's stack of the task at a place of the table; it is not filled yet.
    public init(kernelStackOf place: Int, size: UInt64) {
        bottom = Layout.kernelStacks + UInt64(place) * Layout.kernelStackStride + Self.guardSize
        top = bottom + size
    }

    /// The application's stack of the task at a place of the table: whatever
    /// its size, it starts where the others at that place did.
    public init(applicationStackOf place: Int, size: UInt64) {
        top =
            Layout.applicationStacks + UInt64(place + 1) * Layout.applicationStackStride
            - Self.guardSize
        bottom = top - size
    }

    /// A stack that is there.
    public init(_ range: Range<UInt64>) {
        bottom = range.lowerBound
        top = range.upperBound
    }

    /// The place in the table of the task to whose part of the application's
    /// stacks an address belongs; `nil` outside of them.
    public static func place(ofApplicationAddress address: UInt64) -> Int? {
        guard address >= Layout.applicationStacks else { return nil }
        let place = (address - Layout.applicationStacks) / Layout.applicationStackStride
        return place < UInt64(Layout.stackCount) ? Int(place) : nil
    }

    /// The largest application stack.
    public static let largest = Layout.applicationStackStride - 2 * guardSize

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

    /// Maps the uppermost `bytes` at once; `false`, and nothing is mapped, when
    /// memory is exhausted.
    public func fill(_ bytes: UInt64, in space: inout AddressSpace) -> Bool {
        var page = top
        while page > top - bytes {
            page -= 4096
            guard space.fill(page, reserved: false) else {
                while page + 4096 < top {
                    page += 4096
                    space.drop(page, count: 1)
                }
                return false
            }
        }
        return true
    }

    /// Takes all memory away from it.
    public func empty(in space: inout AddressSpace) {
        space.drop(bottom, count: range.count / 4096)
    }
}
