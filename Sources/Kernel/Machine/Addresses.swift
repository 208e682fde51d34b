/// A byte's place in physical memory.
public struct PhysicalAddress: Equatable, Comparable, Sendable {
    public let value: UInt64

    public init(_ value: UInt64) { self.value = value }

    public static func < (a: Self, b: Self) -> Bool { a.value < b.value }
    public static func + (a: Self, bytes: UInt64) -> Self { Self(a.value + bytes) }
}

/// A canonical 48-bit virtual address: bits 48 to 63 repeat bit 47.
public struct VirtualAddress: Equatable, Comparable, Sendable {
    public let value: UInt64

    /// `nil` when `value` is not canonical.
    public init?(_ value: UInt64) {
        let upper = Int64(bitPattern: value) >> 47
        guard upper == 0 || upper == -1 else { return nil }
        self.value = value
    }

    /// - Precondition: `value` is canonical.
    public init(canonical value: UInt64) { self.value = value }

    public static func < (a: Self, b: Self) -> Bool { a.value < b.value }
    public static func + (a: Self, bytes: UInt64) -> Self { Self(canonical: a.value &+ bytes) }
}

/// Sizes of pages, in bytes.
public enum PageSize: UInt64, Sendable {
    case base = 4096
    case large = 0x20_0000
    case huge = 0x4000_0000
}
