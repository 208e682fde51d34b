import KernelMain
import KernelSupport

/// Bytes of the kernel's heap. A handle: copies are the same bytes, and
/// whoever has made them gives them back.
@safe struct ByteBlock: BitwiseCopyable {
    private let base: UnsafeMutableRawPointer?
    let count: Int

    /// No bytes.
    init() {
        unsafe base = nil
        count = 0
    }

    /// - Throws: `ENOMEM`.
    init(count: Int) throws(Errno) {
        guard let base = unsafe kernelHeapAllocate(count, 16) else { throw .noMemory }
        unsafe self.base = unsafe base
        self.count = count
    }

    func give() {
        if let base = unsafe base { unsafe kernelHeapDeallocate(base) }
    }

    @inline(__always)
    private func bytes(_ range: Range<Int>) -> UnsafeMutableRawBufferPointer {
        precondition(range.lowerBound >= 0 && range.upperBound <= count)
        return unsafe UnsafeMutableRawBufferPointer(
            start: base?.advanced(by: range.lowerBound), count: range.count)
    }

    /// Fills a part with what the application writes; how many bytes.
    func fill(_ range: Range<Int>, from transfer: inout Transfer) -> Int {
        unsafe transfer.read(to: bytes(range))
    }

    /// Hands a part to the application's read; how many bytes.
    func hand(_ range: Range<Int>, to transfer: inout Transfer) -> Int {
        unsafe transfer.write(UnsafeRawBufferPointer(bytes(range)))
    }

    /// Where a part is; the null page where it is not in the block, or there is none:
    /// without a branch, and a copy there copies nothing (`SlotStorage`).
    @inline(__always)
    private func place(of size: Int, from offset: Int) -> UnsafeMutableRawPointer {
        let start = unsafe Int(bitPattern: base)
        let last = count &- size
        let isThere = UInt(bitPattern: offset) <= UInt(bitPattern: last) && last >= 0
        return unsafe UnsafeMutableRawPointer(bitPattern: isThere ? start &+ offset : 16).unsafelyUnwrapped
    }

    /// The same of a part, not empty, and memory that has room for it, or as much as it;
    /// `false`: not all of it was there.
    @inline(__always)
    func fill(_ size: Int, at offset: Int, from buffer: ApplicationBuffer) -> Bool {
        var bytes = unsafe UnsafeMutableRawBufferPointer(start: place(of: size, from: offset), count: size).mutableBytes
        return buffer.empty(to: &bytes)
    }

    @inline(__always)
    func hand(_ size: Int, from offset: Int, to buffer: ApplicationBuffer) -> Bool {
        unsafe buffer.fill(UnsafeRawBufferPointer(start: place(of: size, from: offset), count: size).bytes)
    }

    /// A read fills the first bytes, or a write takes them.
    func transfer(_ count: Int) -> Transfer {
        Transfer(unsafe ApplicationBuffer(ofKernel: bytes(0..<count)))
    }

    /// Copies a part of another block to a place.
    func copy(_ range: Range<Int>, of other: ByteBlock, to offset: Int) {
        unsafe bytes(offset..<offset + range.count).copyMemory(
            from: UnsafeRawBufferPointer(other.bytes(range)))
    }

    subscript(index: Int) -> UInt8 {
        get { unsafe bytes(index..<index + 1)[0] }
        nonmutating set { unsafe bytes(index..<index + 1)[0] = newValue }
    }
}
