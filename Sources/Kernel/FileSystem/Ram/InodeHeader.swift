import Synchronization

/// What files of all kinds have.
///
/// Counts belong to the tree and its lock. Permissions, owner and times are
/// single words that may be read and written without one.
struct InodeHeader: ~Copyable {
    /// Names. A directory has two and one more for each directory in it.
    var linkCount: UInt32 = 0
    /// Who keeps the file though it may have no name: open files, working directories.
    var openCount: UInt32 = 0
    /// Something is mounted here; only directories.
    var isMountPoint = false
    /// It has no name yet and may get one (`O_TMPFILE` without `O_EXCL`).
    var mayBeNamed = false
    private let modeBits = Atomic<UInt32>(0)
    /// The user below the group.
    private let owners = Atomic<UInt64>(0)
    private let accessed = Atomic<Int64>(0)
    private let modified = Atomic<Int64>(0)
    private let changed = Atomic<Int64>(0)

    var mode: FileMode {
        get { FileMode(modeBits.load(ordering: .relaxed)) }
        nonmutating set { modeBits.store(newValue.rawValue, ordering: .relaxed) }
    }

    var owner: FileOwner {
        get {
            let word = owners.load(ordering: .relaxed)
            return FileOwner(
                user: UInt32(truncatingIfNeeded: word), group: UInt32(truncatingIfNeeded: word >> 32))
        }
        nonmutating set {
            owners.store(UInt64(newValue.group) << 32 | UInt64(newValue.user), ordering: .relaxed)
        }
    }

    var accessTime: FileTime {
        get { FileTime(nanosecondsSinceEpoch: accessed.load(ordering: .relaxed)) }
        nonmutating set { accessed.store(newValue.nanosecondsSinceEpoch, ordering: .relaxed) }
    }

    var modificationTime: FileTime {
        get { FileTime(nanosecondsSinceEpoch: modified.load(ordering: .relaxed)) }
        nonmutating set { modified.store(newValue.nanosecondsSinceEpoch, ordering: .relaxed) }
    }

    var changeTime: FileTime {
        get { FileTime(nanosecondsSinceEpoch: changed.load(ordering: .relaxed)) }
        nonmutating set { changed.store(newValue.nanosecondsSinceEpoch, ordering: .relaxed) }
    }

    /// Its contents have changed.
    func setModified(_ now: FileTime) {
        modificationTime = now
        changeTime = now
    }

    /// It was read.
    ///
    /// - Parameter now: Asked for only where the time is to change.
    @inline(__always)
    func setAccessed(_ times: AccessTimes, _ now: () -> FileTime) {
        switch times {
        case .never: return
        case .always: accessTime = now()
        case .relative:
            let last = accessTime
            if last <= modificationTime || last <= changeTime {
                accessTime = now()
                return
            }
            let time = now()
            if time.nanosecondsSinceEpoch &- last.nanosecondsSinceEpoch >= Self.day { accessTime = time }
        }
    }

    /// Says what there is to know of every file.
    @inline(__always)
    func tell(_ status: inout InodeStatus) {
        status.mode = mode
        status.owner = owner
        status.linkCount = linkCount
        status.accessTime = accessTime
        status.modificationTime = modificationTime
        status.changeTime = changeTime
    }

    /// Whether `setAccessed` would change nothing, where times are `relative`.
    @inline(__always)
    func isAccessKnown(at recent: FileTime) -> Bool {
        let last = accessTime
        return last > modificationTime && last > changeTime
            && recent.nanosecondsSinceEpoch &- last.nanosecondsSinceEpoch < Self.day
    }

    private static var day: Int64 { 86_400_000_000_000 }

    /// The place is a new file's.
    mutating func begin(_ new: NewFile, links: UInt32) {
        linkCount = links
        openCount = 0
        isMountPoint = false
        mayBeNamed = false
        mode = new.mode
        owner = new.owner
        accessTime = new.now
        setModified(new.now)
    }
}

/// What a file begins with.
public struct NewFile: Sendable {
    public var mode: FileMode
    public var owner: FileOwner
    public var now: FileTime

    public init(mode: FileMode, owner: FileOwner = FileOwner(), now: FileTime) {
        self.mode = mode
        self.owner = owner
        self.now = now
    }
}
