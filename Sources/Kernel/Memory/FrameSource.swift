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
    ///   - end: The byte behind the last.
    public init(start: UInt64, end: UInt64) {
        next = start
        self.end = end
    }

    public mutating func takeFrame() -> PhysicalAddress? {
        guard next + PageSize.base.rawValue <= end else { return nil }
        defer { next += PageSize.base.rawValue }
        return PhysicalAddress(next)
    }
}
