import CMachine
import KernelMemory
import KernelSupport

/// Memory that the application named by address and length, to be read or
/// written with the one copy routine.
///
/// The bounds are checked to lie in the application's half of the address
/// space. Whether memory is there, and may be written, shows when it is
/// copied: an exception in the copy ends the copy, not the program. Nothing
/// is looked up before, no lock is taken, and another task may unmap the
/// memory at any time.
@safe public struct ApplicationBuffer: Sendable {
    private let address: UInt64
    public let count: Int

    /// - Throws: `EINVAL` for a negative count, `EFAULT` where a part is the
    ///   null page, not canonical or the kernel's.
    @inline(__always)
    public init(_ pointer: UnsafeRawPointer?, count: Int) throws(Errno) {
        guard count >= 0 else { throw .invalidArgument }
        address = UInt64(UInt(bitPattern: pointer))
        self.count = count
        guard count > 0 else { return }
        // One comparison where the count is known: what is below the start wraps.
        let start = Self.firstAddress
        guard UInt64(count) <= Layout.largestBuffer,
            address &- start <= Layout.applicationEnd &- UInt64(count) &- start
        else { throw .badAddress }
    }

    /// The application's first: an image begins with the kernel's data (docs/isolation.md), and
    /// nothing of the application's lies below it.
    private static var firstAddress: UInt64 {
        @inline(__always) get { machine_data_end() }
    }

    /// The first byte's address.
    public var start: UInt64 { address }

    /// The part behind `offset` bytes.
    public func suffix(from offset: Int) -> ApplicationBuffer {
        precondition(offset >= 0 && offset <= count)
        return ApplicationBuffer(checked: address + UInt64(offset), count: count - offset)
    }

    /// Memory of the kernel's own, which is copied to and from as if it were
    /// the application's.
    @unsafe public init(ofKernel bytes: UnsafeMutableRawBufferPointer) {
        address = UInt64(UInt(bitPattern: bytes.baseAddress))
        count = bytes.count
    }

    private init(checked address: UInt64, count: Int) {
        self.address = address
        self.count = count
    }

    private func pointer(at offset: Int) -> UnsafeMutableRawPointer? {
        unsafe UnsafeMutableRawPointer(bitPattern: UInt(address) + UInt(offset))
    }

    /// Reads the bytes from `offset` on.
    ///
    /// - Parameter bytes: Where they go; no more than there are behind `offset`.
    /// - Returns: How many were read before memory ended.
    @inline(__always)
    public func read(at offset: Int, to bytes: UnsafeMutableRawBufferPointer) -> Int {
        precondition(offset >= 0 && bytes.count <= count - offset)
        return unsafe bytes.count
            - Int(machine_copy(bytes.baseAddress, pointer(at: offset), bytes.count))
    }

    /// Writes the bytes from `offset` on.
    ///
    /// - Parameter bytes: No more than there is room for behind `offset`.
    /// - Returns: How many were written before memory ended.
    @inline(__always)
    public func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> Int {
        precondition(offset >= 0 && bytes.count <= count - offset)
        return unsafe bytes.count
            - Int(machine_copy(pointer(at: offset), bytes.baseAddress, bytes.count))
    }

    /// The first bytes as a value, which need not be aligned.
    ///
    /// - Throws: `EFAULT` where memory is not there.
    @inline(__always)
    public func load<Value: BitwiseCopyable>(into value: inout Value) throws(Errno) {
        let isRead = unsafe withUnsafeMutableBytes(of: &value) { bytes in
            unsafe read(at: 0, to: bytes) == bytes.count
        }
        if !isRead { throw .badAddress }
    }

    /// Stores a value in the first bytes, which need not be aligned.
    ///
    /// - Throws: `EFAULT` where memory is not there or may not be written.
    @inline(__always)
    public func store<Value: BitwiseCopyable>(_ value: Value) throws(Errno) {
        let isWritten = unsafe withUnsafeBytes(of: value) { bytes in
            unsafe write(bytes, at: 0) == bytes.count
        }
        if !isWritten { throw .badAddress }
    }

    /// Reads all bytes to the start of a value, which is at least as large.
    ///
    /// - Throws: `EFAULT` where memory is not there.
    @inline(__always)
    public func loadPart<Value: BitwiseCopyable>(of value: inout Value) throws(Errno) {
        let isRead = unsafe withUnsafeMutableBytes(of: &value) { bytes in
            unsafe read(at: 0, to: UnsafeMutableRawBufferPointer(rebasing: bytes[..<count])) == count
        }
        if !isRead { throw .badAddress }
    }

    /// Writes all bytes from the start of a value, which is at least as large.
    ///
    /// - Throws: `EFAULT` where memory is not there or may not be written.
    @inline(__always)
    public func storePart<Value: BitwiseCopyable>(of value: inout Value) throws(Errno) {
        let isWritten = unsafe withUnsafeMutableBytes(of: &value) { bytes in
            unsafe write(UnsafeRawBufferPointer(rebasing: bytes[..<count]), at: 0) == count
        }
        if !isWritten { throw .badAddress }
    }

    /// Reads so many bytes at an address to the start of a span; `false`: memory is not
    /// there.
    @inline(__always)
    public static func read(_ address: UInt64, _ count: Int, to bytes: inout MutableRawSpan) -> Bool {
        guard count <= bytes.byteCount,
            let buffer = try? unsafe ApplicationBuffer(
                UnsafeRawPointer(bitPattern: UInt(address)), count: count)
        else { return false }
        return unsafe bytes.withUnsafeMutableBytes { bytes in
            unsafe buffer.read(
                at: 0, to: UnsafeMutableRawBufferPointer(rebasing: bytes[..<count])) == count
        }
    }

    /// Stores a value in the first bytes, which need not be aligned, without a copy of it.
    ///
    /// - Throws: `EFAULT` where memory is not there or may not be written.
    @inline(__always)
    public func store<Value: BitwiseCopyable>(from value: inout Value) throws(Errno) {
        let isWritten = unsafe withUnsafeMutableBytes(of: &value) { bytes in
            unsafe write(UnsafeRawBufferPointer(bytes), at: 0) == bytes.count
        }
        if !isWritten { throw .badAddress }
    }

    /// Stores two words in 16 bytes, which need not be aligned: the end of a
    /// function of the ABI.
    ///
    /// - Returns: 0; where memory is not there or may not be written,
    ///   -EFAULT, and the task's errno is set.
    @inline(__always)
    public func storeResult(_ first: UInt64, _ second: UInt64) -> Int32 {
        precondition(count == 16)
        return unsafe machine_store_pair(pointer(at: 0), first, second)
    }
}

extension ApplicationBuffer {
    /// Bytes of a short one at most.
    public static var longestShort: Int { 4096 }

    /// Whether memory is of a few bytes, at least one, in the application's half of the
    /// address space. One comparison for each: what is near that half's end is called long.
    @inline(__always)
    public static func isShort(_ address: UInt64, _ count: Int) -> Bool {
        let start = firstAddress
        return UInt(bitPattern: count &- 1) < UInt(longestShort)
            && address &- start <= Layout.applicationEnd &- UInt64(longestShort) &- start
    }

    /// Memory of which `isShort` has said that it is.
    @inline(__always)
    @unsafe public init(short address: UInt64, count: Int) {
        self.address = address
        self.count = count
    }

    /// Writes bytes, as many as there are, to the start; `false`: memory was not there
    /// for all of them.
    ///
    /// - Precondition: There is room for them.
    @inline(__always)
    public func fill(_ bytes: RawSpan) -> Bool {
        precondition(bytes.byteCount <= count)
        return unsafe bytes.withUnsafeBytes {
            unsafe machine_copy(pointer(at: 0), $0.baseAddress, $0.count) == 0
        }
    }

    /// Reads the first bytes to a span, as many as it has; `false`: memory was not there
    /// for all of them.
    ///
    /// - Precondition: There are so many.
    @inline(__always)
    public func empty(to bytes: inout MutableRawSpan) -> Bool {
        precondition(bytes.byteCount <= count)
        return unsafe bytes.withUnsafeMutableBytes {
            unsafe machine_copy($0.baseAddress, pointer(at: 0), $0.count) == 0
        }
    }

    /// - Throws: As the other one.
    @inline(__always)
    public init(at address: UInt64, count: Int) throws(Errno) {
        try unsafe self.init(UnsafeRawPointer(bitPattern: UInt(address)), count: count)
    }

    /// Writes the bytes from `offset` on; how many were written before memory ended.
    @inline(__always)
    public func write(_ bytes: RawSpan, at offset: Int) -> Int {
        unsafe bytes.withUnsafeBytes { unsafe write($0, at: offset) }
    }

    /// Stores two words in the 16 bytes from `offset` on, which need not be aligned.
    ///
    /// - Precondition: They lie inside.
    /// - Returns: `false` where memory is not there or may not be written; the task's
    ///   errno is EFAULT then.
    @inline(__always)
    public func storePair(_ first: UInt64, _ second: UInt64, at offset: Int) -> Bool {
        precondition(offset >= 0 && offset <= count - 16)
        return unsafe machine_store_pair(pointer(at: offset), first, second) == 0
    }
}

/// Where a store of `storeResult` ends whose memory is not there.
@c(kernel_bad_address)
public func kernelBadAddress() -> Int32 {
    KernelServices.setErrno(Errno.badAddress.rawValue)
    return -Errno.badAddress.rawValue
}
