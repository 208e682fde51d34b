import KernelSupport

/// Permissions, owners, times and sizes.
extension FuseSystem {
    /// What is to be changed, bits of `FATTR_*`.
    private enum Valid {
        static var mode: UInt32 { 1 << 0 }
        static var user: UInt32 { 1 << 1 }
        static var group: UInt32 { 1 << 2 }
        static var size: UInt32 { 1 << 3 }
        static var accessTime: UInt32 { 1 << 4 }
        static var modificationTime: UInt32 { 1 << 5 }
        static var handle: UInt32 { 1 << 6 }
        static var accessTimeIsNow: UInt32 { 1 << 7 }
        static var modificationTimeIsNow: UInt32 { 1 << 8 }
    }

    /// What a file is to become.
    private struct Change {
        var valid: UInt32 = 0
        var handle: UInt64 = 0
        var size: UInt64 = 0
        var accessTime = FileTime(nanosecondsSinceEpoch: 0)
        var modificationTime = FileTime(nanosecondsSinceEpoch: 0)
        var mode: UInt32 = 0
        var owner = FileOwner()
    }

    private func set(_ change: Change, of inode: Inode) throws(Errno) {
        guard !isReadOnly else { throw .readOnlyFileSystem }
        let node = try identity(inode)
        settle(inode)
        try withNodes { (nodes) in nodes.update(inode) { $0.changes &+= 1 } }
        try changing(names: false) { () throws(Errno) in
            let answer = try channel.call(
                .setAttributes, node, answer: FuseAttributesAnswer.size
            ) { arguments, bytes in
                arguments.add(change.valid, to: &bytes)
                arguments.add(UInt32(0), to: &bytes)
                arguments.add(change.handle, to: &bytes)
                arguments.add(change.size, to: &bytes)
                arguments.add(UInt64(0), to: &bytes)
                arguments.add(change.accessTime.seconds, to: &bytes)
                arguments.add(change.modificationTime.seconds, to: &bytes)
                arguments.add(Int64(0), to: &bytes)
                arguments.add(change.accessTime.nanoseconds, to: &bytes)
                arguments.add(change.modificationTime.nanoseconds, to: &bytes)
                arguments.add(UInt32(0), to: &bytes)
                arguments.add(change.mode, to: &bytes)
                arguments.add(UInt32(0), to: &bytes)
                arguments.add(change.owner.user, to: &bytes)
                arguments.add(change.owner.group, to: &bytes)
                arguments.add(UInt32(0), to: &bytes)
            } _: { (bytes) throws(Errno) in try FuseAttributesAnswer(bytes) }
            guard answer.attributes.kind == inode.kind else { throw .inputOutputError }
            try withNodes { (nodes) in
                nodes.expire(inode)
                nodes.update(inode) {
                    if change.valid & Valid.size != 0 { $0.size = Int64(truncatingIfNeeded: change.size) }
                    $0.sizeExpiry = 0
                    $0.changes &+= 1
                }
            }
        }
    }

    public func setMode(_ mode: FileMode, of inode: Inode, now: FileTime) throws(Errno) {
        try set(Change(valid: Valid.mode, mode: inode.kind.typeBits | mode.rawValue), of: inode)
    }

    public func setOwner(user: UInt32?, group: UInt32?, of inode: Inode, now: FileTime) throws(Errno) {
        var change = Change()
        if let user {
            change.valid |= Valid.user
            change.owner.user = user
        }
        if let group {
            change.valid |= Valid.group
            change.owner.group = group
        }
        guard change.valid != 0 else {
            guard !isReadOnly else { throw .readOnlyFileSystem }
            return
        }
        try set(change, of: inode)
    }

    public func setTimes(
        access: TimeChange, modification: TimeChange, of inode: Inode, now: FileTime
    ) throws(Errno) {
        var change = Change()
        switch access {
        case .keep: break
        case .now: change.valid |= Valid.accessTime | Valid.accessTimeIsNow
        case .set(let time):
            change.valid |= Valid.accessTime
            change.accessTime = time
        }
        switch modification {
        case .keep: break
        case .now: change.valid |= Valid.modificationTime | Valid.modificationTimeIsNow
        case .set(let time):
            change.valid |= Valid.modificationTime
            change.modificationTime = time
        }
        guard change.valid != 0 else { return }
        try set(change, of: inode)
    }

    public func truncate(_ inode: Inode, to size: Int64, now: FileTime) throws(Errno) {
        guard inode.kind == .regular else { throw inode.isDirectory ? .isDirectory : .invalidArgument }
        guard size >= 0 else { throw .invalidArgument }
        let handle = try withNodes { (nodes) throws(Errno) in try nodes.node(inode).record.file.writing }
        var change = Change(valid: Valid.size, size: UInt64(size))
        if let handle {
            change.valid |= Valid.handle
            change.handle = handle
        }
        try set(change, of: inode)
    }
}
