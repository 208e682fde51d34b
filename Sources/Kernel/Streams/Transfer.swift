import KernelDescriptors
import KernelMain
import KernelSupport

/// Memory of the application's that a read fills or a write empties: one
/// buffer, or parts of one, and how far it is.
///
/// The one way for bytes between the application and what is behind a
/// descriptor. Nothing is checked that is not reached: an exception in a copy
/// ends the copy.
@safe public struct Transfer: PassedByAddress {
    /// The parts that are left, in the application's memory.
    private var table: UInt64 = 0
    private var partsLeft = 0
    private var part: ApplicationBuffer
    /// Bytes of the part that are done.
    private var offset = 0
    /// Bytes that are wanted and not done.
    public private(set) var remaining: Int
    /// Bytes that are done.
    public private(set) var done = 0
    /// How the descriptor is used (O_NONBLOCK, O_APPEND).
    public internal(set) var isNonBlocking = false
    public internal(set) var appends = false
    /// What is read stays there (MSG_PEEK).
    public internal(set) var peeks = false
    /// It does not wait, however the descriptor is used (MSG_DONTWAIT).
    var neverWaits = false
    /// It writes at the end, however the descriptor is used (RWF_APPEND).
    var alwaysAppends = false
    /// More is written soon, which is to go with it (MSG_MORE).
    public var hasMore = false
    /// What is read goes nowhere (MSG_TRUNC of a stream).
    public var discards = false
    /// A read waits until all is there; MSG_WAITALL has asked for that.
    public internal(set) var waitsAll = false
    var wantsAll = false
    /// A kind that runs locked has stopped after a piece, and has more to move; or
    /// `remainder` is set.
    var wantsPause = false
    /// What is left to do when the lock is given back.
    var remainder: Closing? = nil
    /// What a kind says when it has to wait: until when, and for what; `nil`: for
    /// ever, for a change of its own source.
    var deadline: UInt64? = nil
    var awaited: WakeTarget? = nil
    /// The address of the `SocketMessage` of which the bytes are; 0: of none.
    public internal(set) var message: UInt = 0

    /// Parts at most (IOV_MAX).
    private static let mostParts = 1024
    private static let partSize = 16

    /// - Throws: `EINVAL`, `EFAULT` as `ApplicationBuffer`.
    public init(_ address: UInt64, count: Int) throws(Errno) {
        part = try unsafe ApplicationBuffer(
            UnsafeRawPointer(bitPattern: UInt(address)), count: count)
        remaining = count
    }

    /// A transfer with memory of the kernel's own.
    ///
    /// - Parameter message: The address of the `SocketMessage` of which the bytes are; 0: of none.
    public init(_ bytes: ApplicationBuffer, message: UInt = 0) {
        part = bytes
        remaining = bytes.count
        self.message = message
    }

    /// - Parameters:
    ///   - parts: The address of `hermit_iovec`s.
    ///   - count: Their number.
    /// - Throws: `EINVAL` if there are too many or they are too long together;
    ///   `EFAULT` if the table or one of the parts can't be the application's.
    public init(parts: UInt64, count: Int) throws(Errno) {
        guard 0...Self.mostParts ~= count else { throw .invalidArgument }
        part = try unsafe ApplicationBuffer(nil, count: 0)
        remaining = 0
        (table, partsLeft) = (parts, count)
        var total = 0
        for _ in 0..<count {
            let next = try nextPart()
            guard next.count <= Int.max - total else { throw .invalidArgument }
            total += next.count
        }
        remaining = total
        (table, partsLeft) = (parts, count)
    }

    /// The next part as it is now: the table is the application's, and another
    /// task may write to it.
    private mutating func nextPart() throws(Errno) -> ApplicationBuffer {
        var words: (UInt64, Int) = (0, 0)
        try unsafe ApplicationBuffer(
            UnsafeRawPointer(bitPattern: UInt(table)), count: Self.partSize
        ).load(into: &words)
        table += UInt64(Self.partSize)
        partsLeft -= 1
        return try unsafe ApplicationBuffer(
            UnsafeRawPointer(bitPattern: UInt(words.0)), count: words.1)
    }

    /// Makes `part` one with bytes that are not done; `false`: there is none.
    private mutating func advance() -> Bool {
        while offset == part.count {
            guard partsLeft > 0, let next = try? nextPart() else { return false }
            part = next
            offset = 0
        }
        return true
    }

    /// Moves the next bytes from the application to the kernel.
    ///
    /// - Returns: How many, less than all where memory ends.
    @inline(__always)
    public mutating func read(to bytes: UnsafeMutableRawBufferPointer) -> Int {
        guard bytes.count <= part.count &- offset, bytes.count <= remaining else {
            return unsafe readParts(to: bytes)
        }
        let moved = unsafe part.read(at: offset, to: bytes)
        offset &+= moved
        remaining &-= moved
        done &+= moved
        return moved
    }

    /// The same where the part that is next is not enough.
    @inline(never)
    private mutating func readParts(to bytes: UnsafeMutableRawBufferPointer) -> Int {
        let wanted = min(bytes.count, remaining)
        var moved = 0
        while moved < wanted, advance() {
            let size = min(wanted - moved, part.count - offset)
            let copied = unsafe part.read(
                at: offset,
                to: UnsafeMutableRawBufferPointer(rebasing: bytes[moved..<moved + size]))
            moved += copied
            offset += copied
            if copied < size { break }
        }
        remaining -= moved
        done += moved
        return moved
    }

    /// Moves the next bytes from the kernel to the application.
    ///
    /// - Returns: How many, less than all where memory ends or may not be written.
    @inline(__always)
    public mutating func write(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard bytes.count <= part.count &- offset, bytes.count <= remaining else {
            return unsafe writeParts(bytes)
        }
        let moved = unsafe part.write(bytes, at: offset)
        offset &+= moved
        remaining &-= moved
        done &+= moved
        return moved
    }

    /// The same where the part that is next is not enough.
    @inline(never)
    private mutating func writeParts(_ bytes: UnsafeRawBufferPointer) -> Int {
        let wanted = min(bytes.count, remaining)
        var moved = 0
        while moved < wanted, advance() {
            let size = min(wanted - moved, part.count - offset)
            let copied = unsafe part.write(
                UnsafeRawBufferPointer(rebasing: bytes[moved..<moved + size]), at: offset)
            moved += copied
            offset += copied
            if copied < size { break }
        }
        remaining -= moved
        done += moved
        return moved
    }

    /// Moves the next bytes from the application to a small buffer; how many.
    mutating func read(to bytes: inout InlineArray<64, UInt8>) -> Int {
        unsafe withUnsafeMutableBytes(of: &bytes) { unsafe read(to: $0) }
    }

    /// Moves the first bytes of a small buffer to the application; how many.
    mutating func write(_ bytes: InlineArray<64, UInt8>, count: Int) -> Int {
        unsafe withUnsafeBytes(of: bytes) {
            unsafe write(UnsafeRawBufferPointer(rebasing: $0[..<count]))
        }
    }

    /// Passes bytes over, which count as done.
    ///
    /// - Parameter count: No more than remain.
    public mutating func skip(_ count: Int) {
        precondition(0...remaining ~= count)
        remaining -= count
        done += count
    }

    /// What could not be touched is a file's page that can be now: it is worth
    /// another try. No lock may be held.
    ///
    /// - Parameter isWritten: It is what a read fills.
    public mutating func prepareNext(isWritten: Bool) -> Bool {
        guard remaining > 0, advance() else { return false }
        return FileMappingOperations.prepare(part.start + UInt64(offset), isWritten: isWritten)
    }

    /// Moves a value to the application, whole or not at all.
    mutating func store(_ value: UInt64) -> Bool {
        unsafe withUnsafeBytes(of: value) { unsafe write($0) == 8 }
    }

    /// Moves a value from the application, whole or not at all.
    mutating func load() -> UInt64? {
        var value: UInt64 = 0
        let isThere = unsafe withUnsafeMutableBytes(of: &value) { unsafe read(to: $0) == 8 }
        return isThere ? value : nil
    }

    /// Calls `body` with the part that is next, for who can do with one
    /// buffer, and counts what it says as done.
    mutating func withNextPart(
        _ body: (ApplicationBuffer) throws(Errno) -> Int
    ) throws(Errno) -> Int {
        guard remaining > 0, advance() else { return 0 }
        let moved = try body(part.suffix(from: offset))
        offset += moved
        remaining -= min(moved, remaining)
        done += moved
        return moved
    }

    /// Moves the next bytes from the application to the kernel; how many.
    @inline(__always)
    public mutating func read(to bytes: inout MutableRawSpan) -> Int {
        unsafe bytes.withUnsafeMutableBytes { unsafe read(to: $0) }
    }

    /// Moves the next bytes from the kernel to the application; how many.
    @inline(__always)
    public mutating func write(_ bytes: RawSpan) -> Int {
        unsafe bytes.withUnsafeBytes { unsafe write($0) }
    }
}
