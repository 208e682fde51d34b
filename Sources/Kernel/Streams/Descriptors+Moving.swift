import KernelDescriptors
import KernelMain
import KernelSupport

// Reading and writing, and what is asked of a descriptor.

extension Descriptors {
    enum Direction {
        case read, write
    }

    /// Reads or writes by a descriptor: bytes, or the negative of an error.
    static func move(_ number: Int32, _ transfer: inout Transfer, _ direction: Direction) -> Int {
        let flags = StreamState.enter()
        let place = StreamState.shared.numbers.description(number)
        guard !place.isNone else {
            StreamState.leave(flags)
            return Errno.badFileDescriptor.result
        }
        let description = StreamState.shared.descriptions.reference(to: place)
        let openFlags = description.element.flags
        guard openFlags.contains(direction == .read ? .read : .write) else {
            StreamState.leave(flags)
            return Errno.badFileDescriptor.result
        }
        transfer.isNonBlocking = openFlags.contains(.nonBlocking) || transfer.neverWaits
        transfer.appends = openFlags.contains(.append) || transfer.alwaysAppends
        let kind = ObjectKind(word: description.element.operations)
        guard kind.operations.runsLocked else {
            return moveUnlocked(place, kind, &transfer, direction, flags)
        }
        let result = moveOnce(place, kind, &transfer, direction)
        let isDone =
            result >= 0
            ? direction == .read && !transfer.waitsAll || transfer.remaining == 0
                || !kind.operations.writesAll
            : result != mustWait || transfer.isNonBlocking
        if isDone && transfer.wantsPause == false {
            StreamState.leave(flags)
            return result
        }
        return moveWaiting(place, kind, &transfer, direction, flags, result)
    }

    /// Calls the kind's function once, with the lock.
    @inline(__always)
    static func moveOnce(
        _ place: Place, _ kind: ObjectKind, _ transfer: inout Transfer,
        _ direction: Direction
    ) -> Int {
        let description = StreamState.shared.descriptions.reference(to: place)
        let object = description.element.object
        StreamState.shared.observation.forget(seenOf: description.element.source)
        return move(object, kind, &transfer, direction)
    }

    @inline(__always)
    private static func move(
        _ object: UInt64, _ kind: ObjectKind, _ transfer: inout Transfer, _ direction: Direction
    ) -> Int {
        transfer.withAddress { transfer in
            direction == .read
                ? kind.operations.read(object, transfer)
                : kind.operations.write(object, transfer)
        }
    }

    /// What is behind the descriptor waits itself; with the lock, which is given back.
    static func moveUnlocked(
        _ place: Place, _ kind: ObjectKind, _ transfer: inout Transfer,
        _ direction: Direction, _ flags: UInt64
    ) -> Int {
        let description = StreamState.shared.descriptions.reference(to: place)
        let object = description.element.object
        description.element.references &+= 1
        StreamState.shared.observation.forget(seenOf: description.element.source)
        StreamState.leave(flags)
        let result = move(object, kind, &transfer, direction)
        let again = StreamState.enter()
        let closing = StreamState.release(place)
        StreamState.leave(again)
        _ = closing?.run()
        return result
    }

    /// Goes on after the first attempt, with waits; the description stays.
    ///
    /// - Parameter first: The first attempt's result.
    @inline(never)
    static func moveWaiting(
        _ place: Place, _ kind: ObjectKind, _ transfer: inout Transfer,
        _ direction: Direction, _ flags: UInt64, _ first: Int
    ) -> Int {
        StreamState.shared.descriptions[place].references += 1
        let source = StreamState.shared.descriptions[place].source
        var flags = flags
        var result = first
        while true {
            if result == mustWait {
                let hasEnough = transfer.done > 0 && direction == .read && !transfer.waitsAll
                if transfer.isNonBlocking || hasEnough || transfer.remainder != nil { break }
                let error = wait(&transfer, source, direction)
                if let error {
                    // A time-out that was set with the socket is no error of its own.
                    result = error == .timedOut ? mustWait : error.result
                    break
                }
            } else if result < 0 || transfer.remaining == 0 || transfer.remainder != nil {
                break
            } else if direction == .read
                ? !transfer.wantsPause && (result == 0 || !transfer.waitsAll)
                : !kind.operations.writesAll
            {
                break
            } else {
                // Long copies let interrupts and others in.
                StreamState.leave(flags)
                flags = StreamState.enter()
            }
            transfer.wantsPause = false
            result = moveOnce(place, kind, &transfer, direction)
        }
        if transfer.done > 0 { result = transfer.done }
        if direction == .read { passOn(place, source) }
        let closing = StreamState.release(place)
        StreamState.leave(flags)
        _ = closing?.run()
        _ = transfer.remainder?.run()
        return result
    }

    /// Waits for what a kind's function needs that has said that it has to.
    private static func wait(
        _ transfer: inout Transfer, _ source: Place, _ direction: Direction
    ) -> Errno? {
        let deadline = transfer.deadline ?? .max
        if let target = transfer.awaited {
            transfer.awaited = nil
            return StreamState.wait(for: target, until: deadline)
        }
        count(source, direction, 1)
        let error = StreamState.wait(
            for: direction == .read ? .readers(source) : .writers(source), until: deadline)
        count(source, direction, -1)
        return error
    }

    /// So many more tasks wait for a source.
    private static func count(_ source: Place, _ direction: Direction, _ number: Int32) {
        if direction == .read {
            StreamState.shared.observation.sources[source].readers += number
        } else {
            StreamState.shared.observation.sources[source].writers += number
        }
    }

    /// Something to read is left: the next that waits for it has its turn.
    static func passOn(_ place: Place, _ source: Place) {
        guard StreamState.shared.observation.sources[source].readers > 0,
            readiness(place).contains(.readable)
        else { return }
        _ = StreamState.wake(.readers(source), 1)
    }

    // MARK: - Changes

    /// What is behind the descriptor of a description has changed; with the lock.
    static func tell(_ source: Place, _ events: Readiness) {
        StreamState.shared.observation.tell(source, events) { target, count in
            StreamState.wake(target, count)
        }
    }

    /// The same of a source that has become readable, which one reader is told of.
    @inline(__always)
    static func tellReader(_ source: Place) {
        let place = StreamState.shared.observation.tellReadable(source)
        if place.hasReaders { StreamState.wakeReader(of: source) }
        if place.hasObservers {
            StreamState.shared.observation.tellObservers(of: source, .readable) {
                StreamState.wake($0, $1)
            }
        }
    }

    /// What a description is ready for; with the lock.
    static func readiness(_ place: Place) -> Readiness {
        let set = StreamState.shared.descriptions[place].interestSet
        if !set.isNone {
            let isReady = StreamState.shared.observation.isReady(
                set, readiness: { leafReadiness($0) })
            return isReady ? .readable : []
        }
        return leafReadiness(place)
    }

    /// The same of one that is no set of interests.
    @inline(__always)
    static func leafReadiness(_ place: Place) -> Readiness {
        let description = StreamState.shared.descriptions.reference(to: place)
        let kind = ObjectKind(word: description.element.operations)
        guard let readiness = kind.operations.readiness else {
            let flags = description.element.flags
            var ready: Readiness = []
            if flags.contains(.read) { ready.insert(.readable) }
            if flags.contains(.write) { ready.insert(.writable) }
            return ready
        }
        let ready = Readiness(rawValue: readiness(description.element.object))
        if kind.operations.changesByMoves {
            StreamState.shared.observation.sources[description.element.source].seen = ready
        }
        return ready
    }

    // MARK: - Asking

    /// Positioned reading and writing (POSIX, pread, pwrite).
    ///
    /// - Parameters:
    ///   - appends: As if the descriptor were open for appending.
    ///   - transfer: Makes the transfer, where the descriptor has a position.
    public static func move(
        _ number: Int32, isRead: Bool, at offset: Int, appends: Bool = false,
        _ transfer: () throws(Errno) -> Transfer
    ) throws(Errno) -> Int {
        try startFor(number)
        let flags = StreamState.enter()
        let moved: Int
        do throws(Errno) {
            let place = StreamState.shared.numbers.description(number)
            guard !place.isNone else { throw .badFileDescriptor }
            let description = StreamState.shared.descriptions.reference(to: place)
            let kind = ObjectKind(word: description.element.operations)
            guard offset >= 0 else { throw .invalidArgument }
            guard let function = isRead ? kind.operations.readAt : kind.operations.writeAt else {
                throw .illegalSeek
            }
            guard description.element.flags.contains(isRead ? .read : .write) else {
                throw .badFileDescriptor
            }
            var transfer = try transfer()
            transfer.appends = appends || description.element.flags.contains(.append)
            let object = description.element.object
            description.element.references += 1
            StreamState.leave(flags)
            moved = transfer.withAddress { function(object, $0, offset) }
            release(place)
        } catch {
            StreamState.leave(flags)
            throw error
        }
        if moved < 0 { throw Errno(rawValue: Int32(-moved)) }
        return moved
    }

    /// Reads or writes where the descriptor is, in a manner of the call's own
    /// (Linux, preadv2).
    public static func move(
        _ number: Int32, isRead: Bool, appends: Bool, waits: Bool,
        _ transfer: () throws(Errno) -> Transfer
    ) throws(Errno) -> Int {
        try startFor(number)
        guard try flags(number).contains(isRead ? .read : .write) else { throw .badFileDescriptor }
        var transfer = try transfer()
        transfer.neverWaits = !waits
        transfer.alwaysAppends = appends
        let moved = move(number, &transfer, isRead ? .read : .write)
        if moved < 0 { throw Errno(rawValue: Int32(-moved)) }
        return moved
    }

    /// A request that only some kinds know (ioctl).
    ///
    /// - Throws: `EBADF`; `ENOTTY` where the kind does not know it.
    public static func control(
        _ number: Int32, _ request: UInt32, _ argument: UInt64
    ) throws(Errno) -> Int {
        try startFor(number)
        let result = try with(number, of: nil, wrongKind: .badFileDescriptor) {
            kind, object, _ throws(Errno) in
            guard let control = kind.operations.control else {
                throw .inappropriateIOControl
            }
            guard kind.operations.runsLocked else {
                return control(object, request, argument)
            }
            return try locked { _ throws(Errno) in control(object, request, argument) }
        }
        if result < 0 { throw Errno(rawValue: Int32(-result)) }
        return result
    }
}

extension DescriptorOperations {
    /// What the functions of the ABI do with the table.
    static var table: Self {
        Self(
            read: { number, address, count in
                guard ApplicationBuffer.isShort(address, count) else {
                    return Self.moveLong(number, address, count, .read, ObjectOperations.refused)
                }
                let (moved, place, flags) = Descriptors.beginShort(number, isRead: true, address, count)
                guard moved >= 0 else { return Self.readOn(number, address, count, moved, place, flags) }
                StreamState.leave(flags)
                return moved
            },
            write: { number, address, count in
                guard ApplicationBuffer.isShort(address, count) else {
                    return Self.moveLong(number, address, count, .write, ObjectOperations.refused)
                }
                let (moved, _, flags) = Descriptors.beginShort(number, isRead: false, address, count)
                StreamState.leave(flags)
                return moved >= 0 ? moved : Self.moveLong(number, address, count, .write, moved)
            },
            readParts: { Self.finish(Self.move($0, $1, $2, isParts: true, .read)) },
            writeParts: { Self.finish(Self.move($0, $1, $2, isParts: true, .write)) },
            close: { number in
                let result = Descriptors.closeQuickly(number)
                return result == 0 ? 0 : Self.closeOn(number, result)
            },
            seek: { Self.finish(Self.seek($0, $1, $2)) },
            isTerminal: { number in
                Self.finish(
                    Self.ask(number) { kind, object in
                        kind == ConsoleStream.kind && ConsoleStream.isTerminal(object) ? 1 : 0
                    })
            },
            status: { Self.finish(Self.status($0, $1)) },
            isOpen: { number in
                let flags = StreamState.enter()
                defer { StreamState.leave(flags) }
                return !StreamState.shared.numbers.description(number).isNone
            })
    }

    /// The end of a function of the ABI: sets errno where it has failed.
    @inline(__always)
    private static func finish(_ result: Int) -> Int {
        if result < 0 {
            KernelServices.setErrno(Int32(truncatingIfNeeded: 0 &- result))
        }
        return result
    }

    /// A short read that was not done in one step, with the lock, which is given back.
    ///
    /// - Parameter moved: What `beginShort` has returned.
    @inline(never)
    private static func readOn(
        _ number: Int32, _ address: UInt64, _ count: Int, _ moved: Int, _ place: Place, _ flags: UInt64
    ) -> Int {
        guard moved == mustWait else {
            StreamState.leave(flags)
            return moveLong(number, address, count, .read, moved)
        }
        let moved = Descriptors.waitAndRead(place, address, count, flags)
        return moved >= 0 ? moved : moveLong(number, address, count, .read, moved)
    }

    /// Reads or writes what is not short, or can't be done in one step.
    ///
    /// - Parameter result: What `beginShort` has returned.
    @inline(never)
    private static func moveLong(
        _ number: Int32, _ address: UInt64, _ count: Int, _ direction: Descriptors.Direction,
        _ result: Int
    ) -> Int {
        finish(
            result == ObjectOperations.refused
                ? move(number, address, count, isParts: false, direction) : result)
    }

    /// A close that was not done quickly, or has failed.
    ///
    /// - Parameter result: What `closeQuickly` has returned.
    @inline(never)
    private static func closeOn(_ number: Int32, _ result: Int) -> Int32 {
        var result = result
        if result == ObjectOperations.refused {
            do throws(Errno) {
                try Descriptors.close(number)
                result = 0
            } catch { result = error.result }
        }
        return Int32(truncatingIfNeeded: finish(result))
    }

    private static func move(
        _ number: Int32, _ address: UInt64, _ count: Int, isParts: Bool,
        _ direction: Descriptors.Direction
    ) -> Int {
        do throws(Errno) {
            var transfer =
                isParts
                ? try Transfer(parts: address, count: count) : try Transfer(address, count: count)
            return Descriptors.move(number, &transfer, direction)
        } catch {
            // A descriptor that is none, or not for this, is told first.
            let flags = StreamState.enter()
            defer { StreamState.leave(flags) }
            let place = StreamState.shared.numbers.description(number)
            let isAllowed =
                !place.isNone
                && StreamState.shared.descriptions[place].flags.contains(
                    direction == .read ? .read : .write)
            return isAllowed ? error.result : Errno.badFileDescriptor.result
        }
    }

    private static func ask(
        _ number: Int32, _ body: (ObjectKind, UInt64) -> Int
    ) -> Int {
        do throws(Errno) {
            return try Descriptors.with(number, of: nil, wrongKind: .badFileDescriptor) {
                kind, object, _ throws(Errno) in body(kind, object)
            }
        } catch { return error.result }
    }

    private static func seek(_ number: Int32, _ offset: Int, _ whence: Int32) -> Int {
        ask(number) { kind, object in
            guard let seek = kind.operations.seek else {
                return 0...2 ~= whence
                    ? Errno.illegalSeek.result : Errno.invalidArgument.result
            }
            return seek(object, offset, whence)
        }
    }

    private static func status(_ number: Int32, _ address: UInt) -> Int {
        ask(number) { kind, object in
            FileStatus[address].mode = kind.operations.type | 0o600
            FileStatus[address].number = object
            guard let status = kind.operations.status else { return 0 }
            return status(object, address)
        }
    }
}
