import KernelSupport

/// Files that get another name.
extension ExtendedSystem {
    public func rename(
        _ name: borrowing FileName, in old: Inode, to newName: borrowing FileName, in new: Inode,
        _ manner: RenameManner, now: FileTime
    ) throws(Errno) {
        let (from, to) = (name.bytes, newName.bytes)
        if journal == nil, try search(from, in: directory(old)).found != nil { try makeRoom(for: to, in: new) }
        let left = try changing(.freeing, .removing(isFirst: true, isLast: true)) { () throws(Errno) -> UInt32? in
            let newParent = try directory(new)
            let oldParent = try directory(old)
            guard let place = try search(from, in: oldParent).found else { throw .noSuchFileOrDirectory }
            let node = try file(place.number)
            let (found, room) = try search(to, in: newParent)
            guard let found else {
                guard manner != .exchanging else { throw .noSuchFileOrDirectory }
                try apart(node, from: newParent, .invalidArgument)
                try mayBeRenamed(node, oldParent, newParent)
                if node.isDirectory, old != new { try mayHaveOneMore(newParent) }
                guard room != nil || freeBlocks >= 4 else { throw .noSpace }
                try move(node, from, in: old, to: to, in: new, room, now)
                return nil
            }
            guard manner != .keeping else { throw .fileExists }
            let other = try file(found.number)
            if manner == .replacing {
                try apart(node, from: newParent, .invalidArgument)
                try apart(other, from: oldParent, .directoryNotEmpty)
            }
            // Two names of one file: both stay.
            guard other.number != node.number else { return nil }
            try mayBeRenamed(node, oldParent, newParent)
            try mayChange(other)
            if manner == .exchanging {
                try apart(node, from: newParent, .invalidArgument)
                try apart(other, from: oldParent, .invalidArgument)
                try exchange(place, node, in: old, found, other, in: new, now)
                return nil
            }
            switch (node.isDirectory, other.isDirectory) {
            case (true, true): guard try isEmpty(other) else { throw .directoryNotEmpty }
            case (true, false): throw .notDirectory
            case (false, true): throw .isDirectory
            case (false, false): break
            }
            return try replace(place, node, in: old, found, other, in: new, now)
        }
        if let left { try? dispose(left) }
    }

    private func mayBeRenamed(
        _ node: ExtendedInode, _ old: ExtendedInode, _ new: ExtendedInode
    ) throws(Errno) {
        try mayChange(old)
        try mayChange(new)
        try mayChange(node)
    }

    /// - Throws: `error`: a directory is in a file, or is that file.
    private func apart(_ node: ExtendedInode, from directory: ExtendedInode, _ error: Errno) throws(Errno) {
        guard node.isDirectory else { return }
        guard node.number != ExtendedInode.root else { throw error }
        var above = directory
        var left = superblock.inodesCount
        while above.number != ExtendedInode.root {
            guard above.number != node.number else { throw error }
            guard left > 0 else { throw damaged("a directory on the disk is in itself; run e2fsck on it") }
            left -= 1
            above = try parentNode(of: above)
        }
    }

    /// Moves an entry to where there is none.
    private func move(
        _ node: ExtendedInode, _ from: RawSpan, in old: Inode, to: RawSpan, in new: Inode, _ room: EntryRoom?,
        _ now: FileTime
    ) throws(Errno) {
        var newParent = try directory(new)
        if node.isDirectory, old != new { addLink(&newParent) }
        try enter(to, node.number, node.kind ?? .regular, in: &newParent, room, now: now)
        // The new entry may be in front of the old one.
        var oldParent = try directory(old)
        guard let place = try search(from, in: oldParent).found else { throw .inputOutputError }
        if node.isDirectory, old != new { dropLink(&oldParent) }
        try leave(place, in: &oldParent, now: now)
        try hang(node, in: newParent, from: oldParent, now)
    }

    /// A file's entry is in another directory now, perhaps; a directory knows where it is.
    private func hang(
        _ node: ExtendedInode, in new: ExtendedInode, from old: ExtendedInode, _ now: FileTime
    ) throws(Errno) {
        var node = node
        node.changeTime = now
        try store(node)
        if node.isDirectory, old.number != new.number { try setParent(new.number, of: node) }
    }

    private func exchange(
        _ place: EntryPlace, _ node: ExtendedInode, in old: Inode, _ there: EntryPlace, _ other: ExtendedInode,
        in new: Inode, _ now: FileTime
    ) throws(Errno) {
        var oldParent = try directory(old)
        if old != new, node.isDirectory != other.isDirectory {
            if node.isDirectory { dropLink(&oldParent) } else { addLink(&oldParent) }
        }
        try replace(place, by: other, in: &oldParent, now: now)
        var newParent = try directory(new)
        if old != new, node.isDirectory != other.isDirectory {
            if node.isDirectory { addLink(&newParent) } else { dropLink(&newParent) }
        }
        try replace(there, by: node, in: &newParent, now: now)
        try hang(node, in: newParent, from: oldParent, now)
        try hang(other, in: oldParent, from: newParent, now)
    }

    /// Gives a file an entry that another one had.
    private func replace(
        _ place: EntryPlace, _ node: ExtendedInode, in old: Inode, _ there: EntryPlace, _ other: ExtendedInode,
        in new: Inode, _ now: FileTime
    ) throws(Errno) -> UInt32? {
        var newParent = try directory(new)
        try replace(there, by: node, in: &newParent, now: now)
        var oldParent = try directory(old)
        // What was replaced is one directory less where it was; what was moved, where it was.
        if node.isDirectory { dropLink(&oldParent) }
        try leave(place, in: &oldParent, now: now)
        try hang(node, in: newParent, from: oldParent, now)
        var other = other
        return try dropName(&other, now)
    }
}
