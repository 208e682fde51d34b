import KernelSupport

/// What has nothing to do with what files hold: the file system below does it.
extension MappableSystem {
    public var root: Inode { system.root }

    public func lookUp(_ name: borrowing FileName, in directory: Inode) throws(Errno) -> Inode {
        try system.lookUp(name, in: directory)
    }

    public func parent(of directory: Inode) throws(Errno) -> Inode { try system.parent(of: directory) }

    public func name(of directory: Inode, _ body: (RawSpan) -> Void) throws(Errno) -> Inode {
        try system.name(of: directory, body)
    }

    public func entries(
        of directory: Inode, from position: UInt64, _ body: (DirectoryEntryStatus, RawSpan) -> Bool
    ) throws(Errno) { try system.entries(of: directory, from: position, body) }

    public func status(of inode: Inode) throws(Errno) -> InodeStatus { try system.status(of: inode) }

    public func target(of link: Inode, _ body: (RawSpan) -> Void) throws(Errno) {
        try system.target(of: link, body)
    }

    public func status() throws(Errno) -> SystemStatus { try system.status() }

    public func makeFile(
        _ name: borrowing FileName, in directory: Inode, _ new: NewFile, opens: OpenPurpose?
    ) throws(Errno) -> Inode { try system.makeFile(name, in: directory, new, opens: opens) }

    public func makeDirectory(
        _ name: borrowing FileName, in directory: Inode, _ new: NewFile
    ) throws(Errno) -> Inode { try system.makeDirectory(name, in: directory, new) }

    public func makeLink(
        _ name: borrowing FileName, in directory: Inode, target: RawSpan, _ new: NewFile
    ) throws(Errno) -> Inode { try system.makeLink(name, in: directory, target: target, new) }

    public func makeSpecial(
        _ kind: FileKind, _ name: borrowing FileName, in directory: Inode, device: UInt64, _ new: NewFile
    ) throws(Errno) -> Inode {
        try system.makeSpecial(kind, name, in: directory, device: device, new)
    }

    public func link(
        _ inode: Inode, _ name: borrowing FileName, in directory: Inode, now: FileTime
    ) throws(Errno) { try system.link(inode, name, in: directory, now: now) }

    public func unlink(_ name: borrowing FileName, in directory: Inode, now: FileTime) throws(Errno) {
        try system.unlink(name, in: directory, now: now)
    }

    public func removeDirectory(
        _ name: borrowing FileName, in directory: Inode, now: FileTime
    ) throws(Errno) { try system.removeDirectory(name, in: directory, now: now) }

    public func rename(
        _ name: borrowing FileName, in old: Inode, to newName: borrowing FileName, in new: Inode,
        _ manner: RenameManner, now: FileTime
    ) throws(Errno) { try system.rename(name, in: old, to: newName, in: new, manner, now: now) }

    public func setMode(_ mode: FileMode, of inode: Inode, now: FileTime) throws(Errno) {
        try system.setMode(mode, of: inode, now: now)
    }

    public func setOwner(
        user: UInt32?, group: UInt32?, of inode: Inode, now: FileTime
    ) throws(Errno) { try system.setOwner(user: user, group: group, of: inode, now: now) }

    public func setTimes(
        access: TimeChange, modification: TimeChange, of inode: Inode, now: FileTime
    ) throws(Errno) {
        try system.setTimes(access: access, modification: modification, of: inode, now: now)
    }

    public func open(_ inode: Inode, for purpose: OpenPurpose) throws(Errno) {
        try system.open(inode, for: purpose)
    }

    public func close(_ inode: Inode) throws(Errno) { try system.close(inode) }

    public func isMadeWhenRead(_ inode: Inode) -> Bool { system.isMadeWhenRead(inode) }
    public func hasLines(_ inode: Inode) -> Bool { system.hasLines(inode) }

    public func nextLine(of inode: Inode, _ place: inout ListPlace, _ text: inout TextWindow) -> Bool {
        system.nextLine(of: inode, &place, &text)
    }

    public func descriptor(of inode: Inode) -> UInt32? { system.descriptor(of: inode) }
    public func terminal(of inode: Inode) -> UInt64? { system.terminal(of: inode) }
    public func disk(of inode: Inode) -> Int? { system.disk(of: inode) }
}
