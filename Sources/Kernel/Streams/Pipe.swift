import KernelDescriptors
import KernelMain
import KernelSupport
import Synchronization

/// A pipe: bytes that one end writes and the other reads (POSIX, pipe).
struct Pipe: SlotRecord {
    var nextFree = Place.none
    var queue = ByteQueue()
    /// The ends' sources; none: the end is closed.
    var readEnd = Place.none
    var writeEnd = Place.none

    /// An end's word: the pipe's place, and which end.
    static func word(_ pipe: Place, isWriteEnd: Bool) -> UInt64 {
        UInt64(pipe.index) << 1 | (isWriteEnd ? 1 : 0)
    }

    static func place(_ word: UInt64) -> Place { Place(Int(word >> 1)) }

    // MARK: - Moving

    mutating func read(_ transfer: inout Transfer) -> Int {
        if transfer.remaining == 0 { return 0 }
        guard !queue.isEmpty else { return writeEnd.isNone ? 0 : mustWait }
        let wasWritable = queue.isWritable
        let moved = queue.hand(to: &transfer)
        if moved == 0 { return Errno.badAddress.result }
        if !writeEnd.isNone,
            queue.isWritable && !wasWritable || Descriptors.hasWriters(writeEnd)
        {
            Descriptors.tell(writeEnd, .writable)
        }
        return moved
    }

    mutating func write(_ transfer: inout Transfer) -> Int {
        if transfer.remaining == 0 { return 0 }
        guard !readEnd.isNone else { return Errno.brokenPipe.result }
        let moved = queue.write(&transfer)
        if moved > 0 { Descriptors.tell(readEnd, .readable) }
        return moved
    }

    /// The same of a few bytes, in one step. An offset is none of a pipe's.
    @inline(__always)
    mutating func readShort(_ buffer: ApplicationBuffer, at offset: Int) -> Int {
        guard !queue.isEmpty && offset < 0 else {
            return writeEnd.isNone || offset >= 0 ? ObjectOperations.refused : mustWait
        }
        let wasWritable = queue.isWritable
        let moved = queue.handShort(to: buffer)
        // Without an end to write to, another source's writers are looked at.
        let mayWrite = queue.isWritable && !wasWritable || Descriptors.hasWriters(writeEnd)
        if mayWrite && moved > 0 && !writeEnd.isNone { Descriptors.tell(writeEnd, .writable) }
        return moved
    }

    @inline(__always)
    mutating func writeShort(_ buffer: ApplicationBuffer, at offset: Int) -> Int {
        guard !readEnd.isNone && offset < 0 else { return ObjectOperations.refused }
        let moved = queue.takeShort(from: buffer)
        if moved > 0 { Descriptors.tellReader(readEnd) }
        return moved
    }

    // MARK: - Its ends

    func readiness(isWriteEnd: Bool) -> Readiness {
        if isWriteEnd {
            var ready: Readiness = readEnd.isNone ? .failed : []
            if queue.isWritable || readEnd.isNone { ready.insert(.writable) }
            return ready
        }
        var ready: Readiness = writeEnd.isNone ? .hungUp : []
        if !queue.isEmpty { ready.insert(.readable) }
        return ready
    }

    /// An end is closed.
    ///
    /// - Returns: Whether the other one is, too.
    mutating func close(isWriteEnd: Bool) -> Bool {
        if isWriteEnd {
            writeEnd = .none
            if !readEnd.isNone { Descriptors.tell(readEnd, .hungUp) }
        } else {
            readEnd = .none
            if !writeEnd.isNone { Descriptors.tell(writeEnd, [.failed, .writable]) }
        }
        guard readEnd.isNone && writeEnd.isNone else { return false }
        queue.give()
        return true
    }

    // MARK: - For descriptors

    nonisolated(unsafe) private static var operations: ObjectOperations? = nil
    private static let made = Atomic<UInt>(0)

    static var kind: ObjectKind {
        unsafe ObjectKind(&operations, made) {
            ObjectOperations(
                runsLocked: true, type: FileType.fifo,
                read: { word, transfer in
                    StreamState.shared.pipes[Pipe.place(word)].read(
                        &Transfer[transfer])
                },
                write: { word, transfer in
                    StreamState.shared.pipes[Pipe.place(word)].write(
                        &Transfer[transfer])
                },
                close: { word in
                    let place = Pipe.place(word)
                    let isGone = StreamState.shared.pipes[place].close(
                        isWriteEnd: word & 1 != 0)
                    if isGone { StreamState.shared.pipes.give(place) }
                    return 0
                },
                writesAll: true, tellsAll: true, changesByMoves: true,
                readiness: { word in
                    StreamState.shared.pipes[Pipe.place(word)].readiness(
                        isWriteEnd: word & 1 != 0
                    ).rawValue
                },
                control: { word, request, argument in
                    ControlRequest.answer(request, argument) {
                        StreamState.shared.pipes[Pipe.place(word)].queue.count
                    }
                },
                readShort: { word, address, count, offset in
                    unsafe StreamState.shared.pipes[Pipe.place(word)].readShort(
                        ApplicationBuffer(short: address, count: count), at: offset)
                },
                writeShort: { word, address, count, offset in
                    unsafe StreamState.shared.pipes[Pipe.place(word)].writeShort(
                        ApplicationBuffer(short: address, count: count), at: offset)
                })
        }
    }
}

extension Descriptors {
    /// Makes a pipe (POSIX, pipe; Linux, pipe2).
    ///
    /// - Returns: The descriptor to read from, and the one to write to.
    /// - Throws: `EMFILE`, `ENFILE`, `ENOMEM`.
    public static func makePipe(
        isNonBlocking: Bool, closesOnExec: Bool
    ) throws(Errno) -> (read: Int32, write: Int32) {
        try start()
        let kind = Pipe.kind
        let flags: OpenFlags = isNonBlocking ? .nonBlocking : []
        return try locked { state throws(Errno) in
            try StreamTable.pipes.prepare(&state.pipes)
            let pipe = state.pipes.take(Pipe())
            do throws(Errno) {
                let (read, write) = try state.openPair(
                    kind, (Pipe.word(pipe, isWriteEnd: false), Pipe.word(pipe, isWriteEnd: true)),
                    flags: (flags.union(.read), flags.union(.write)), closesOnExec: closesOnExec)
                state.pipes[pipe].readEnd = state.source(of: read)
                state.pipes[pipe].writeEnd = state.source(of: write)
                return (read, write)
            } catch {
                state.pipes.give(pipe)
                throw error
            }
        }
    }

    /// Whether tasks wait to write; with the lock. Of a source that is none anything.
    @inline(__always)
    static func hasWriters(_ source: Place) -> Bool {
        StreamState.shared.observation.sources.referenceOrFirst(source).element.writers > 0
    }
}

extension StreamState {
    func source(of number: Int32) -> Place { descriptions[numbers.description(number)].source }

    /// Gives two objects of one kind the two lowest free numbers, or none.
    mutating func openPair(
        _ kind: ObjectKind, _ objects: (UInt64, UInt64),
        flags: (OpenFlags, OpenFlags), closesOnExec: Bool
    ) throws(Errno) -> (Int32, Int32) {
        let first = try freeNumber()
        let second = try freeNumber(from: first + 1)
        let source = try makeSource()
        var other = Place.none
        do throws(Errno) {
            other = try makeSource()
            // Two places, before anything is done that is seen.
            try StreamTable.descriptions.prepare(&descriptions)
            let one = try makeDescription(
                kind, object: objects.0, flags: flags.0, source: source)
            do throws(Errno) {
                let two = try makeDescription(
                    kind, object: objects.1, flags: flags.1, source: other)
                _ = setNumber(first, one, closesOnExec: closesOnExec)
                _ = setNumber(second, two, closesOnExec: closesOnExec)
                return (Int32(first), Int32(second))
            } catch {
                descriptions.give(one)
                throw error
            }
        } catch {
            if !other.isNone { observation.sources.give(other) }
            observation.sources.give(source)
            throw error
        }
    }
}
