import Synchronization

/// Memory that driver and device read and write at once: a ring, or a table of
/// descriptors.
///
/// A handle: copies are the same memory, which whoever makes one keeps there. A
/// value of it may change at any time, so each is read once and then checked. All
/// numbers are little-endian, as the processors are that this runs on.
@safe public struct RingMemory: BitwiseCopyable, @unchecked Sendable {
    private let base: UnsafeMutableRawPointer
    /// Bytes.
    public let count: Int
    /// Where the device sees the first byte.
    public let deviceAddress: UInt64

    /// - Parameters:
    ///   - base: The first byte, aligned to 16 bytes.
    ///   - count: Bytes that are there.
    ///   - deviceAddress: Where the device sees them.
    @unsafe public init(_ base: UnsafeMutableRawPointer, count: Int, deviceAddress: UInt64) {
        unsafe self.base = unsafe base
        self.count = count
        self.deviceAddress = deviceAddress
    }

    @inline(__always)
    private func place<Value>(_ offset: Int, _ type: Value.Type) -> UnsafeMutableRawPointer {
        let size = MemoryLayout<Value>.size
        precondition(offset >= 0 && offset <= count &- size && offset & (size &- 1) == 0)
        return unsafe base + offset
    }

    @inline(__always)
    func load16(at offset: Int) -> UInt16 {
        unsafe place(offset, UInt16.self).assumingMemoryBound(to: Atomic<UInt16>.self)
            .pointee.load(ordering: .relaxed)
    }

    /// Loads before all that is loaded behind it: what the device stored before this
    /// is seen.
    @inline(__always)
    func acquire16(at offset: Int) -> UInt16 {
        unsafe place(offset, UInt16.self).assumingMemoryBound(to: Atomic<UInt16>.self)
            .pointee.load(ordering: .acquiring)
    }

    @inline(__always)
    func load32(at offset: Int) -> UInt32 {
        unsafe place(offset, UInt32.self).assumingMemoryBound(to: Atomic<UInt32>.self)
            .pointee.load(ordering: .relaxed)
    }

    @inline(__always)
    func store16(_ value: UInt16, at offset: Int) {
        unsafe place(offset, UInt16.self).assumingMemoryBound(to: Atomic<UInt16>.self)
            .pointee.store(value, ordering: .relaxed)
    }

    /// Stores behind all that was stored before: the device that sees it sees that, too.
    @inline(__always)
    func publish16(_ value: UInt16, at offset: Int) {
        unsafe place(offset, UInt16.self).assumingMemoryBound(to: Atomic<UInt16>.self)
            .pointee.store(value, ordering: .releasing)
    }

    @inline(__always)
    func store32(_ value: UInt32, at offset: Int) {
        unsafe place(offset, UInt32.self).assumingMemoryBound(to: Atomic<UInt32>.self)
            .pointee.store(value, ordering: .relaxed)
    }

    @inline(__always)
    func store64(_ value: UInt64, at offset: Int) {
        unsafe place(offset, UInt64.self).assumingMemoryBound(to: Atomic<UInt64>.self)
            .pointee.store(value, ordering: .relaxed)
    }

    /// Zeroes all of it, while no device knows of it.
    func clear() { unsafe base.initializeMemory(as: UInt8.self, repeating: 0, count: count) }

    /// What was stored is seen before what is loaded from here on (virtio 1.2,
    /// 2.7.13.4.1: an index is published before the suppression is read).
    @inline(__always)
    static func fence() { atomicMemoryFence(ordering: .sequentiallyConsistent) }
}
