import KernelFileSystem
import KernelMain
import KernelSupport
import KernelTasks

/// A disk's file system, for any number of tasks: one of them is in it at a time, and sleeps with
/// the lock where the disk takes its time.
///
/// What is changed is on the disk five seconds later at the latest (`VolumeKeeper`), as ext3 has it.
final class Volume: MountedSystem, @unchecked Sendable {
    private let system: ExtendedSystem
    private let guardian: SleepingLock
    let root: Inode
    /// The disk's number.
    let disk: Int
    let hasJournal: Bool
    /// When what was changed is to be on the disk; `.max`: it is. The lock guards it.
    private var deadline = UInt64.max

    /// So many nanoseconds after the first change all are on the disk.
    private static let patience: UInt64 = 5_000_000_000

    init(_ system: ExtendedSystem, disk: Int, number: Int) {
        self.system = system
        self.disk = disk
        hasJournal = system.hasJournal
        guardian = SleepingLock(.volume(number))
        root = system.root
    }

    // MARK: - The lock

    private func enter() -> ExtendedSystem {
        guardian.lock()
        return system
    }

    private func leave() { guardian.unlock() }

    /// Nothing can be changed, or not any more.
    var isReadOnly: Bool {
        let system = enter()
        defer { leave() }
        return system.isReadOnly
    }

    /// Gives the lock back after what may have changed something.
    private func leaveChanged() {
        var isFirst = false
        if deadline == .max, system.hasChanges {
            deadline = Tasks.now + Self.patience
            isFirst = true
        }
        guardian.unlock()
        if isFirst { VolumeKeeper.wake() }
    }

    /// Puts on the disk what was changed, where it is time.
    ///
    /// - Returns: When it is next; `.max`: nothing was changed.
    func commitIfDue(at now: UInt64) -> UInt64 {
        let system = enter()
        defer { leave() }
        if deadline <= now {
            deadline = .max
            // Whoever uses the disk next is told, and the log was.
            try? system.synchroniseAll()
            if system.hasChanges { deadline = now + Self.patience }
        }
        return deadline
    }

    /// The last that is done with it: all is on the disk, which is clean then. Who comes later
    /// waits for ever, as the machine ends.
    func end() {
        let system = enter()
        do throws(Errno) { try system.unmount() } catch {
            KernelServices.log(.error, "a disk's file system was not written to its end")
        }
    }

    // MARK: - Looking

    func lookUp(_ name: borrowing FileName, in directory: Inode) throws(Errno) -> Inode {
        let system = enter()
        defer { leave() }
        return try system.lookUp(name, in: directory)
    }

    func parent(of directory: Inode) throws(Errno) -> Inode {
        let system = enter()
        defer { leave() }
        return try system.parent(of: directory)
    }

    func name(of directory: Inode, _ body: (RawSpan) -> Void) throws(Errno) -> Inode {
        let system = enter()
        defer { leave() }
        return try system.name(of: directory, body)
    }

    func entries(
        of directory: Inode, from position: UInt64, _ body: (DirectoryEntryStatus, RawSpan) -> Bool
    ) throws(Errno) {
        let system = enter()
        defer { leaveChanged() }
        try system.entries(of: directory, from: position, body)
    }

    func status(of inode: Inode) throws(Errno) -> InodeStatus {
        let system = enter()
        defer { leave() }
        return try system.status(of: inode)
    }

    func target(of link: Inode, _ body: (RawSpan) -> Void) throws(Errno) {
        let system = enter()
        defer { leaveChanged() }
        try system.target(of: link, body)
    }

    func status() throws(Errno) -> SystemStatus {
        let system = enter()
        defer { leave() }
        return try system.status()
    }

    // MARK: - Changing

    func makeFile(
        _ name: borrowing FileName, in directory: Inode, _ new: NewFile, opens: OpenPurpose?
    ) throws(Errno) -> Inode {
        let system = enter()
        defer { leaveChanged() }
        return try system.makeFile(name, in: directory, new.ticked, opens: opens)
    }

    func makeDirectory(_ name: borrowing FileName, in directory: Inode, _ new: NewFile) throws(Errno) -> Inode {
        let system = enter()
        defer { leaveChanged() }
        return try system.makeDirectory(name, in: directory, new.ticked)
    }

    func makeLink(
        _ name: borrowing FileName, in directory: Inode, target: RawSpan, _ new: NewFile
    ) throws(Errno) -> Inode {
        let system = enter()
        defer { leaveChanged() }
        return try system.makeLink(name, in: directory, target: target, new.ticked)
    }

    func makeSpecial(
        _ kind: FileKind, _ name: borrowing FileName, in directory: Inode, device: UInt64, _ new: NewFile
    ) throws(Errno) -> Inode {
        let system = enter()
        defer { leaveChanged() }
        return try system.makeSpecial(kind, name, in: directory, device: device, new.ticked)
    }

    func link(_ inode: Inode, _ name: borrowing FileName, in directory: Inode, now: FileTime) throws(Errno) {
        let system = enter()
        defer { leaveChanged() }
        try system.link(inode, name, in: directory, now: now.ticked)
    }

    func unlink(_ name: borrowing FileName, in directory: Inode, now: FileTime) throws(Errno) {
        let system = enter()
        defer { leaveChanged() }
        try system.unlink(name, in: directory, now: now.ticked)
    }

    func removeDirectory(_ name: borrowing FileName, in directory: Inode, now: FileTime) throws(Errno) {
        let system = enter()
        defer { leaveChanged() }
        try system.removeDirectory(name, in: directory, now: now.ticked)
    }

    func rename(
        _ name: borrowing FileName, in old: Inode, to newName: borrowing FileName, in new: Inode,
        _ manner: RenameManner, now: FileTime
    ) throws(Errno) {
        let system = enter()
        defer { leaveChanged() }
        try system.rename(name, in: old, to: newName, in: new, manner, now: now.ticked)
    }

    func setMode(_ mode: FileMode, of inode: Inode, now: FileTime) throws(Errno) {
        let system = enter()
        defer { leaveChanged() }
        try system.setMode(mode, of: inode, now: now.ticked)
    }

    func setOwner(user: UInt32?, group: UInt32?, of inode: Inode, now: FileTime) throws(Errno) {
        let system = enter()
        defer { leaveChanged() }
        try system.setOwner(user: user, group: group, of: inode, now: now.ticked)
    }

    func setTimes(
        access: TimeChange, modification: TimeChange, of inode: Inode, now: FileTime
    ) throws(Errno) {
        let system = enter()
        defer { leaveChanged() }
        try system.setTimes(access: access, modification: modification, of: inode, now: now.ticked)
    }

    func truncate(_ inode: Inode, to size: Int64, now: FileTime) throws(Errno) {
        let system = enter()
        defer { leaveChanged() }
        try system.truncate(inode, to: size, now: now.ticked)
    }

    // MARK: - Files

    func open(_ inode: Inode, for purpose: OpenPurpose) throws(Errno) {
        let system = enter()
        defer { leave() }
        try system.open(inode, for: purpose)
    }

    func close(_ inode: Inode) throws(Errno) {
        let system = enter()
        defer { leaveChanged() }
        try system.close(inode)
    }

    func read(_ inode: Inode, at offset: Int64, to bytes: inout MutableRawSpan) throws(Errno) -> Int {
        let system = enter()
        defer { leave() }
        return try system.read(inode, at: offset, to: &bytes)
    }

    func read(_ inode: Inode, at offset: Int64, count: Int, _ body: (RawSpan) -> Int) throws(Errno) -> Int {
        let system = enter()
        defer { leaveChanged() }
        return try system.read(inode, at: offset, count: count, body)
    }

    func write(
        _ inode: Inode, at offset: Int64?, count: Int, _ body: (inout MutableRawSpan) -> Int
    ) throws(Errno) -> (count: Int, end: Int64) {
        let system = enter()
        defer { leaveChanged() }
        return try system.write(inode, at: offset, count: count, body)
    }

    func write(_ inode: Inode, at offset: Int64, from bytes: RawSpan) throws(Errno) -> Int {
        let system = enter()
        defer { leaveChanged() }
        return try system.write(inode, at: offset, from: bytes)
    }

    func seek(_ inode: Inode, _ offset: Int64, data: Bool) throws(Errno) -> Int64 {
        let system = enter()
        defer { leave() }
        return try system.seek(inode, offset, data: data)
    }

    func reserve(_ inode: Inode, _ offset: Int64, count: Int64) throws(Errno) {
        let system = enter()
        defer { leaveChanged() }
        try system.reserve(inode, offset, count: count)
    }

    func synchronise(_ inode: Inode) throws(Errno) {
        let system = enter()
        defer { leave() }
        try system.synchronise(inode)
        deadline = .max
    }

    func synchroniseAll() throws(Errno) {
        let system = enter()
        defer { leave() }
        try system.synchroniseAll()
        deadline = .max
    }
}
