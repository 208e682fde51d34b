import KernelDescriptors
import KernelMain
import KernelSupport

// Reads and writes of few bytes, which most are: with the lock for all of it, without a
// `Transfer`, and with as few branches as there can be. An emulated processor leaves its
// code at each of them.

extension Descriptors {
    /// Reads or writes a few bytes in one step, where nothing stands in the way of that.
    ///
    /// - Parameter offset: Where.
    /// - Returns: The bytes that were moved, or `ObjectOperations.refused`: nothing was
    ///   done.
    @inline(__always)
    public static func moveShort(
        _ number: Int32, isRead: Bool, _ address: UInt64, _ count: Int, at offset: Int
    ) -> Int {
        guard unsafe StreamState.root != nil, ApplicationBuffer.isShort(address, count), offset >= 0
        else { return ObjectOperations.refused }
        let flags = StreamState.enter()
        let (moved, _) = StreamState.shared.moveShort(
            number, isRead: isRead, address, count, at: offset)
        StreamState.leave(flags)
        return moved
    }

    /// The same where the descriptor is, of a buffer that is short; the lock is held then.
    ///
    /// - Returns: The bytes; `mustWait`, too, of a read that is to wait; the description; and
    ///   what to give `StreamState.leave`.
    @inline(__always)
    static func beginShort(
        _ number: Int32, isRead: Bool, _ address: UInt64, _ count: Int
    ) -> (moved: Int, Place, flags: UInt64) {
        let flags = StreamState.enter()
        let (moved, place) = StreamState.shared.moveShort(
            number, isRead: isRead, address, count, at: -1)
        return (moved, place, flags)
    }

    /// Reads or writes by a socket: in one step where nothing stands in the way of that, else as
    /// `move` does, with one look at the descriptor.
    ///
    /// - Parameter number: Any number.
    /// - Returns: The bytes, or the negative of an error; `ObjectOperations.refused`: nothing was
    ///   done, and the descriptor or the buffer may be no such thing.
    @inline(__always)
    public static func moveQuicklyBySocket(
        _ number: Int32, isRead: Bool, _ address: UInt64, _ count: Int
    ) -> Int {
        guard unsafe StreamState.root != nil, let buffer = try? ApplicationBuffer(at: address, count: count)
        else { return ObjectOperations.refused }
        let flags = StreamState.enter()
        let (moved, place) = StreamState.shared.moveShort(
            number, isRead: isRead, address, count, at: -1, bySocket: true)
        guard moved == ObjectOperations.refused, !place.isNone else {
            StreamState.leave(flags)
            return moved
        }
        return moveBySocket(place, isRead: isRead, buffer, flags)
    }

    /// The same where it is no single step, with the lock, which is given back.
    @inline(never)
    private static func moveBySocket(
        _ place: Place, isRead: Bool, _ buffer: ApplicationBuffer, _ flags: UInt64
    ) -> Int {
        let description = StreamState.shared.descriptions.reference(to: place)
        let kind = ObjectKind(word: description.element.operations)
        let openFlags = description.element.flags
        guard kind.operations.socket != nil, !kind.operations.runsLocked,
            openFlags.contains(isRead ? .read : .write)
        else {
            StreamState.leave(flags)
            return ObjectOperations.refused
        }
        var transfer = Transfer(buffer)
        transfer.isNonBlocking = openFlags.contains(.nonBlocking)
        return moveUnlocked(place, kind, &transfer, isRead ? .read : .write, flags)
    }

    /// Waits until there is something to read, with the lock, which is given back.
    @inline(__always)
    static func waitAndRead(
        _ place: Place, _ address: UInt64, _ count: Int, _ flags: UInt64
    ) -> Int {
        let description = StreamState.shared.descriptions.reference(to: place)
        guard !description.element.flags.contains(.nonBlocking) else {
            StreamState.leave(flags)
            return ObjectOperations.refused
        }
        let kind = ObjectKind(word: description.element.operations)
        let read = unsafe kind.operations.readShort.unsafelyUnwrapped
        description.element.references &+= 1
        let source = StreamState.shared.observation.sources.reference(
            to: description.element.source)
        var result = mustWait
        repeat {
            source.element.readers &+= 1
            let error = StreamState.wait(forReadersOf: description.element.source)
            source.element.readers &-= 1
            // Somebody may have looked since there was something, and that is taken now.
            source.element.seen = []
            result = error?.result ?? read(description.element.object, address, count, -1)
        } while result == mustWait
        // As a rule nobody else reads, or has closed the last descriptor meanwhile.
        let others = description.element.references &- 1
        if result >= 0 && source.element.readers <= 0 && others > 0 {
            description.element.references = others
            StreamState.leave(flags)
            return result
        }
        return finishRead(place, kind, address, count, flags, result)
    }

    /// The rest of the above in other cases; gives the reference and the lock back.
    @inline(never)
    private static func finishRead(
        _ place: Place, _ kind: ObjectKind, _ address: UInt64, _ count: Int, _ flags: UInt64,
        _ result: Int
    ) -> Int {
        guard result != ObjectOperations.refused else {
            return readAfterWait(place, kind, address, count, flags)
        }
        let source = StreamState.shared.descriptions[place].source
        if StreamState.shared.observation.sources[source].readers > 0 {
            passOn(place, source)
        }
        let closing = StreamState.release(place)
        StreamState.leave(flags)
        _ = closing?.run()
        return result
    }

    /// Reads what has come and is not read in one step; gives a reference and the lock back.
    private static func readAfterWait(
        _ place: Place, _ kind: ObjectKind, _ address: UInt64, _ count: Int, _ flags: UInt64
    ) -> Int {
        defer { release(place) }
        do throws(Errno) {
            var transfer = try Transfer(address, count: count)
            let first = moveOnce(place, kind, &transfer, .read)
            return moveWaiting(place, kind, &transfer, .read, flags, first)
        } catch {
            StreamState.leave(flags)
            return error.result
        }
    }
}

extension StreamState {
    /// What the kind's function returns, and the description; `refused`, too, where the
    /// descriptor is none, or not for this.
    @inline(__always)
    fileprivate mutating func moveShort(
        _ number: Int32, isRead: Bool, _ address: UInt64, _ count: Int, at offset: Int, bySocket: Bool = false
    ) -> (moved: Int, Place) {
        let place = numbers.descriptionQuickly(number)
        guard let description = descriptions.find(place) else { return (ObjectOperations.refused, .none) }
        let operations = ObjectKind(word: description.element.operations).operations
        // What appends is not written where the descriptor is.
        let isAllowed =
            isRead
            ? description.element.flags.contains(.read)
            : description.element.flags.intersection([.write, .append]) == .write
        if bySocket && operations.socket == nil { return (ObjectOperations.refused, .none) }
        guard isAllowed, let function = isRead ? operations.readShort : operations.writeShort else {
            return (ObjectOperations.refused, place)
        }
        observation.forget(seenOf: description.element.source)
        return (function(description.element.object, address, count, offset), place)
    }
}
