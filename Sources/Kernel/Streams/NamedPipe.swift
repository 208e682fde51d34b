import KernelDescriptors
import KernelMain
import KernelSupport
import KernelTasks
import Synchronization

/// A FIFO that somebody has open (POSIX, mkfifo, open): a pipe with any number of
/// ends on both sides, which is gone with the last of them.
struct NamedPipe: SlotRecord {
    var nextFree = Place.none
    /// Which file it is; 0: the place is free.
    var key: UInt64 = 0
    var queue = ByteQueue()
    /// All that is told is told by this one source.
    var source = Place.none
    var readers = 0
    var writers = 0
    /// How often it was opened for reading and for writing, whoever has closed it since.
    var readOpenings: UInt32 = 0
    var writeOpenings: UInt32 = 0

    /// What an end's word says.
    struct End {
        let pipe: Place
        let reads: Bool
        let writes: Bool
        /// How often it had been opened for writing.
        let openings: UInt32

        init(_ pipe: Place, reads: Bool, writes: Bool, openings: UInt32) {
            self.pipe = pipe
            self.reads = reads
            self.writes = writes
            self.openings = openings & 0x3FF_FFFF
        }

        init(_ word: UInt64) {
            pipe = Place(Int(word & 0x7FFF_FFFF))
            reads = word >> 32 & 1 != 0
            writes = word >> 33 & 1 != 0
            openings = UInt32(truncatingIfNeeded: word >> 34) & 0x3FF_FFFF
        }

        var word: UInt64 {
            UInt64(pipe.index) | (reads ? 1 << 32 : 0) | (writes ? 1 << 33 : 0)
                | UInt64(openings) << 34
        }
    }

    private mutating func read(_ transfer: inout Transfer) -> Int {
        if transfer.remaining == 0 { return 0 }
        guard !queue.isEmpty else { return writers == 0 ? 0 : mustWait }
        let moved = queue.hand(to: &transfer)
        if moved == 0 { return Errno.badAddress.result }
        Descriptors.tell(source, .writable)
        return moved
    }

    private mutating func write(_ transfer: inout Transfer) -> Int {
        if transfer.remaining == 0 { return 0 }
        guard readers > 0 else { return Errno.brokenPipe.result }
        let moved = queue.write(&transfer)
        if moved > 0 { Descriptors.tell(source, .readable) }
        return moved
    }

    private func readiness(_ end: End) -> Readiness {
        var ready: Readiness = []
        if end.reads {
            if !queue.isEmpty { ready.insert(.readable) }
            // As long as nobody has come, nobody has gone.
            let hadWriter = writeOpenings & 0x3FF_FFFF != end.openings
            if writers == 0 && hadWriter { ready.insert(.hungUp) }
        }
        if end.writes {
            if queue.isWritable || readers == 0 { ready.insert(.writable) }
            if readers == 0 { ready.insert(.failed) }
        }
        return ready
    }

    /// An end is closed.
    ///
    /// - Returns: The file's key.
    private static func close(_ end: End) -> Int {
        let key = StreamState.shared.namedPipes[end.pipe].key
        if end.reads { StreamState.shared.namedPipes[end.pipe].readers -= 1 }
        if end.writes { StreamState.shared.namedPipes[end.pipe].writers -= 1 }
        let pipe = StreamState.shared.namedPipes[end.pipe]
        if pipe.readers == 0 && pipe.writers == 0 {
            pipe.queue.give()
            StreamState.shared.observation.sources.give(pipe.source)
            StreamState.shared.namedPipes.give(end.pipe)
        } else {
            if end.writes && pipe.writers == 0 { Descriptors.tell(pipe.source, [.readable, .hungUp]) }
            if end.reads && pipe.readers == 0 { Descriptors.tell(pipe.source, [.writable, .failed]) }
        }
        return Int(bitPattern: UInt(key))
    }

    /// What files do for the FIFOs that are open.
    nonisolated(unsafe) private static var files: NamedPipeFiles? = nil
    nonisolated(unsafe) private static var operations: ObjectOperations? = nil
    private static let made = Atomic<UInt>(0)

    static func kind(_ files: NamedPipeFiles) -> ObjectKind {
        unsafe self.files = files
        return unsafe ObjectKind(&operations, made) {
            ObjectOperations(
                runsLocked: true, type: FileType.fifo,
                read: { word, transfer in
                    StreamState.shared.namedPipes[End(word).pipe].read(
                        &Transfer[transfer])
                },
                write: { word, transfer in
                    StreamState.shared.namedPipes[End(word).pipe].write(
                        &Transfer[transfer])
                },
                close: { NamedPipe.close(End($0)) },
                closed: { unsafe NamedPipe.files?.close($0) ?? 0 },
                writesAll: true, sharesSource: true,
                readiness: { word in
                    let end = End(word)
                    return StreamState.shared.namedPipes[end.pipe].readiness(end).rawValue
                },
                status: { word, status in
                    let key = StreamState.shared.namedPipes[End(word).pipe].key
                    return unsafe NamedPipe.files?.status(key, status) ?? 0
                },
                control: { word, request, argument in
                    ControlRequest.answer(request, argument) {
                        StreamState.shared.namedPipes[End(word).pipe].queue.count
                    }
                })
        }
    }
}

/// What files do for open FIFOs, which know only a key of theirs.
public struct NamedPipeFiles: Sendable {
    /// Key, address of a `FileStatus`.
    let status: @convention(c) (UInt64, UInt) -> Int
    /// An end is closed; no lock is held.
    let close: @convention(c) (UInt64) -> Int

    public init(
        status: @convention(c) (UInt64, UInt) -> Int, close: @convention(c) (UInt64) -> Int
    ) {
        self.status = status
        self.close = close
    }
}

extension Descriptors {
    /// Opens a FIFO, which the caller keeps until the descriptor is closed.
    ///
    /// - Parameters:
    ///   - key: Which file it is, and not 0.
    ///   - flags: Without `.nonBlocking` it waits until somebody has opened the
    ///     other side.
    /// - Throws: `ENXIO`: nobody reads it, and it does not wait; `EINTR`;
    ///   `EMFILE`, `ENFILE`, `ENOMEM`.
    public static func openNamedPipe(
        _ key: UInt64, _ files: NamedPipeFiles, _ flags: OpenFlags, closesOnExec: Bool
    ) throws(Errno) -> Int32 {
        try start()
        let kind = NamedPipe.kind(files)
        let (place, known) = try locked { state throws(Errno) in
            try state.joinNamedPipe(key, flags)
        }
        do throws(Errno) {
            // One that was there when the caller came may have gone since.
            let hasPartner = known.readers > 0 && known.writers > 0
            if !flags.contains(.nonBlocking), !hasPartner {
                try awaitPartner(place, known, reads: flags.contains(.read))
            }
            return try locked { state throws(Errno) in
                let number = try state.freeNumber()
                // Who has waited has met a writer.
                let openings = flags.contains(.nonBlocking)
                    ? known.writeOpenings : known.writeOpenings &- 1
                let end = NamedPipe.End(
                    place, reads: flags.contains(.read), writes: flags.contains(.write),
                    openings: openings)
                let description = try state.makeDescription(
                    kind, object: end.word, flags: flags, source: known.source)
                _ = state.setNumber(number, description, closesOnExec: closesOnExec)
                return Int32(number)
            }
        } catch {
            try? locked { state throws(Errno) in state.leaveNamedPipe(place, flags) }
            throw error
        }
    }

    /// Waits until a FIFO's other side has been opened; who comes and goes at once
    /// has come, too.
    ///
    /// - Parameter known: The FIFO when the caller came, alone.
    /// - Throws: `EINTR`.
    private static func awaitPartner(
        _ place: Place, _ known: NamedPipe, reads: Bool
    ) throws(Errno) {
        let flags = StreamState.enter()
        defer { StreamState.leave(flags) }
        while true {
            let pipe = StreamState.shared.namedPipes[place]
            let hasCome = reads
                ? pipe.writeOpenings != known.writeOpenings
                : pipe.readOpenings != known.readOpenings
            if hasCome { return }
            StreamState.shared.observation.sources[known.source].writers += 1
            let error = StreamState.wait(for: .writers(known.source), until: .max)
            StreamState.shared.observation.sources[known.source].writers -= 1
            if let error { throw error }
        }
    }
}

extension StreamState {
    /// The open FIFO with that key, or a new one.
    fileprivate mutating func namedPipe(_ key: UInt64) throws(Errno) -> Place {
        for index in 0..<namedPipes.capacity where namedPipes[Place(index)].key == key {
            return Place(index)
        }
        try StreamTable.namedPipes.prepare(&namedPipes)
        let source = try makeSource()
        var pipe = NamedPipe()
        pipe.key = key
        pipe.source = source
        return namedPipes.take(pipe)
    }

    /// Somebody opens a FIFO: it has one more end.
    ///
    /// - Throws: `ENXIO`: nobody reads what it is to be written to, and it does not
    ///   wait; `EMFILE`, `ENFILE`, `ENOMEM`.
    fileprivate mutating func joinNamedPipe(
        _ key: UInt64, _ flags: OpenFlags
    ) throws(Errno) -> (Place, NamedPipe) {
        // What can be refused is, before anybody waits.
        _ = try freeNumber()
        let place = try namedPipe(key)
        if flags.isSuperset(of: [.write, .nonBlocking]), !flags.contains(.read),
            namedPipes[place].readers == 0
        {
            forgetUnused(place)
            throw .noSuchAddressOrDevice
        }
        if flags.contains(.read) {
            namedPipes[place].readers += 1
            namedPipes[place].readOpenings &+= 1
        }
        if flags.contains(.write) {
            namedPipes[place].writers += 1
            namedPipes[place].writeOpenings &+= 1
        }
        let known = namedPipes[place]
        Descriptors.tell(known.source, .writable)
        return (place, known)
    }

    /// An end that did not come to be goes.
    fileprivate mutating func leaveNamedPipe(_ place: Place, _ flags: OpenFlags) {
        if flags.contains(.read) { namedPipes[place].readers -= 1 }
        if flags.contains(.write) { namedPipes[place].writers -= 1 }
        let pipe = namedPipes[place]
        // Whoever has met it is told as of one that was closed.
        if flags.contains(.write) && pipe.writers == 0 {
            Descriptors.tell(pipe.source, [.readable, .hungUp])
        }
        if flags.contains(.read) && pipe.readers == 0 {
            Descriptors.tell(pipe.source, [.writable, .failed])
        }
        forgetUnused(place)
    }

    /// Takes a FIFO away that nobody has open.
    private mutating func forgetUnused(_ place: Place) {
        let pipe = namedPipes[place]
        guard pipe.readers == 0 && pipe.writers == 0 else { return }
        pipe.queue.give()
        observation.sources.give(pipe.source)
        namedPipes.give(place)
    }
}
