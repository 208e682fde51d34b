import KernelSupport

/// What is known of a file, changed.
extension RamTree {
    /// Sets the permissions (`chmod`).
    ///
    /// - Throws: `ENOENT`.
    public func setMode(_ mode: FileMode, of inode: Inode, now: FileTime) throws(Errno) {
        try withHeader(inode) { (header) throws(Errno) in
            header.mode = mode
            header.changeTime = now
        }
    }

    /// Sets the owner (`chown`); `nil` stays.
    ///
    /// - Throws: `ENOENT`.
    public func setOwner(
        user: UInt32?, group: UInt32?, of inode: Inode, now: FileTime
    ) throws(Errno) {
        try withHeader(inode) { (header) throws(Errno) in
            let old = header.owner
            header.owner = FileOwner(user: user ?? old.user, group: group ?? old.group)
            header.changeTime = now
        }
    }

    /// Sets the times (`utimensat`). Where both stay, nothing changes.
    ///
    /// - Throws: `ENOENT`.
    public func setTimes(
        access: TimeChange, modification: TimeChange, of inode: Inode, now: FileTime
    ) throws(Errno) {
        try withHeader(inode) { (header) throws(Errno) in
            if access == .keep && modification == .keep { return }
            switch access {
            case .keep: break
            case .now: header.accessTime = now
            case .set(let time): header.accessTime = time
            }
            switch modification {
            case .keep: break
            case .now: header.modificationTime = now
            case .set(let time): header.modificationTime = time
            }
            header.changeTime = now
        }
    }

    /// A directory was read.
    public func setAccessed(
        _ inode: Inode, _ times: AccessTimes, now: () -> FileTime
    ) throws(Errno) {
        try withHeader(inode) { (header) throws(Errno) in header.setAccessed(times, now) }
    }

    /// Says whether something is mounted on a directory.
    public func setMountPoint(_ isMountPoint: Bool, _ directory: Inode) throws(Errno) {
        try self.directory(directory).record.file.header.isMountPoint = isMountPoint
        paths.forget()
    }

    /// Whether something is mounted on a directory.
    public func isMountPoint(_ directory: Inode) -> Bool {
        directories.place(of: directory)?.record.file.header.isMountPoint ?? false
    }
}
