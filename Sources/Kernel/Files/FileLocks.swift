import CMachine
import KernelDescriptors
import KernelFileSystem
import KernelMachine
import KernelMain
import KernelScheduling
import KernelStreams
import KernelSupport
import KernelTasks

/// Locks of files (POSIX, fcntl; BSD, flock), under a lock of the kernel's.
///
/// An image whose program locks no file has nothing of this: what closing a
/// file has to do is a function that the first lock sets.
public enum FileLocks {
    private static let lock = CoreLock(.fileLocks)
    /// Guarded by it; made with the first lock, as it can't be in the module's data.
    nonisolated(unsafe) private static var table: LockTable? = nil

    /// How a lock is asked for.
    public enum Wish: Sendable {
        /// Nothing is to be locked any more.
        case none
        case shared
        case exclusive
    }

    // MARK: - Setting

    /// Locks a whole file, in place of the lock that the description has, or gives that back.
    ///
    /// - Throws: `EBADF`; `EINVAL`: no file; `EAGAIN`: it is locked, and `waits`
    ///   is not; `EINTR`, `ENOLCK`.
    public static func lockWhole(_ descriptor: Int32, _ wish: Wish, waits: Bool) throws(Errno) {
        try Files.with(descriptor, wrongKind: .invalidArgument) { (_, object, file) throws(Errno) in
            let owner = LockOwner.description(object)
            let wanted = FileLock(file.node, .whole, owner, .all, isExclusive: wish == .exclusive)
            // What it has goes first, so that two who both want more do not wait for ever.
            let isRefused = try conflict(wanted) != nil
            if isRefused || wish == .none { try unset(wanted) }
            guard wish != .none else { return }
            file.onClose = { FileLocks.descriptionCloses($0) }
            try set(wanted, waits: waits)
        }
    }

    /// Locks a range of a file.
    ///
    /// - Parameters:
    ///   - isProgram: For the program, else for the open description.
    ///   - range: As `lseek` counts: from where, and how many bytes.
    /// - Throws: As `lockWhole`; `EBADF`: it is not open for that; `EOVERFLOW`.
    public static func lock(
        _ descriptor: Int32, _ wish: Wish, isProgram: Bool, _ range: RangeRequest, waits: Bool
    ) throws(Errno) {
        try Files.with(descriptor, wrongKind: .invalidArgument) { (flags, object, file) throws(Errno) in
            let wanted = FileLock(
                file.node, .range, isProgram ? .program : .description(object),
                try range.range(of: file), isExclusive: wish == .exclusive)
            switch wish {
            case .none: return try unset(wanted)
            case .shared: guard flags.contains(.read) else { throw .badFileDescriptor }
            case .exclusive: guard flags.contains(.write) else { throw .badFileDescriptor }
            }
            if isProgram {
                watchClosing()
            } else {
                file.onClose = { FileLocks.descriptionCloses($0) }
            }
            try set(wanted, waits: waits)
            // A shared one in place of an exclusive one lets others in.
            if wish == .shared { wake(file.node) }
        }
    }

    /// The first lock that is in the way of another one.
    ///
    /// - Throws: As `lock`.
    public static func conflict(
        _ descriptor: Int32, _ wish: Wish, isProgram: Bool, _ range: RangeRequest
    ) throws(Errno) -> FileLock? {
        try Files.with(descriptor, wrongKind: .invalidArgument) { (_, object, file) throws(Errno) in
            guard wish != .none else { throw .invalidArgument }
            return try conflict(
                FileLock(
                    file.node, .range, isProgram ? .program : .description(object),
                    try range.range(of: file), isExclusive: wish == .exclusive))
        }
    }

    // MARK: - Under the lock

    /// Takes the lock; what to give `leave`.
    private static func enter() -> UInt64 {
        let flags = machine_disable_interrupts()
        lock.lock()
        if unsafe table == nil { unsafe table = LockTable() }
        return flags
    }

    private static func leave(_ flags: UInt64) {
        lock.unlock()
        machine_restore_interrupts(flags)
    }

    private static func locked<Value>(
        _ body: (inout LockTable) throws(Errno) -> Value
    ) throws(Errno) -> Value {
        let flags = enter()
        defer { leave(flags) }
        return try unsafe body(&table!)
    }

    private static func conflict(_ wanted: FileLock) throws(Errno) -> FileLock? {
        try locked { (table) throws(Errno) in table.conflict(with: wanted) }
    }

    private static func key(_ node: Node) -> WaitKey { WaitKey(.fileLock, node.inode.number) }

    private static func set(_ wanted: FileLock, waits: Bool) throws(Errno) {
        let flags = enter()
        defer { leave(flags) }
        // Nobody has the table while the task waits.
        while try unsafe !table!.set(wanted) {
            guard waits else { throw .resourceTemporarilyUnavailable }
            let error = Tasks.wait(for: key(wanted.node), until: .max, giving: lock)
            lock.lock()
            if let error { throw error }
        }
    }

    private static func unset(_ wanted: FileLock) throws(Errno) {
        if try locked({ (table) throws(Errno) in try table.unset(wanted) }) { wake(wanted.node) }
    }

    private static func wake(_ node: Node) {
        let flags = machine_disable_interrupts()
        let woken = Tasks.wake(key(node), count: .max)
        if woken > 0 { Tasks.settle() }
        machine_restore_interrupts(flags)
    }

    // MARK: - Closing

    private static func removeAll(of owner: LockOwner, _ node: Node) {
        let hadSome = try? locked { (table) throws(Errno) in table.removeAll(of: owner, node) }
        if hadSome == true { wake(node) }
    }

    /// An open description goes, with its locks.
    private static func descriptionCloses(_ object: UInt64) {
        removeAll(of: .description(object), OpenFile.node(of: object))
    }

    /// From now on the program's locks of a file go when it closes any
    /// descriptor of that file (POSIX, close).
    private static func watchClosing() {
        DescriptorOperations.replaceClose { FileLocks.close($0) }
        Descriptors.watchReplacing { FileLocks.replace($0) }
    }

    /// A descriptor is about to stand for something else.
    private static func replace(_ descriptor: Int32) {
        let node = try? Files.with(descriptor) { (_, _, file) throws(Errno) in file.node }
        if let node { removeAll(of: .program, node) }
    }

    private static func close(_ descriptor: Int32) -> Int32 {
        let node = try? Files.with(descriptor) { (_, _, file) throws(Errno) in file.node }
        do throws(Errno) { try Descriptors.close(descriptor) } catch {
            KernelServices.setErrno(error.rawValue)
            return -error.rawValue
        }
        if let node { removeAll(of: .program, node) }
        return 0
    }
}

/// Bytes of a file, as `struct flock` says which.
public struct RangeRequest: Sendable {
    let whence: Int32
    let start: Int64
    let count: Int64

    /// - Throws: `EINVAL` for a `whence` that is none.
    public init(whence: Int32, start: Int64, count: Int64) throws(Errno) {
        guard 0...2 ~= whence else { throw .invalidArgument }
        self.whence = whence
        self.start = start
        self.count = count
    }

    /// - Throws: `EINVAL`: it would begin before the file; `EOVERFLOW`.
    func range(of file: OpenFile) throws(Errno) -> LockRange {
        let base: Int64
        switch whence {
        case 0: base = 0
        case 1: base = file.position
        default: base = try KernelFiles().status(of: file.node).size
        }
        let (first, isLarge) = base.addingReportingOverflow(start)
        guard !isLarge else { throw .valueTooLarge }
        guard first >= 0 else { throw .invalidArgument }
        if count == 0 { return LockRange(first: first, last: .max) }
        if count > 0 {
            let (last, isLarge) = first.addingReportingOverflow(count - 1)
            guard !isLarge else { throw .valueTooLarge }
            return LockRange(first: first, last: last)
        }
        guard first > 0, count >= -first else { throw .invalidArgument }
        return LockRange(first: first + count, last: first - 1)
    }
}
