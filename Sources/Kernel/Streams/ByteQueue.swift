import KernelDescriptors
import KernelMain
import KernelSupport

/// Bytes that wait to be read, in memory that grows with them.
struct ByteQueue: BitwiseCopyable {
    private(set) var ring = Ring(capacity: 0)
    private var bytes = ByteBlock()

    /// Bytes at most.
    private let capacity: Int

    /// Those of a pipe, and of what is sent to a socket.
    static let pipeCapacity = 65536
    static let socketCapacity = 212_992
    /// Bytes that are always written as one (PIPE_BUF).
    static let atomic = 4096
    /// Bytes that are moved before others have a turn of the lock.
    static let piece = 16384

    init(capacity: Int = pipeCapacity) { self.capacity = capacity }

    var count: Int { ring.count }
    var isEmpty: Bool { ring.isEmpty }
    /// Room that there is, or will be when more memory is taken.
    var room: Int { capacity - ring.count }
    /// A write of up to `atomic` bytes does not wait.
    var isWritable: Bool { room >= Self.atomic }

    func give() { bytes.give() }

    /// Sees to it that so many bytes find room; `false`: memory is exhausted.
    mutating func makeRoom(for count: Int) -> Bool {
        if count <= ring.room { return true }
        let wanted = ring.count + count
        var size = max(ring.capacity, Self.atomic)
        while size < wanted { size *= 2 }
        size = min(size, capacity)
        guard wanted <= size, let larger = try? ByteBlock(count: size) else { return false }
        var copied = 0
        var old = ring
        while !old.isEmpty {
            let run = old.readable(old.count)
            larger.copy(run, of: bytes, to: copied)
            copied += run.count
            old.consume(run.count)
        }
        bytes.give()
        bytes = larger
        ring.move(to: size)
        return true
    }

    // MARK: - Streams

    /// Hands bytes to a read, a piece or two at most; how many.
    ///
    /// - Parameters:
    ///   - skipped: Bytes in front of them, of which none is taken; only for a look.
    ///   - limit: Bytes at most.
    mutating func hand(
        to transfer: inout Transfer, skipping skipped: Int = 0, limit: Int = .max
    ) -> Int {
        let single = ring.readable(min(transfer.remaining, Self.atomic))
        if !transfer.peeks, limit == .max, single.count == transfer.remaining || single.count == ring.count {
            // What is short and lies in one piece.
            let moved = bytes.hand(single, to: &transfer)
            ring.consume(moved)
            transfer.wantsPause = false
            return moved
        }
        var copy = ring
        if transfer.peeks { Self.skip(skipped, in: &copy) }
        var moved = 0
        // What is little more is not left for another piece.
        let most = limit <= 2 * Self.piece ? limit : Self.piece
        while !copy.isEmpty, transfer.remaining > 0, moved < most {
            let run = copy.readable(min(transfer.remaining, most - moved))
            let count = bytes.hand(run, to: &transfer)
            copy.consume(count)
            moved += count
            if count < run.count { break }
        }
        transfer.wantsPause =
            moved == most && most < limit && !copy.isEmpty && transfer.remaining > 0
        if !transfer.peeks { ring = copy }
        return moved
    }

    /// Hands bytes to a short read, as many as there are; how many.
    ///
    /// - Returns: `ObjectOperations.refused`, and nothing is done, where there are none, or
    ///   they do not lie in one piece, or memory is not there.
    @inline(__always)
    mutating func handShort(to buffer: ApplicationBuffer) -> Int {
        let (start, count) = ring.nextToRead(buffer.count)
        guard count > 0 && count == min(buffer.count, ring.count), bytes.hand(count, from: start, to: buffer)
        else { return ObjectOperations.refused }
        ring.consume(first: count)
        return count
    }

    /// Takes the bytes of a short write where there is memory for them in one piece; how many.
    ///
    /// - Returns: `ObjectOperations.refused`, and nothing is done, where there is none.
    @inline(__always)
    mutating func takeShort(from buffer: ApplicationBuffer) -> Int {
        let (start, count) = ring.nextToWrite(buffer.count)
        guard count == buffer.count, bytes.fill(count, at: start, from: buffer) else {
            return ObjectOperations.refused
        }
        ring.produce(first: count)
        return count
    }

    /// Takes bytes of a write, a piece at most, as many as find room; how many.
    mutating func take(from transfer: inout Transfer, leaving reserve: Int) -> Int {
        let single = ring.writable(transfer.remaining)
        if single.count == transfer.remaining, single.count <= Self.atomic, room - reserve >= single.count {
            // What is short and finds room in one piece.
            let moved = bytes.fill(single, from: &transfer)
            ring.produce(moved)
            transfer.wantsPause = false
            return moved
        }
        var moved = 0
        let most = min(Self.piece, max(room - reserve, 0))
        while ring.room > 0, transfer.remaining > 0, moved < most {
            let run = ring.writable(min(transfer.remaining, most - moved))
            let count = bytes.fill(run, from: &transfer)
            ring.produce(count)
            moved += count
            if count < run.count { break }
        }
        transfer.wantsPause = moved >= Self.piece && transfer.remaining > 0
        return moved
    }

    /// Writes as pipes and streams do: what is short whole or not at all, of
    /// what is long some.
    ///
    /// - Parameter reserve: Room that it leaves.
    /// - Returns: Bytes, or the negative of an error.
    mutating func write(_ transfer: inout Transfer, leaving reserve: Int = 0) -> Int {
        if transfer.remaining == 0 { return 0 }
        let isShort = transfer.done == 0 && transfer.remaining <= Self.atomic
        let needed = isShort ? transfer.remaining : 1
        guard room - reserve >= needed else { return mustWait }
        let most = min(transfer.remaining, Self.piece, room - reserve)
        if !makeRoom(for: most), ring.room < needed {
            // What is read makes room; where there is nothing, nobody does.
            return ring.isEmpty ? Errno.noMemory.result : mustWait
        }
        let moved = take(from: &transfer, leaving: reserve)
        return moved == 0 ? Errno.badAddress.result : moved
    }

    // MARK: - Messages

    /// Adds a message's bytes, all or none.
    mutating func writeMessage(_ transfer: inout Transfer) -> Int {
        let size = transfer.remaining
        guard makeRoom(for: size) else {
            return ring.isEmpty ? Errno.noMemory.result : mustWait
        }
        let start = transfer
        var done = 0
        while done < size {
            let run = ring.writable(size - done, skipping: done)
            let count = bytes.fill(run, from: &transfer)
            done += count
            if count < run.count {
                transfer = start
                return Errno.badAddress.result
            }
        }
        ring.produce(size)
        return size
    }

    /// Hands the next message to a read, as much of it as there is room for; how
    /// much. The message stays.
    ///
    /// - Parameters:
    ///   - size: Its length.
    ///   - skipped: Bytes in front of it.
    func peekMessage(_ size: Int, skipping skipped: Int, to transfer: inout Transfer) -> Int {
        let start = transfer
        var rest = ring
        Self.skip(skipped, in: &rest)
        var left = min(size, transfer.remaining)
        let total = left
        while left > 0 {
            let run = rest.readable(left)
            let count = bytes.hand(run, to: &transfer)
            rest.consume(count)
            left -= count
            if count < run.count {
                transfer = start
                return Errno.badAddress.result
            }
        }
        return total
    }

    /// Takes the next bytes away.
    mutating func drop(_ count: Int) { Self.skip(count, in: &ring) }

    private static func skip(_ count: Int, in ring: inout Ring) {
        var left = min(count, ring.count)
        while left > 0 {
            let run = ring.readable(left)
            ring.consume(run.count)
            left -= run.count
        }
    }
}
