import CMachine
import KernelMachine

/// Gives frames for page tables and for memory.
public protocol FrameSource: ~Copyable {
    /// A frame of 4 KiB with undefined contents, or `nil` when there is none.
    mutating func takeFrame() -> PhysicalAddress?
}

/// Frames from one range, in order: what the kernel lives on until the frame
/// allocator stands.
public struct BootFrames: FrameSource {
    /// The first address not yet given.
    public private(set) var next: UInt64
    private let end: UInt64

    /// - Parameters:
    ///   - start: The first byte; a multiple of 4096.
    ///   - end: The byte behind the last, not below `start`.
    public init(start: UInt64, end: UInt64) {
        next = start
        self.end = end
    }

    /// What is left, in bytes.
    public var size: UInt64 { end &- next }

    public mutating func takeFrame() -> PhysicalAddress? { take(1) }

    /// Neighbouring frames; `nil` when there are not so many.
    @inline(never)
    public mutating func take(_ count: UInt64) -> PhysicalAddress? {
        guard count <= size >> 12 else { return nil }
        let first = next
        // Not behind `end`.
        next = first &+ count << 12
        return PhysicalAddress(first)
    }
}
