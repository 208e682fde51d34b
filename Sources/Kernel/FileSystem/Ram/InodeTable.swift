import KernelSupport

/// A place for a file of one kind, and how often it was used before.
struct InodePlace<Record: ~Copyable>: ~Copyable {
    var file: Record
    fileprivate var generation: UInt32 = 0
    fileprivate var nextFree: Int32 = -1
    fileprivate var isInUse = false

    init(_ file: consuming Record) { self.file = file }
}

/// The files of one kind. Places are used again and never move.
struct InodeTable<Record: ~Copyable>: ~Copyable {
    private var places = RecordTable<InodePlace<Record>>()
    private var firstFree: Int32 = -1
    /// Files.
    private(set) var count = 0

    /// Places that there are, in use or not.
    var capacity: Int { Int(places.capacity) }

    /// The file at a place; `nil`: none.
    func inode(at index: Int, _ kind: FileKind) -> Inode? {
        let place = places[index]
        guard place.record.isInUse else { return nil }
        return Inode(kind: kind, index: UInt32(index), generation: place.record.generation)
    }

    /// The place of a file; `nil` where it is gone.
    @inline(__always)
    func place(of inode: Inode) -> RecordReference<InodePlace<Record>>? {
        let index = Int(inode.index)
        guard index < places.capacity else { return nil }
        let place = places[index]
        guard place.record.isInUse && place.record.generation == inode.generation else { return nil }
        return place
    }

    /// A place for a new file, as the last one has left it.
    ///
    /// - Parameter filler: What a place holds that was never used.
    /// - Throws: `ENOSPC`.
    mutating func add(
        _ kind: FileKind, _ source: borrowing some BlockSource & ~Copyable, filler: () -> Record
    ) throws(Errno) -> (inode: Inode, place: RecordReference<InodePlace<Record>>) {
        if firstFree < 0 {
            let old = places.capacity
            let isDone = places.grow(first: PageTree.pageSize, source) { InodePlace(filler()) }
            guard isDone else { throw .noSpace }
            for index in (old..<places.capacity).reversed() {
                places[Int(index)].record.nextFree = firstFree
                firstFree = index
            }
        }
        let place = places[Int(firstFree)]
        let inode = Inode(kind: kind, index: UInt32(firstFree), generation: place.record.generation)
        firstFree = place.record.nextFree
        place.record.isInUse = true
        count += 1
        return (inode, place)
    }

    /// The file is gone; its number stands for nothing from now on.
    mutating func remove(_ inode: Inode) {
        let place = places[Int(inode.index)]
        place.record.generation &+= 1
        place.record.isInUse = false
        place.record.nextFree = firstFree
        firstFree = Int32(inode.index)
        count -= 1
    }

    /// Gives all memory back.
    mutating func removeAll(_ source: borrowing some BlockSource & ~Copyable) {
        places.removeAll(source)
        firstFree = -1
        count = 0
    }
}
