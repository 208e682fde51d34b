import KernelFileSystem
import KernelMain
import KernelStreams
import KernelSupport

/// An open file: what is behind a descriptor and its duplicates.
struct OpenFile {
    let node: Node
    /// A regular file's in memory.
    let data: OpenData?
    /// Where the next read or write is. The data's lock guards it, else the names'.
    var position: Int64 = 0
    /// Where its `TextCopy` or `LineText` is; 0: there is none. The names' lock guards it.
    var text: UInt = 0
    /// Of a disk's: which, and whether it is open for writing.
    var disk: Int8 = -1
    var isWritable = false
    /// What is written lasts when that returns.
    var lasts = false
    /// What is to be done before it goes, with its object's word.
    var onClose: (@convention(c) (UInt64) -> Void)? = nil

    /// The open file that a descriptor's object word stands for.
    private static func at(_ object: UInt64) -> UnsafeMutablePointer<OpenFile> {
        unsafe UnsafeMutablePointer(bitPattern: UInt(object)).unsafelyUnwrapped
    }

    /// The same, itself and not a copy.
    static subscript(object: UInt64) -> OpenFile {
        @inline(__always) unsafeAddress { unsafe UnsafePointer(at(object)) }
        @inline(__always) unsafeMutableAddress { unsafe at(object) }
    }

    /// Gives the memory back that `make` has taken.
    static func free(_ object: UInt64, _ files: KernelFiles) {
        unsafe files.giveBlock(UnsafeMutableRawPointer(at(object)))
    }

    /// The data of what is a `RegularFile`.
    var knownData: OpenData {
        @inline(__always) get { unsafe data.unsafelyUnwrapped }
    }

    /// The file that an object's word stands for.
    static func node(of object: UInt64) -> Node { Self[object].node }

    /// - Throws: `ENOMEM`; the file is still the caller's.
    @inline(__always)
    static func make(_ node: Node, _ data: OpenData?) throws(Errno) -> UInt64 {
        guard let block = unsafe try KernelFiles().takeBlock() else { throw .noMemory }
        unsafe block.assumingMemoryBound(to: OpenFile.self).initialize(
            to: OpenFile(node: node, data: data))
        return UInt64(UInt(bitPattern: block))
    }

    /// The same of memory that another one has left; `nil` where there is none.
    @inline(__always)
    static func makeQuickly(_ node: Node, _ data: OpenData, _ files: KernelFiles) -> UInt64? {
        guard let block = unsafe files.takeSpareBlock() else { return nil }
        unsafe block.assumingMemoryBound(to: OpenFile.self).initialize(
            to: OpenFile(node: node, data: data))
        return UInt64(UInt(bitPattern: block))
    }

    /// Closes a regular file in memory that has a name, or is open elsewhere, with
    /// interrupts off.
    @inline(__always)
    static func closeQuickly(_ object: UInt64) -> Int {
        let files = KernelFiles.existing
        let data = Self[object].knownData
        guard Self[object].onClose == nil, files.closeQuickly(data) else {
            return ObjectOperations.refused
        }
        free(object, files)
        return 0
    }

    static func close(_ object: UInt64) -> Int {
        if let onClose = Self[object].onClose { onClose(object) }
        let node = node(of: object)
        let data = Self[object].data
        guard let files = try? KernelFiles() else { return 0 }
        free(object, files)
        if let data {
            files.close(node, data)
            return 0
        }
        return outcome { () throws(Errno) in
            try files.closeOrTell(node)
            return 0
        }
    }

    static func status(_ object: UInt64, _ status: UInt) -> Int {
        outcome { () throws(Errno) in
            let known = try KernelFiles().status(of: Self[object].node)
            FileStatus[status].fill(known, Self[object].node)
            return 0
        }
    }

    /// A function's result.
    @inline(__always)
    static func outcome(_ body: () throws(Errno) -> Int) -> Int {
        do throws(Errno) { return try body() } catch { return -Int(error.rawValue) }
    }

    /// The position that `lseek` asks for.
    ///
    /// - Throws: `EINVAL`: it were negative, or there is no such `whence`; `EOVERFLOW`.
    static func position(
        _ offset: Int, _ whence: Int32, current: Int64, size: () throws(Errno) -> Int64,
        data: (Int64, Bool) throws(Errno) -> Int64
    ) throws(Errno) -> Int64 {
        let start: Int64
        switch whence {
        case 0: start = 0
        case 1: start = current
        case 2: start = try size()
        case 3, 4: return try data(Int64(offset), whence == 3)
        default: throw .invalidArgument
        }
        let (position, isLarge) = start.addingReportingOverflow(Int64(offset))
        guard !isLarge else { throw .valueTooLarge }
        guard position >= 0 else { throw .invalidArgument }
        return position
    }
}

extension FileStatus {
    /// Says what is known of a file.
    @inline(__always)
    mutating func fill(_ status: InodeStatus, _ node: Node) {
        device = UInt64(node.system.rawValue) + 1
        number = status.number ?? status.inode.number
        links = UInt64(status.linkCount)
        mode = status.inode.kind.typeBits | status.mode.rawValue
        user = status.owner.user
        group = status.owner.group
        represented = status.device
        size = status.size
        blocks = status.blocks
        accessed = Time(status.accessTime)
        modified = Time(status.modificationTime)
        changed = Time(status.changeTime)
    }
}

extension FileStatus.Time {
    @inline(__always)
    fileprivate init(_ time: FileTime) {
        self.init()
        (seconds, nanoseconds) = time.parts
    }
}
