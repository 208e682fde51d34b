import KernelSupport

/// An entry of a directory: 64 bytes.
struct DirectoryEntry: BitwiseCopyable {
    /// Its count is 0 where the place is free.
    var name = NameText()
    var hash: UInt32 = 0
    /// Entries below this one, by two bits of the hash; the first one of a free
    /// place is the next free one.
    var below = InlineArray<4, Int32>(repeating: none)
    var inode = Inode(kind: .regular, index: 0, generation: 0)

    static var none: Int32 { -1 }
}

/// The entries of a directory.
///
/// They lie side by side, and an entry keeps its place: a place's number is what
/// a reader of the directory goes on from, and stays good whatever comes and goes.
/// By their names' hashes they are a digital search tree: every entry is a node,
/// and two bits of the hash choose among the four below it. So a directory of
/// 100,000 names is nine levels high, and neither adding nor removing ever
/// has to do with more than one way down.
struct Directory: BitwiseCopyable {
    private var entries = RecordTable<DirectoryEntry>()
    private var root = DirectoryEntry.none
    private var firstFree = DirectoryEntry.none
    /// Places that were used, the free ones among them.
    private var placeCount: Int32 = 0
    private(set) var count: Int32 = 0

    private static let firstSize = 256
    private static let bits: UInt32 = 2

    init() {}

    /// Where the way down goes on from an entry that is `depth` levels below the root.
    private static func branch(_ hash: UInt32, _ depth: UInt32) -> Int {
        // Beyond the hash's last bit all have one way: names whose hashes are equal.
        depth < 32 / bits ? Int(hash >> (depth * bits)) & 3 : 0
    }

    func place(of name: borrowing FileName, hash: UInt32) -> Int32? {
        find(name, hash) { place, _ in place }
    }

    /// The file of that name.
    @inline(__always)
    func inode(of name: borrowing FileName, hash: UInt32) -> Inode? {
        find(name, hash) { _, entry in entry.record.inode }
    }

    /// What `body` makes of the entry of that name and its place.
    @inline(__always)
    private func find<Result>(
        _ name: borrowing FileName, _ hash: UInt32,
        _ body: (Int32, RecordReference<DirectoryEntry>) -> Result
    ) -> Result? {
        var place = root
        var depth: UInt32 = 0
        while place != DirectoryEntry.none {
            let entry = entries[Int(place)]
            if entry.record.hash == hash && entry.record.name.equals(name.bytes) {
                return body(place, entry)
            }
            place = entry.record.below[Self.branch(hash, depth)]
            depth += 1
        }
        return nil
    }

    /// The file that an entry is for.
    func inode(at place: Int32) -> Inode { entries[Int(place)].record.inode }

    /// Makes the entry at a place one for another file.
    func setInode(_ inode: Inode, at place: Int32) { entries[Int(place)].record.inode = inode }

    /// Whether the place holds an entry.
    func isInUse(_ place: Int32) -> Bool {
        place >= 0 && place < placeCount && entries[Int(place)].record.name.count > 0
    }

    /// Runs `body` with the name of the entry at a place.
    func withName<Result>(at place: Int32, _ body: (RawSpan) -> Result) -> Result {
        let name = entries[Int(place)].record.name
        return name.withBytes(body)
    }

    /// The first entry that is at `place` or behind it.
    func next(from place: Int32) -> Int32? {
        var place = max(place, 0)
        while place < placeCount {
            if isInUse(place) { return place }
            place += 1
        }
        return nil
    }

    // MARK: - Changing

    /// Adds an entry; there is none of that name.
    ///
    /// - Throws: `ENOSPC`, and nothing has changed.
    mutating func add(
        _ name: borrowing FileName, hash: UInt32, _ inode: Inode,
        _ source: borrowing some BlockSource & ~Copyable
    ) throws(Errno) -> Int32 {
        if firstFree == DirectoryEntry.none && placeCount == entries.capacity {
            let isDone = entries.grow(first: Self.firstSize, source) { DirectoryEntry() }
            guard isDone else { throw .noSpace }
        }
        guard let text = NameText(name.bytes, source) else { throw .noSpace }
        let place: Int32
        if firstFree != DirectoryEntry.none {
            place = firstFree
            firstFree = entries[Int(place)].record.below[0]
        } else {
            place = placeCount
            placeCount += 1
        }
        var entry = DirectoryEntry()
        entry.name = text
        entry.hash = hash
        entry.inode = inode
        entries[Int(place)].record = entry
        hang(place)
        count += 1
        return place
    }

    /// Takes the entry at a place out; the place is free.
    mutating func remove(_ place: Int32, _ source: borrowing some BlockSource & ~Copyable) {
        unhang(place)
        let entry = entries[Int(place)]
        entry.record.name.remove(source)
        entry.record.below[0] = firstFree
        firstFree = place
        count -= 1
    }

    /// Gives the entry at a place another name, of which there is no entry.
    ///
    /// - Throws: `ENOSPC`, and nothing has changed.
    mutating func rename(
        _ place: Int32, to name: borrowing FileName, hash: UInt32,
        _ source: borrowing some BlockSource & ~Copyable
    ) throws(Errno) {
        guard let text = NameText(name.bytes, source) else { throw .noSpace }
        unhang(place)
        let entry = entries[Int(place)]
        entry.record.name.remove(source)
        entry.record.name = text
        entry.record.hash = hash
        hang(place)
    }

    /// Gives all memory back.
    mutating func removeAll(_ source: borrowing some BlockSource & ~Copyable) {
        var place: Int32 = 0
        while let next = next(from: place) {
            entries[Int(next)].record.name.remove(source)
            place = next + 1
        }
        entries.removeAll(source)
        self = Self()
    }

    // MARK: - The tree

    /// Hangs an entry into the first free branch on its way.
    private mutating func hang(_ place: Int32) {
        let hash = entries[Int(place)].record.hash
        for branch in 0..<4 { entries[Int(place)].record.below[branch] = DirectoryEntry.none }
        guard root != DirectoryEntry.none else {
            root = place
            return
        }
        var above = root
        var depth: UInt32 = 0
        while true {
            let branch = Self.branch(hash, depth)
            let next = entries[Int(above)].record.below[branch]
            if next == DirectoryEntry.none {
                entries[Int(above)].record.below[branch] = place
                return
            }
            above = next
            depth += 1
        }
    }

    /// Takes an entry out of the tree: any entry without others below it that
    /// hangs somewhere below this one may take its place, as both have the
    /// same way down to it.
    private mutating func unhang(_ place: Int32) {
        let hash = entries[Int(place)].record.hash
        var above = DirectoryEntry.none
        var branch = 0
        var current = root
        var depth: UInt32 = 0
        while current != place {
            precondition(current != DirectoryEntry.none)
            above = current
            branch = Self.branch(hash, depth)
            current = entries[Int(current)].record.below[branch]
            depth += 1
        }
        var leaf = place
        var aboveLeaf = DirectoryEntry.none
        var leafBranch = 0
        while let next = (0..<4).first(where: { entries[Int(leaf)].record.below[$0] != DirectoryEntry.none }) {
            aboveLeaf = leaf
            leafBranch = next
            leaf = entries[Int(leaf)].record.below[next]
        }
        var heir = DirectoryEntry.none
        if leaf != place {
            entries[Int(aboveLeaf)].record.below[leafBranch] = DirectoryEntry.none
            entries[Int(leaf)].record.below = entries[Int(place)].record.below
            heir = leaf
        }
        if above == DirectoryEntry.none {
            root = heir
        } else {
            entries[Int(above)].record.below[branch] = heir
        }
    }

    /// For tests: whether every entry is found and the counts agree.
    var isConsistent: Bool {
        var found: Int32 = 0
        for place in 0..<placeCount where isInUse(place) {
            let name = entries[Int(place)].record.name
            let hash = entries[Int(place)].record.hash
            let isFound = name.withBytes { bytes in
                self.place(of: FileName(checked: bytes), hash: hash) == place
            }
            guard isFound else { return false }
            found += 1
        }
        return found == count
    }
}
