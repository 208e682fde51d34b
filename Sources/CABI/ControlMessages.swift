import CHermit
import KernelMain
import KernelStreams
import KernelSupport

/// The control messages of `hermit_msghdr`: what is sent beside bytes, in the
/// application's memory.
struct ControlMessages {
    private let start: UInt64
    private let room: Int
    /// Bytes that are filled.
    private(set) var count = 0
    /// There was more than room for it.
    private(set) var isTruncated = false

    private static let headerSize = MemoryLayout<hermit_cmsghdr>.size

    /// Bytes from one message's start to the next one's.
    private static func aligned(_ size: Int) -> Int { (size + 7) & ~7 }

    init(at start: UInt64, room: Int) {
        self.start = start
        self.room = start == 0 ? 0 : max(room, 0)
    }

    private static func buffer(_ start: UInt64, _ count: Int) throws(Errno) -> ApplicationBuffer {
        try unsafe ApplicationBuffer(UnsafeRawPointer(bitPattern: UInt(start)), count: count)
    }

    // MARK: - Sending

    /// Adds to a message what the application wants to go with it.
    ///
    /// - Throws: `EINVAL`: a length is not valid, or a message is not known, or of too
    ///   many descriptors; `EBADF`; `ESRCH`, `EPERM`: credentials that are not the
    ///   program's; `ENOBUFS`: it is far too long; `ETOOMANYREFS`, `ENOMEM`, `EFAULT`.
    static func send(
        _ start: UInt64, count: Int, with message: inout SocketMessage, _ items: inout SocketControl
    ) throws(Errno) {
        guard count >= 0, count <= Int(Int32.max) else { throw .noBufferSpace }
        guard start != 0 || count == 0 else { throw .badAddress }
        var offset = 0
        while count - offset >= headerSize {
            var header = hermit_cmsghdr()
            let place = start &+ UInt64(offset)
            try buffer(place, headerSize).load(into: &header)
            guard header.cmsg_len >= headerSize, header.cmsg_len <= count - offset else {
                throw .invalidArgument
            }
            let size = header.cmsg_len - headerSize
            if header.cmsg_level == HERMIT_SOL_SOCKET {
                try send(header.cmsg_type, place &+ UInt64(headerSize), size, &message)
            } else {
                // Each kind of socket knows its own levels, and passes others over.
                var words = InlineArray<5, UInt32>(repeating: 0)
                try buffer(place &+ UInt64(headerSize), min(size, SocketControl.Item.longest))
                    .loadPart(of: &words)
                let item = SocketControl.Item(
                    level: header.cmsg_level, type: header.cmsg_type, count: size, words: words)
                guard items.append(item) else { throw .noBufferSpace }
            }
            offset += aligned(header.cmsg_len)
        }
    }

    private static func send(
        _ type: Int32, _ start: UInt64, _ size: Int, _ message: inout SocketMessage
    ) throws(Errno) {
        switch type {
        case HERMIT_SCM_RIGHTS:
            for index in 0..<size / 4 {
                var number: Int32 = 0
                try buffer(start &+ UInt64(4 * index), 4).load(into: &number)
                try message.pass(number)
            }
        case HERMIT_SCM_CREDENTIALS:
            var known = hermit_ucred()
            guard size == MemoryLayout<hermit_ucred>.size else { throw .invalidArgument }
            try buffer(start, size).load(into: &known)
            guard known.pid == SocketCredentials.process else { throw .noSuchProcess }
            guard known.uid == 0, known.gid == 0 else { throw .notPermitted }
        default: throw .invalidArgument
        }
    }

    // MARK: - Receiving

    /// Hands over what came with a message, as far as there is room.
    ///
    /// - Parameter fd: The socket, which may want to be told by whom all is sent.
    /// - Throws: `EFAULT`.
    mutating func receive(
        _ message: inout SocketMessage, _ fd: Int32, closesOnExec: Bool
    ) throws(Errno) {
        var option = SocketOption(level: HERMIT_SOL_SOCKET, number: HERMIT_SO_PASSCRED)
        let isTold: Void? = try? Descriptors.option(fd, &option)
        if isTold != nil && option.value[0] != 0 {
            let known = hermit_ucred(pid: SocketCredentials.process, uid: 0, gid: 0)
            try put(HERMIT_SCM_CREDENTIALS, known)
        }
        if message.lacksDescriptors { isTruncated = true }
        guard message.hasDescriptors else { return }
        let first = count + Self.headerSize
        var end = first
        while message.hasDescriptors, room - end >= 4 {
            guard let number = try? message.takeDescriptor(closesOnExec: closesOnExec) else { break }
            do throws(Errno) {
                try Self.buffer(start &+ UInt64(end), 4).store(number)
            } catch {
                try? Descriptors.close(number)
                isTruncated = true
                break
            }
            end += 4
        }
        if message.hasDescriptors { isTruncated = true }
        guard end > first else { return }
        try putHeader(HERMIT_SCM_RIGHTS, size: end - first)
    }

    /// Hands over what a protocol says of a message, as far as there is room: what it says may be
    /// cut off, its header not.
    ///
    /// - Throws: `EFAULT`.
    mutating func put(_ item: SocketControl.Item) throws(Errno) {
        guard room - count >= Self.headerSize else {
            isTruncated = true
            return
        }
        let size = min(item.count, room - count - Self.headerSize)
        if size < item.count { isTruncated = true }
        var words = item.words
        try Self.buffer(start &+ UInt64(count + Self.headerSize), size).storePart(of: &words)
        try putHeader(item.type, size: size, level: item.level)
    }

    private mutating func put(_ type: Int32, _ value: hermit_ucred) throws(Errno) {
        let size = MemoryLayout<hermit_ucred>.size
        guard room - count >= Self.headerSize + size else {
            isTruncated = true
            return
        }
        try Self.buffer(start &+ UInt64(count + Self.headerSize), size).store(value)
        try putHeader(type, size: size)
    }

    private mutating func putHeader(
        _ type: Int32, size: Int, level: Int32 = HERMIT_SOL_SOCKET
    ) throws(Errno) {
        let length = Self.headerSize + size
        let header = hermit_cmsghdr(
            cmsg_len: length, cmsg_level: level, cmsg_type: type)
        try Self.buffer(start &+ UInt64(count), Self.headerSize).store(header)
        count = min(count + Self.aligned(length), room)
    }
}
