import KernelDescriptors
import KernelSupport

/// Bytes that wait to be read, in memory that grows with them.
struct ByteQueue: BitwiseCopyable {
    private(set) var ring = Ring(capacity: 0)
    private var bytes = ByteBlock()

    /// Bytes at most, and those that are always written as one (PIPE_BUF).
    static let capacity = 65536
    static let atomic = 4096
    /// Bytes that are moved before others have a turn of the lock.
    static let piece = 16384

    var count: Int { ring.count }
    var isEmpty: Bool { ring.isEmpty }
    /// Room that there is, or will be when more memory is taken.
    var room: Int { Self.capacity - ring.count }
    /// A write of up to `atomic` bytes does not wait.
    var isWritable: Bool { room >= Self.atomic }

    func give() { bytes.give() }

    /// Sees to it that so many bytes find room; `false`: memory is exhausted.
    mutating func makeRoom(for count: Int) -> Bool {
        if count <= ring.room { return true }
        let wanted = ring.count + count
        var capacity = max(ring.capacity, Self.atomic)
        while capacity < wanted { capacity *= 2 }
        guard capacity <= Self.capacity, let larger = try? ByteBlock(count: capacity) else {
            return false
        }
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
        ring.move(to: capacity)
        return true
    }

    // MARK: - Streams

    /// Hands bytes to a read, a piece at most; how many.
    mutating func hand(to transfer: inout Transfer) -> Int {
        var copy = ring
        var moved = 0
        while !copy.isEmpty, transfer.remaining > 0, moved < Self.piece {
            let run = copy.readable(min(transfer.remaining, Self.piece - moved))
            let count = bytes.hand(run, to: &transfer)
            copy.consume(count)
            moved += count
            if count < run.count { break }
        }
        transfer.wantsPause = moved >= Self.piece && !copy.isEmpty && transfer.remaining > 0
        if !transfer.peeks { ring = copy }
        return moved
    }

    /// Takes bytes of a write, a piece at most, as many as find room; how many.
    mutating func take(from transfer: inout Transfer) -> Int {
        var moved = 0
        while ring.room > 0, transfer.remaining > 0, moved < Self.piece {
            let run = ring.writable(min(transfer.remaining, Self.piece - moved))
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
    /// - Returns: Bytes, or the negative of an error.
    mutating func write(_ transfer: inout Transfer) -> Int {
        if transfer.remaining == 0 { return 0 }
        let isShort = transfer.done == 0 && transfer.remaining <= Self.atomic
        let needed = isShort ? transfer.remaining : 1
        guard room >= needed else { return mustWait }
        if !makeRoom(for: min(transfer.remaining, Self.piece, room)), ring.room < needed {
            // What is read makes room; where there is nothing, nobody does.
            return ring.isEmpty ? Errno.noMemory.result : mustWait
        }
        let moved = take(from: &transfer)
        return moved == 0 ? Errno.badAddress.result : moved
    }

    // MARK: - Messages

    /// The longest message.
    static let longestMessage = capacity - MessageQueue.headerSize

    /// Adds a message.
    mutating func writeMessage(_ transfer: inout Transfer) -> Int {
        let size = transfer.remaining
        guard size <= Self.longestMessage else { return Errno.messageTooLong.result }
        let whole = size + MessageQueue.headerSize
        guard room >= whole else { return mustWait }
        guard makeRoom(for: whole) else {
            return ring.isEmpty ? Errno.noMemory.result : mustWait
        }
        let header = MessageQueue.header(size)
        for i in 0..<MessageQueue.headerSize {
            bytes[ring.writable(1, skipping: i).lowerBound] = header[i]
        }
        var done = MessageQueue.headerSize
        while done < whole {
            let run = ring.writable(whole - done, skipping: done)
            let count = bytes.fill(run, from: &transfer)
            done += count
            if count < run.count { return Errno.badAddress.result }
        }
        ring.produce(whole)
        return size
    }

    /// Hands the next message to a read, as much of it as there is room for;
    /// the rest is lost.
    mutating func readMessage(_ transfer: inout Transfer) -> Int {
        guard !ring.isEmpty else { return mustWait }
        var rest = ring
        var header: InlineArray<4, UInt8> = .init(repeating: 0)
        for i in 0..<MessageQueue.headerSize {
            header[i] = bytes[rest.readable(1).lowerBound]
            rest.consume(1)
        }
        let size = MessageQueue.size(header)
        var left = size
        while left > 0, transfer.remaining > 0 {
            let run = rest.readable(min(left, transfer.remaining))
            let count = bytes.hand(run, to: &transfer)
            rest.consume(count)
            left -= count
            if count < run.count { return Errno.badAddress.result }
        }
        rest.consume(left)
        if !transfer.peeks { ring = rest }
        return size - left
    }
}
