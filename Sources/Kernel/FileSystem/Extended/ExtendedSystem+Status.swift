import KernelSupport

/// What is known of files, asked and changed.
extension ExtendedSystem {
    public func status(of inode: Inode) throws(Errno) -> InodeStatus {
        let node = try node(inode)
        var status = InodeStatus(
            inode: inode, mode: FileMode(UInt32(node.mode)), owner: node.owner, linkCount: UInt32(node.linkCount),
            accessTime: node.accessTime, modificationTime: node.modificationTime, changeTime: node.changeTime)
        status.number = UInt64(node.number)
        status.size = node.size
        status.blocks = Int64(node.sectors)
        if inode.kind == .characterDevice || inode.kind == .blockDevice { status.device = node.device }
        return status
    }

    // MARK: - Changing

    private func change(
        _ inode: Inode, now: FileTime, _ body: (inout ExtendedInode) -> Void
    ) throws(Errno) {
        try changing(.inode) { () throws(Errno) in
            var node = try node(inode)
            try mayChange(node)
            body(&node)
            node.changeTime = now
            try store(node)
        }
    }

    public func setMode(_ mode: FileMode, of inode: Inode, now: FileTime) throws(Errno) {
        try change(inode, now: now) { $0.mode = $0.mode & 0xF000 | UInt16(truncatingIfNeeded: mode.rawValue) }
    }

    public func setOwner(user: UInt32?, group: UInt32?, of inode: Inode, now: FileTime) throws(Errno) {
        try change(inode, now: now) {
            if let user { $0.owner.user = user }
            if let group { $0.owner.group = group }
        }
    }

    public func setTimes(
        access: TimeChange, modification: TimeChange, of inode: Inode, now: FileTime
    ) throws(Errno) {
        func time(_ change: TimeChange, _ old: FileTime) -> FileTime {
            switch change {
            case .keep: old
            case .now: now
            case .set(let time): time
            }
        }
        try change(inode, now: now) {
            $0.accessTime = time(access, $0.accessTime)
            $0.modificationTime = time(modification, $0.modificationTime)
        }
    }

    /// A file was read: its access time changes where it is not behind the others, or is a
    /// day old (relatime). Where that would have to wait for the disk it does not.
    func setAccessed(_ node: inout ExtendedInode) {
        guard isInodeChangedAtOnce else { return }
        let now = node.stored(host.now)
        let day: Int64 = 86_400
        guard now != node.accessTime, node.accessTime <= node.modificationTime
            || node.accessTime <= node.changeTime || now.seconds - node.accessTime.seconds >= day
        else { return }
        let number = node.number
        // Who reads is not to fail for that.
        _ = try? changing(.inode) { () throws(Errno) in
            var node = try readInode(number)
            node.accessTime = now
            try store(node)
        }
    }
}
