import KernelDescriptors
import KernelMain
import KernelStreams
import KernelSupport
import KernelWire

/// Bytes of a stream, or of datagrams, in memory of the kernel's heap that grows with
/// them. A handle: a copy sees the same bytes until they are moved to larger memory.
@safe struct ByteRing: BitwiseCopyable {
    private var base: UnsafeMutableRawPointer? = nil
    /// What was too small, and somebody may still read.
    private var retired: UnsafeMutableRawPointer? = nil
    private var ring = StreamRing()

    /// Memory at least.
    static let least = 2048

    init() {}

    var count: Int { ring.count }
    var isEmpty: Bool { ring.isEmpty }
    var capacity: Int { ring.capacity }

    /// Sees to it that there is memory for so many bytes from the first one on.
    ///
    /// - Parameter isRead: Somebody reads by a copy of the handle, without the lock.
    /// - Returns: `false`: there is no memory.
    mutating func ensure(_ bytes: Int, isRead: Bool = false) -> Bool {
        if bytes <= ring.capacity { return true }
        let size = StreamRing.capacity(for: bytes, least: Self.least)
        // One that is read is enough to be kept.
        if isRead, unsafe retired != nil { return false }
        guard let larger = unsafe kernelHeapAllocate(size, 16) else { return false }
        var copied = 0
        while copied < ring.capacity {
            let run = ring.run(at: copied, limit: ring.capacity - copied)
            unsafe larger.advanced(by: copied).copyMemory(
                from: base.unsafelyUnwrapped.advanced(by: run.lowerBound), byteCount: run.count)
            copied += run.count
        }
        if isRead {
            unsafe retired = base
        } else if let base = unsafe base {
            unsafe kernelHeapDeallocate(base)
        }
        unsafe base = larger
        ring.move(to: size)
        return true
    }

    /// Nobody reads without the lock any more.
    mutating func releaseRetired() {
        if let retired = unsafe retired { unsafe kernelHeapDeallocate(retired) }
        unsafe retired = nil
    }

    /// Gives all memory back; there are no bytes then.
    mutating func release() {
        releaseRetired()
        if let base = unsafe base { unsafe kernelHeapDeallocate(base) }
        self = ByteRing()
    }

    mutating func extend(_ number: Int) { ring.extend(number) }
    mutating func consume(_ number: Int) { ring.consume(number) }

    private func place(_ run: Range<Int>) -> UnsafeMutableRawBufferPointer {
        unsafe UnsafeMutableRawBufferPointer(
            start: base.unsafelyUnwrapped.advanced(by: run.lowerBound), count: run.count)
    }

    // MARK: - The application's bytes

    /// Takes bytes of a write; how many, fewer where the application's memory ends.
    ///
    /// - Precondition: `ensure`d.
    func take(_ count: Int, from transfer: inout Transfer, at offset: Int) -> Int {
        var done = 0
        while done < count {
            let run = ring.run(at: offset + done, limit: count - done)
            let moved = unsafe transfer.read(to: place(run))
            done += moved
            if moved < run.count { break }
        }
        return done
    }

    /// Takes the bytes of a short write behind the others (`ApplicationBuffer.isShort`).
    ///
    /// - Returns: `false`: they are not in one piece of the ring, or of the application's memory;
    ///   nothing was taken that counts.
    @inline(__always)
    func takeShort(_ count: Int, from address: UInt64) -> Bool {
        guard count <= ring.capacity &- ring.count else { return false }
        let run = ring.run(at: ring.count, limit: count)
        guard run.count == count else { return false }
        var target = unsafe place(run).mutableBytes
        return unsafe ApplicationBuffer(short: address, count: count).empty(to: &target)
    }

    /// Hands the first bytes to a short read.
    ///
    /// - Precondition: There are so many.
    /// - Returns: `false`, as above.
    @inline(__always)
    func handShort(_ count: Int, to address: UInt64) -> Bool {
        let run = ring.run(at: 0, limit: count)
        guard run.count == count else { return false }
        return unsafe ApplicationBuffer(short: address, count: count)
            .fill(UnsafeRawBufferPointer(place(run)).bytes)
    }

    /// Hands bytes to a read; how many, fewer where the application's memory ends.
    func hand(_ count: Int, to transfer: inout Transfer, at offset: Int) -> Int {
        var done = 0
        while done < count {
            let run = ring.run(at: offset + done, limit: count - done)
            let moved = unsafe transfer.write(UnsafeRawBufferPointer(place(run)))
            done += moved
            if moved < run.count { break }
        }
        return done
    }

    // MARK: - The kernel's bytes

    /// Copies bytes of another ring.
    ///
    /// - Precondition: `ensure`d.
    func copy(_ count: Int, of other: ByteRing, from start: Int, to offset: Int) {
        var done = 0
        while done < count {
            let source = other.ring.run(at: start + done, limit: count - done)
            let target = ring.run(at: offset + done, limit: source.count)
            unsafe place(target).copyMemory(
                from: UnsafeRawBufferPointer(rebasing: other.place(source)[..<target.count]))
            done += target.count
        }
    }

    /// Copies bytes to where they belong.
    ///
    /// - Precondition: `ensure`d.
    func copy(_ bytes: RawSpan, to offset: Int) {
        var done = 0
        while done < bytes.byteCount {
            let run = ring.run(at: offset + done, limit: bytes.byteCount - done)
            var target = unsafe place(run).mutableBytes
            _ = target.copy(bytes, at: UInt64(done), count: UInt64(run.count), to: 0)
            done += run.count
        }
    }

    /// Copies bytes to the start of a span.
    func copy(_ count: Int, from offset: Int, to span: inout MutableRawSpan) {
        var done = 0
        while done < count {
            let run = ring.run(at: offset + done, limit: count - done)
            let source = unsafe UnsafeRawBufferPointer(place(run))
            _ = unsafe span.copy(source.bytes, at: 0, count: UInt64(run.count), to: UInt64(done))
            done += run.count
        }
    }

    /// Writes bytes behind what was written of a packet.
    func append(_ count: Int, at offset: Int, to writer: inout PacketWriter) {
        var done = 0
        while done < count {
            let run = ring.run(at: offset + done, limit: count - done)
            unsafe writer.append(contentsOf: UnsafeRawBufferPointer(place(run)).bytes)
            done += run.count
        }
    }

    /// Stores a value.
    ///
    /// - Precondition: `ensure`d.
    func store<Value: BitwiseCopyable>(_ value: Value, at offset: Int) {
        unsafe withUnsafeBytes(of: value) { bytes in
            var done = 0
            while done < bytes.count {
                let run = ring.run(at: offset + done, limit: bytes.count - done)
                unsafe place(run).copyMemory(
                    from: UnsafeRawBufferPointer(rebasing: bytes[done..<done + run.count]))
                done += run.count
            }
        }
    }

    /// Loads a value that was stored.
    func load<Value: BitwiseCopyable>(into value: inout Value, at offset: Int) {
        unsafe withUnsafeMutableBytes(of: &value) { bytes in
            var done = 0
            while done < bytes.count {
                let run = ring.run(at: offset + done, limit: bytes.count - done)
                unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[done..<done + run.count])
                    .copyMemory(from: UnsafeRawBufferPointer(place(run)))
                done += run.count
            }
        }
    }
}
