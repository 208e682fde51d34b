import KernelSupport

/// A file of a server's that is known.
struct FuseNode: BitwiseCopyable {
    /// The server's number of it.
    var identity: UInt64 = 0
    var kind = FileKind.regular
    /// How often the server has named it: what it is told when the file is forgotten.
    var lookUps: UInt64 = 0
    /// Who keeps it.
    var opens: UInt32 = 0
    /// What the server knows it by where it is open; one for reading, one for both.
    var reading: UInt64? = nil
    var writing: UInt64? = nil
    /// What was last said of it, until when that may be believed, and what counted then.
    var attributes: FuseAttributes? = nil
    var expiry: UInt64 = 0
    var epoch: UInt64 = 0
    /// Its size, as far as it may be believed: also what was written since.
    var size: Int64 = 0
    var sizeExpiry: UInt64 = 0
    /// Counts what changes its contents, and openings: what was read before may be true no more.
    var changes: UInt64 = 0
    /// Where the last read has ended, and how many bytes were read ahead then.
    var nextRead: Int64 = 0
    var aheadSize: Int32 = 0
    /// The server wants nothing to be kept of its contents (`FOPEN_DIRECT_IO`).
    var isDirect = false
    /// Where the last write has ended since it was opened; -1: there was none.
    var nextWrite: Int64 = -1
    /// Bytes were written to it that the server has not yet.
    var isGathered = false
    /// The number of what has gone wrong with such bytes, 0 without, and whether somebody was told.
    var failure: Int32 = 0
    var isTold = false
    /// Others of the same hash; and, of what nobody keeps, those that were used before and
    /// after it.
    var nextOfHash: Int32 = -1
    var older: Int32 = -1
    var newer: Int32 = -1

    /// The handle with which it can be read.
    var anyHandle: UInt64? { writing ?? reading }
}

/// What a server is to forget.
struct FuseForgotten: BitwiseCopyable {
    var identity: UInt64
    var lookUps: UInt64
}

/// The files of a server's that are known: those that are open, and so many others, as
/// a number stays good for as long as nobody asks for thousands of other files.
///
/// The owner has a lock for it. Nothing is half done: what throws has changed nothing.
struct FuseNodes: ~Copyable {
    private var table = InodeTable<FuseNode>()
    /// The first file of each hash; -1: there is none. A page of them, so that the table itself
    /// is small: a compiler copies what it hands on.
    private var heads = RecordTable<Int32>()
    /// What nobody keeps, in the order of its last use.
    private var oldest: Int32 = -1
    private var newest: Int32 = -1
    private(set) var idle = 0
    /// Changes that are under way, and counts of them: what a server says while one is may
    /// be true no more when it arrives.
    private var changing = 0
    private var changes: UInt64 = 0
    /// Counts what changes names.
    private var epoch: UInt64 = 0
    /// Files that have bytes which the server has not.
    var gathered = 0

    /// So many that nobody keeps are known at least.
    let mostIdle: Int

    init(mostIdle: Int) { self.mostIdle = mostIdle }

    /// The server's number of its root.
    static var rootIdentity: UInt64 { 1 }
    static var root: Inode { Inode(kind: .directory, index: 0, generation: 0) }

    private static let hashBits: UInt64 = 10

    private static func hash(_ identity: UInt64) -> Int {
        Int(truncatingIfNeeded: (identity &* 0x9E37_79B9_7F4A_7C15) >> (64 - hashBits))
    }

    private func head(_ identity: UInt64) -> RecordReference<Int32> { heads[Self.hash(identity)] }

    /// Files that are known.
    var count: Int { table.count }

    // MARK: - Finding

    /// Where what is known of a file is.
    ///
    /// - Throws: `ENOENT`: it is known no more.
    func node(_ inode: Inode) throws(Errno) -> RecordReference<InodePlace<FuseNode>> {
        guard let place = place(of: inode) else { throw .noSuchFileOrDirectory }
        return place
    }

    /// The same; `nil`: it is known no more.
    private func place(of inode: Inode) -> RecordReference<InodePlace<FuseNode>>? {
        guard let place = table.place(of: inode), place.record.file.kind == inode.kind else { return nil }
        return place
    }

    /// Changes a file that is known; whether it is.
    @discardableResult
    mutating func update(_ inode: Inode, _ body: (inout FuseNode) -> Void) -> Bool {
        guard let place = place(of: inode) else { return false }
        body(&place.record.file)
        return true
    }

    /// The root is there from the start.
    mutating func start(_ source: borrowing some BlockSource & ~Copyable) throws(Errno) {
        guard table.count == 0 else { return }
        if heads.capacity == 0 {
            guard heads.grow(first: MemoryLayout<Int32>.size << Self.hashBits, source, filler: { -1 }) else {
                throw .noSpace
            }
        }
        let inode = try insert(Self.rootIdentity, .directory, source)
        update(inode) { $0.opens = 1 }
    }

    private mutating func insert(
        _ identity: UInt64, _ kind: FileKind, _ source: borrowing some BlockSource & ~Copyable
    ) throws(Errno) -> Inode {
        let (inode, place) = try table.add(kind, source) { FuseNode() }
        place.record.file = FuseNode()
        place.record.file.identity = identity
        place.record.file.kind = kind
        place.record.file.nextOfHash = head(identity).record
        head(identity).record = Int32(inode.index)
        return inode
    }

    private func index(of identity: UInt64) -> Inode? {
        var index = head(identity).record
        while index >= 0 {
            guard let inode = table.inode(at: Int(index), .regular), let place = table.place(of: inode) else {
                return nil
            }
            if place.record.file.identity == identity {
                return Inode(kind: place.record.file.kind, index: inode.index, generation: inode.generation)
            }
            index = place.record.file.nextOfHash
        }
        return nil
    }

    /// The server has named a file once more.
    ///
    /// - Parameter opens: It is kept from now on.
    /// - Throws: `EIO`: it was of another kind before; `ENOSPC`: there is no memory.
    mutating func named(
        _ identity: UInt64, _ kind: FileKind, opens: Bool, _ source: borrowing some BlockSource & ~Copyable
    ) throws(Errno) -> Inode {
        if let inode = index(of: identity) {
            guard inode.kind == kind else { throw .inputOutputError }
            if identity != Self.rootIdentity { update(inode) { $0.lookUps &+= 1 } }
            if opens {
                keep(inode)
            } else {
                touch(inode)
            }
            return inode
        }
        let inode = try insert(identity, kind, source)
        update(inode) {
            $0.lookUps = 1
            $0.opens = opens ? 1 : 0
        }
        if !opens { append(Int32(inode.index)) }
        return inode
    }

    // MARK: - Keeping

    /// Somebody keeps a file; whether it is known.
    @discardableResult
    mutating func keep(_ inode: Inode) -> Bool {
        guard let node = place(of: inode) else { return false }
        if node.record.file.opens == 0 {
            unlink(Int32(inode.index))
            node.record.file.nextWrite = -1
            node.record.file.failure = 0
        }
        node.record.file.opens += 1
        return true
    }

    /// Somebody keeps it no more; the handles that are to be given back, if it was the last.
    mutating func release(_ inode: Inode) -> (reading: UInt64?, writing: UInt64?) {
        guard let node = place(of: inode), node.record.file.opens > 0 else { return (nil, nil) }
        node.record.file.opens -= 1
        guard node.record.file.opens == 0 else { return (nil, nil) }
        let handles = (node.record.file.reading, node.record.file.writing)
        (node.record.file.reading, node.record.file.writing) = (nil, nil)
        append(Int32(inode.index))
        return handles
    }

    private func place(_ index: Int32) -> RecordReference<InodePlace<FuseNode>>? {
        guard index >= 0, let inode = table.inode(at: Int(index), .regular) else { return nil }
        return table.place(of: inode)
    }

    private mutating func append(_ index: Int32) {
        guard let node = place(index) else { return }
        node.record.file.older = newest
        node.record.file.newer = -1
        if let before = place(newest) { before.record.file.newer = index } else { oldest = index }
        newest = index
        idle += 1
    }

    private mutating func unlink(_ index: Int32) {
        guard let node = place(index) else { return }
        let (older, newer) = (node.record.file.older, node.record.file.newer)
        if let before = place(older) { before.record.file.newer = newer } else { oldest = newer }
        if let after = place(newer) { after.record.file.older = older } else { newest = older }
        idle -= 1
    }

    /// It is used: it is the last that is forgotten.
    mutating func touch(_ inode: Inode) {
        guard let node = place(of: inode), node.record.file.opens == 0 else { return }
        unlink(Int32(inode.index))
        append(Int32(inode.index))
    }

    /// Forgets what nobody has used for the longest time, where there is too much of it;
    /// `nil`: there is not.
    mutating func forget() -> FuseForgotten? {
        guard idle > mostIdle, let node = place(oldest),
            let inode = table.inode(at: Int(oldest), node.record.file.kind)
        else { return nil }
        let forgotten = FuseForgotten(identity: node.record.file.identity, lookUps: node.record.file.lookUps)
        let next = node.record.file.nextOfHash
        let head = head(forgotten.identity)
        unlink(Int32(inode.index))
        if head.record == Int32(inode.index) {
            head.record = next
        } else {
            var index = head.record
            while let place = place(index) {
                if place.record.file.nextOfHash == Int32(inode.index) {
                    place.record.file.nextOfHash = next
                    break
                }
                index = place.record.file.nextOfHash
            }
        }
        table.remove(inode)
        return forgotten
    }

    // MARK: - What is believed

    /// What counts now; goes with a request whose answer tells of files.
    struct Moment: BitwiseCopyable {
        fileprivate let changes: UInt64
        fileprivate let epoch: UInt64
        fileprivate let isQuiet: Bool
    }

    var moment: Moment { Moment(changes: changes, epoch: epoch, isQuiet: changing == 0) }

    /// Something is about to be changed at the server; ended by `changed`.
    mutating func change() {
        changes &+= 1
        changing += 1
    }

    /// - Parameter isNames: What is known of any file may be true no more.
    mutating func changed(names isNames: Bool) {
        changes &+= 1
        changing -= 1
        if isNames { epoch &+= 1 }
    }

    /// A file was changed.
    mutating func expire(_ inode: Inode) { update(inode) { $0.expiry = 0 } }

    /// The server has said something of a file.
    mutating func learn(
        _ inode: Inode, _ attributes: FuseAttributes, until expiry: UInt64, asked moment: Moment
    ) {
        guard isUnchanged(since: moment) else { return }
        update(inode) {
            guard !$0.isGathered else { return }
            $0.attributes = attributes
            $0.expiry = expiry
            $0.epoch = moment.epoch
            $0.size = attributes.size
            $0.sizeExpiry = expiry
        }
    }

    /// Nothing was changed here while a request was under way.
    func isUnchanged(since moment: Moment) -> Bool { moment.isQuiet && changing == 0 && moment.changes == changes }

    /// What is known of a file and may be believed.
    func attributes(of node: RecordReference<InodePlace<FuseNode>>, now: UInt64) -> FuseAttributes? {
        guard node.record.file.expiry > now, node.record.file.epoch == epoch else { return nil }
        return node.record.file.attributes
    }

    /// Gives all memory back.
    mutating func removeAll(_ source: borrowing some BlockSource & ~Copyable) {
        table.removeAll(source)
        heads.removeAll(source)
    }
}
