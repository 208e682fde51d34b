import CMachine
import KernelMachine

/// The physical memory that is free, as a buddy system of blocks of 4 KiB
/// to 1 GiB.
///
/// A byte a frame, and a byte for every 2 MiB, say what starts there; the bytes
/// of frames are written only once their 2 MiB are split, and nothing at all
/// before the first frame is asked for: setting up costs the same for a small
/// machine and a large one. Free blocks of less than
/// 2 MiB are linked through themselves, larger ones through a table: memory
/// that nobody uses is never touched, so the host need not provide it.
///
/// Methods that change nothing are `mutating` too, for speed: a borrowed value
/// with inline arrays in it is passed as a copy of all of them.
public struct FrameAllocator: FrameSource, ~Copyable {
    /// 2 to this power frames are the largest block: 1 GiB.
    public static let highestOrder = 18
    /// Blocks of 2 to this power frames, 2 MiB, are chunks.
    private static let chunkOrder = 9
    private static let maximumRegions = 32
    /// The state of a chunk whose frames have states of their own.
    private static let split: UInt8 = 0xFF

    /// Memory without a hole in it.
    private struct Region {
        var firstFrame: UInt64 = 0
        var endFrame: UInt64 = 0
        /// One byte for every chunk, then one for every frame.
        var states: UInt64 = 0
        /// A link for every chunk.
        var links: UInt64 = 0

        var firstChunk: UInt64 { firstFrame >> UInt64(FrameAllocator.chunkOrder) }
        var chunkCount: UInt64 {
            (endFrame &- 1) >> UInt64(FrameAllocator.chunkOrder) &- firstChunk &+ 1
        }
        /// Bytes of the states, up to the links, which are aligned.
        var stateBytes: UInt64 { (chunkCount &+ endFrame &- firstFrame &+ 7) & ~7 }
    }

    /// A free block's neighbours in the list of its order: their first frames,
    /// or 0. A block of chunks starts at a multiple of 2 MiB, and its frame
    /// number has less than 40 bits: its link has the chunks' numbers.
    private struct Link {
        var next: UInt64
        var previous: UInt64
    }

    private struct ChunkLink {
        var next: UInt32
        var previous: UInt32
    }

    private var regions: InlineArray<32, Region> = .init(repeating: Region())
    private var regionCount = 0
    /// Frames that the states of all regions take.
    public private(set) var neededStates: UInt64 = 0
    /// Where the states of regions lie that have none yet.
    private var states: UInt64 = 0
    private var isOpen = false
    private var heads: InlineArray<19, UInt64> = .init(repeating: 0)
    /// Frames that are free.
    public private(set) var freeFrames = 0
    /// Free frames that are promised to memory that is not yet touched.
    public private(set) var reservedFrames = 0
    /// Frames managed in all.
    public private(set) var totalFrames = 0
    /// The fewest frames that were free after one was taken.
    private var leastFree = Int.max

    /// Free memory that is in no list yet: what a boot adds is put there when
    /// the lists have no block for the first time, which a small program may not
    /// live to see.
    private var pending: InlineArray<16, Range<UInt64>> = .init(repeating: 0..<0)
    private var pendingCount = 0

    @inline(__always)
    public init() {}

    // MARK: - Memory comes in

    /// Frames that the states of so many take: a byte for each, and nine for every
    /// chunk, of which the first and the last may be cut off; the links are aligned.
    private static func stateFrames(_ frames: UInt64) -> UInt64 {
        let chunks = frames >> UInt64(chunkOrder) &+ 2
        return (frames &+ 9 &* chunks &+ 7 &+ 4095) >> 12
    }

    /// Makes the RAM in `[start, end)` known, of which no frame is free yet.
    ///
    /// A range beyond the thirty-second is left unused.
    ///
    /// - Parameters:
    ///   - start: A multiple of 4096, as `end` is, and below it.
    public mutating func addRegion(start: UInt64, end: UInt64) {
        guard regionCount < Self.maximumRegions else { return }
        let (first, last) = (start >> 12, end >> 12)
        regions[regionCount] = Region(firstFrame: first, endFrame: last)
        regionCount &+= 1
        neededStates &+= Self.stateFrames(last &- first)
    }

    /// Gives the place for the states, `neededStates` frames, which are taken for good.
    public mutating func keepStates(at place: PhysicalAddress) {
        states = place.value &+ Layout.directMap
    }

    /// Writes the states of chunks, at the first need of any.
    @inline(never)
    private mutating func open() {
        for i in 0..<regionCount {
            let frames = regions[i].endFrame - regions[i].firstFrame
            regions[i].states = states
            regions[i].links = states + regions[i].stateBytes
            unsafe Self.pointer(states).update(repeating: 0, count: Int(regions[i].chunkCount))
            states += Self.stateFrames(frames) << 12
        }
        isOpen = true
    }

    /// Adds the free frames `[first, end)` of a known region.
    public mutating func release(from first: UInt64, to end: UInt64) {
        guard first < end else { return }
        let count = Int(truncatingIfNeeded: end &- first)
        if pendingCount == 16 { _ = enlist() }
        pending[pendingCount] = first..<end
        pendingCount &+= 1
        totalFrames &+= count
        freeFrames &+= count
    }

    /// Puts what is pending in the lists; whether there was something.
    @inline(never)
    private mutating func enlist() -> Bool {
        guard pendingCount > 0 else { return false }
        for i in 0..<pendingCount {
            let count = Int(pending[i].upperBound - pending[i].lowerBound)
            freeFrames -= count
            deallocate(PhysicalAddress(pending[i].lowerBound << 12), count: count)
        }
        pendingCount = 0
        return true
    }

    // MARK: - Blocks

    /// Gives neighbouring frames back, as the largest aligned blocks there are.
    public mutating func deallocate(_ address: PhysicalAddress, count: Int) {
        var frame = address.value >> 12
        let end = frame + UInt64(count)
        while frame < end {
            var order = min(Self.highestOrder, frame == 0 ? 0 : frame.trailingZeroBitCount)
            while frame + 1 << UInt64(order) > end { order -= 1 }
            free(frame, order: order)
            frame += 1 << UInt64(order)
        }
    }

    /// Takes a block of 2 to the power `order` frames, aligned to its size.
    ///
    /// What is reserved is not given away. Complexity: O(`highestOrder`).
    public mutating func allocate(order: Int) -> PhysicalAddress? {
        guard freeFrames - reservedFrames >= 1 << order else { return nil }
        return takeBlock(order: order)
    }

    private mutating func takeBlock(order: Int) -> PhysicalAddress? {
        var found = order
        while found <= Self.highestOrder && heads[found] == 0 { found += 1 }
        guard found <= Self.highestOrder else {
            return enlist() ? takeBlock(order: order) : nil
        }
        let frame = heads[found]
        remove(frame, order: found)
        while found > order {
            if found == Self.chunkOrder { splitChunk(of: frame) }
            found -= 1
            insert(frame + 1 << UInt64(found), order: found)
        }
        freeFrames -= 1 << order
        leastFree = min(leastFree, freeFrames)
        return PhysicalAddress(frame << 12)
    }

    /// Gives a block back that `allocate(order:)` gave. Complexity: O(`highestOrder`).
    public mutating func deallocate(_ address: PhysicalAddress, order: Int) {
        free(address.value >> 12, order: order)
    }

    private mutating func free(_ first: UInt64, order: Int) {
        if !isOpen { open() }
        freeFrames += 1 << order
        var frame = first
        var order = order
        while order < Self.highestOrder {
            let buddy = frame ^ 1 << UInt64(order)
            guard state(of: buddy, order: order) == UInt8(order + 1) else { break }
            remove(buddy, order: order)
            frame = min(frame, buddy)
            order += 1
        }
        insert(frame, order: order)
    }

    public mutating func takeFrame() -> PhysicalAddress? {
        // Page tables may use what is reserved: a reservation counts its tables too.
        freeFrames > 0 ? takeBlock(order: 0) : nil
    }

    // MARK: - Reservations

    /// Promises `count` frames to memory that is filled when it is touched.
    public mutating func reserve(_ count: Int) -> Bool {
        guard freeFrames - reservedFrames >= count else { return false }
        reservedFrames += count
        return true
    }

    /// Ends the promise of `count` frames that were not taken.
    public mutating func unreserve(_ count: Int) { reservedFrames -= count }

    /// Changes how many frames are promised, without a look at how many there
    /// are: for what has just been given back.
    mutating func adjustReserved(by count: Int) { reservedFrames += count }

    /// Takes a block of the promised frames; `nil` where so many in one
    /// piece are not left.
    public mutating func takeReserved(order: Int = 0) -> PhysicalAddress? {
        guard reservedFrames >= 1 << order, let frame = takeBlock(order: order) else { return nil }
        reservedFrames -= 1 << order
        return frame
    }

    /// Gives a block back that `takeReserved(order:)` gave, and promises it again.
    mutating func giveReserved(_ address: PhysicalAddress, order: Int) {
        deallocate(address, order: order)
        reservedFrames += 1 << order
    }

    // MARK: - For a report

    /// Frames of all known regions, also those that were never free: the
    /// image's and what the boot took.
    public var knownFrames: Int {
        mutating get {
            var sum: UInt64 = 0
            for i in 0..<regionCount { sum += regions[i].endFrame - regions[i].firstFrame }
            return Int(sum)
        }
    }

    /// How many of the known frames were not free at once, at most.
    public var mostFramesInUse: Int { mutating get { knownFrames - min(leastFree, freeFrames) } }

    // MARK: - States and links

    private static func pointer(_ address: UInt64) -> UnsafeMutablePointer<UInt8> {
        unsafe UnsafeMutablePointer(bitPattern: UInt(address))!
    }

    private mutating func region(of frame: UInt64) -> Region? {
        for i in 0..<regionCount
        where regions[i].firstFrame <= frame && frame < regions[i].endFrame {
            return regions[i]
        }
        return nil
    }

    private mutating func state(of frame: UInt64, order: Int) -> UInt8 {
        guard let region = region(of: frame) else { return 0 }
        let chunk = unsafe Self.pointer(
            region.states + (frame >> UInt64(Self.chunkOrder) - region.firstChunk)
        ).pointee
        if order >= Self.chunkOrder { return chunk }
        guard chunk == Self.split else { return 0 }
        return unsafe Self.pointer(region.states + region.chunkCount + (frame - region.firstFrame))
            .pointee
    }

    private mutating func setState(_ state: UInt8, of frame: UInt64, order: Int) {
        guard let region = region(of: frame) else { return }
        let chunk = unsafe Self.pointer(
            region.states + (frame >> UInt64(Self.chunkOrder) - region.firstChunk))
        if order >= Self.chunkOrder {
            unsafe chunk.pointee = state
        } else {
            if unsafe chunk.pointee != Self.split { splitChunk(of: frame) }
            unsafe Self.pointer(region.states + region.chunkCount + (frame - region.firstFrame)).pointee =
                state
        }
    }

    /// Gives the frames of one chunk states of their own: none is a block's start.
    private mutating func splitChunk(of frame: UInt64) {
        guard let region = region(of: frame) else { return }
        let chunk = frame >> UInt64(Self.chunkOrder)
        unsafe Self.pointer(region.states + (chunk - region.firstChunk)).pointee = Self.split
        let first = max(region.firstFrame, chunk << UInt64(Self.chunkOrder))
        let end = min(region.endFrame, (chunk + 1) << UInt64(Self.chunkOrder))
        let states = unsafe Self.pointer(
            region.states + region.chunkCount + (first - region.firstFrame))
        unsafe states.update(repeating: 0, count: Int(end - first))
    }

    private static func blockLink(_ frame: UInt64) -> UnsafeMutablePointer<Link> {
        unsafe UnsafeMutablePointer(bitPattern: UInt(frame << 12 + Layout.directMap))!
    }

    private mutating func chunkLink(_ frame: UInt64) -> UnsafeMutablePointer<ChunkLink> {
        // A free block lies in a region.
        let region = region(of: frame)!
        let chunk = frame >> UInt64(Self.chunkOrder) - region.firstChunk
        return unsafe UnsafeMutablePointer<ChunkLink>(bitPattern: UInt(region.links))! + Int(chunk)
    }

    private mutating func link(of frame: UInt64, order: Int) -> Link {
        guard order >= Self.chunkOrder else { return unsafe Self.blockLink(frame).pointee }
        let link = unsafe chunkLink(frame).pointee
        return Link(
            next: UInt64(link.next) << UInt64(Self.chunkOrder),
            previous: UInt64(link.previous) << UInt64(Self.chunkOrder))
    }

    private mutating func setLink(_ link: Link, of frame: UInt64, order: Int) {
        guard order >= Self.chunkOrder else {
            unsafe Self.blockLink(frame).pointee = link
            return
        }
        unsafe chunkLink(frame).pointee = ChunkLink(
            next: UInt32(truncatingIfNeeded: link.next >> UInt64(Self.chunkOrder)),
            previous: UInt32(truncatingIfNeeded: link.previous >> UInt64(Self.chunkOrder)))
    }

    private mutating func insert(_ frame: UInt64, order: Int) {
        let next = heads[order]
        setLink(Link(next: next, previous: 0), of: frame, order: order)
        if next != 0 {
            var behind = link(of: next, order: order)
            behind.previous = frame
            setLink(behind, of: next, order: order)
        }
        heads[order] = frame
        setState(UInt8(order + 1), of: frame, order: order)
    }

    private mutating func remove(_ frame: UInt64, order: Int) {
        let link = link(of: frame, order: order)
        if link.previous == 0 {
            heads[order] = link.next
        } else {
            var before = self.link(of: link.previous, order: order)
            before.next = link.next
            setLink(before, of: link.previous, order: order)
        }
        if link.next != 0 {
            var behind = self.link(of: link.next, order: order)
            behind.previous = link.previous
            setLink(behind, of: link.next, order: order)
        }
        setState(0, of: frame, order: order)
    }
}
