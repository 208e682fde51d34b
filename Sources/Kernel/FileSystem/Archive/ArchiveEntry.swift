/// What an archive says of a file.
public struct ArchiveEntry: Equatable, Sendable {
    public enum Kind: Equatable, Sendable {
        case regular
        case directory
        case symbolicLink
        /// Another name of a file that came before.
        case hardLink
        case special(FileKind, device: UInt64)
    }

    public var kind: Kind
    /// The path's directories, without the slash that follows; may be empty.
    public var prefix = ArchiveRange()
    /// The path, behind the prefix.
    public var path = ArchiveRange()
    /// What a link leads to.
    public var target = ArchiveRange()
    /// A regular file's contents. All ranges lie inside of the archive.
    public var data = ArchiveRange()
    public var mode: FileMode
    public var owner: FileOwner
    public var time: FileTime
}

/// Why an archive can't be read on.
public enum ArchiveError: Error, Equatable, Sendable {
    /// The archive ends inside of what starts at this place.
    case truncated(at: UInt64)
    /// What is at this place is no header, or a damaged one.
    case damaged(at: UInt64)
    /// A header at this place has what this reader does not know.
    case unknown(at: UInt64)
}
