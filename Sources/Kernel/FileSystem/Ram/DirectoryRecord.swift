import KernelSupport

/// A directory's place: what all files have, its entries, and where it hangs.
struct DirectoryRecord: ~Copyable {
    var header = InodeHeader()
    var directory = Directory()
    /// The directory that it is in; the root is in itself. Stays when it is removed.
    var parent = Inode(kind: .directory, index: 0, generation: 0)
    /// Its entry there.
    var placeInParent = DirectoryEntry.none
}

/// The place of what is neither a directory nor a regular file.
struct SpecialRecord: ~Copyable {
    var header = InodeHeader()
    /// A symbolic link's contents.
    var target = NameText()
    /// A device's number.
    var device: UInt64 = 0
}
