import KernelSupport

/// Whose a lock of a file is.
public enum LockOwner: Equatable, Sendable {
    /// The program's: there is one process, whose locks never exclude one
    /// another (POSIX, fcntl).
    case program
    /// An open description's (Linux, "open file description locks").
    case description(UInt64)
}

/// Which of the two kinds that know nothing of each other a lock is of.
public enum LockKind: Sendable {
    /// Of a range of bytes (POSIX, fcntl).
    case range
    /// Of a whole file (BSD, flock).
    case whole
}

/// Bytes from one to another, both of them among them.
public struct LockRange: Equatable, Sendable {
    public var first: Int64
    public var last: Int64

    /// - Precondition: `first` is not negative, and not above `last`.
    public init(first: Int64, last: Int64) {
        precondition(first >= 0 && first <= last)
        self.first = first
        self.last = last
    }

    /// All that a file may have.
    public static let all = Self(first: 0, last: .max)

    func overlaps(_ other: Self) -> Bool { first <= other.last && other.first <= last }
}

/// A lock that somebody holds.
public struct FileLock: Equatable, Sendable {
    public var node: Node
    public var kind: LockKind
    public var owner: LockOwner
    public var range: LockRange
    /// Nobody else may have one there; else others may have such, too.
    public var isExclusive: Bool

    public init(
        _ node: Node, _ kind: LockKind, _ owner: LockOwner, _ range: LockRange, isExclusive: Bool
    ) {
        self.node = node
        self.kind = kind
        self.owner = owner
        self.range = range
        self.isExclusive = isExclusive
    }

    func excludes(_ other: Self) -> Bool {
        node == other.node && kind == other.kind && owner != other.owner
            && (isExclusive || other.isExclusive) && range.overlaps(other.range)
    }
}

/// The locks of files that are held. Of one owner's none overlap in a file.
public struct LockTable {
    public private(set) var locks: [FileLock] = []

    /// Locks at most; what the kernel has for each is small, and few are held.
    public static let mostLocks = 4096

    public init() {}

    /// The first lock, from the file's start on, that excludes another.
    public func conflict(with lock: FileLock) -> FileLock? {
        var found: FileLock? = nil
        for held in locks where held.excludes(lock) {
            if found == nil || held.range.first < found!.range.first { found = held }
        }
        return found
    }

    /// An owner gets a lock in place of what it has there; whether it does.
    ///
    /// - Throws: `ENOLCK`: there are too many.
    public mutating func set(_ lock: FileLock) throws(Errno) -> Bool {
        if conflict(with: lock) != nil { return false }
        // Two more, where one is cut in two.
        guard locks.count + 2 <= Self.mostLocks else { throw .noLocks }
        var lock = lock
        _ = clear(lock)
        // What touches one like it is one with it.
        var index = 0
        while index < locks.count {
            let other = locks[index]
            let isLike =
                other.node == lock.node && other.kind == lock.kind && other.owner == lock.owner
                && other.isExclusive == lock.isExclusive
            if isLike, other.range.last < .max, other.range.last + 1 == lock.range.first {
                lock.range.first = other.range.first
                locks.remove(at: index)
            } else if isLike, lock.range.last < .max, lock.range.last + 1 == other.range.first {
                lock.range.last = other.range.last
                locks.remove(at: index)
            } else {
                index += 1
            }
        }
        locks.append(lock)
        return true
    }

    /// Takes what an owner has in a range away.
    ///
    /// - Returns: Whether there was something.
    /// - Throws: `ENOLCK`: one is to be cut in two, and there are too many.
    public mutating func unset(_ lock: FileLock) throws(Errno) -> Bool {
        guard locks.count < Self.mostLocks else { throw .noLocks }
        return clear(lock)
    }

    private mutating func clear(_ lock: FileLock) -> Bool {
        var isChanged = false
        var rests: [FileLock] = []
        var index = 0
        while index < locks.count {
            let other = locks[index]
            guard other.node == lock.node, other.kind == lock.kind, other.owner == lock.owner,
                other.range.overlaps(lock.range)
            else {
                index += 1
                continue
            }
            isChanged = true
            locks.remove(at: index)
            if other.range.first < lock.range.first {
                var rest = other
                rest.range.last = lock.range.first - 1
                rests.append(rest)
            }
            if other.range.last > lock.range.last {
                var rest = other
                rest.range.first = lock.range.last + 1
                rests.append(rest)
            }
        }
        locks += rests
        return isChanged
    }

    /// An owner has no locks of a file any more; whether it had.
    public mutating func removeAll(of owner: LockOwner, _ node: Node) -> Bool {
        let before = locks.count
        locks.removeAll { $0.owner == owner && $0.node == node }
        return locks.count < before
    }
}
