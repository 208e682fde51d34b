import KernelDescriptors
import KernelMain
import KernelStreams
import KernelSupport

/// What has come by a connection and was not read, in memory of the kernel's heap that grows with
/// it. A handle: copies are the same bytes.
@safe struct SocketBuffer: BitwiseCopyable {
    private var base: UnsafeMutableRawPointer? = nil
    private var ring = StreamRing()

    /// Memory at least.
    private static let least = 2048

    init() {}

    var count: Int { ring.count }

    /// Sees to it that there is memory for so many bytes more; `false`: there is none.
    mutating func ensure(_ more: Int) -> Bool {
        let bytes = ring.count + more
        if bytes <= ring.capacity { return true }
        let size = StreamRing.capacity(for: bytes, least: Self.least)
        guard let larger = unsafe kernelHeapAllocate(size, 16) else { return false }
        var copied = 0
        while copied < ring.count {
            let run = ring.run(at: copied, limit: ring.count - copied)
            unsafe larger.advanced(by: copied).copyMemory(
                from: base.unsafelyUnwrapped.advanced(by: run.lowerBound), byteCount: run.count)
            copied += run.count
        }
        if let base = unsafe base { unsafe kernelHeapDeallocate(base) }
        unsafe base = larger
        ring.move(to: size)
        return true
    }

    /// Gives all memory back; there are no bytes then.
    mutating func release() {
        if let base = unsafe base { unsafe kernelHeapDeallocate(base) }
        self = SocketBuffer()
    }

    private func place(_ run: Range<Int>) -> UnsafeMutableRawBufferPointer {
        unsafe UnsafeMutableRawBufferPointer(
            start: base.unsafelyUnwrapped.advanced(by: run.lowerBound), count: run.count)
    }

    /// Takes bytes of a write, which are not there before `extend`; how many, fewer where the
    /// application's memory ends.
    ///
    /// - Precondition: `ensure`d.
    func take(_ count: Int, from transfer: inout Transfer) -> Int {
        var done = 0
        while done < count {
            let run = ring.run(at: ring.count + done, limit: count - done)
            let moved = unsafe transfer.read(to: place(run))
            done += moved
            if moved < run.count { break }
        }
        return done
    }

    mutating func extend(_ count: Int) { ring.extend(count) }

    /// Adds bytes of a packet.
    ///
    /// - Precondition: `ensure`d.
    mutating func append(_ bytes: RawSpan) {
        var done = 0
        while done < bytes.byteCount {
            let run = ring.run(at: ring.count + done, limit: bytes.byteCount - done)
            var target = unsafe place(run).mutableBytes
            _ = target.copy(bytes, at: UInt64(done), count: UInt64(run.count), to: 0)
            done += run.count
        }
        ring.extend(done)
    }

    /// Hands bytes to a read; how many, fewer where the application's memory ends.
    ///
    /// - Parameter offset: Bytes in front of them.
    /// - Precondition: There are so many.
    func hand(_ count: Int, at offset: Int, to transfer: inout Transfer) -> Int {
        var done = 0
        while done < count {
            let run = ring.run(at: offset + done, limit: count - done)
            let moved = unsafe transfer.write(UnsafeRawBufferPointer(place(run)))
            done += moved
            if moved < run.count { break }
        }
        return done
    }

    mutating func consume(_ count: Int) { ring.consume(count) }
}
