import KernelDescriptors
import KernelSupport

/// A descriptor on its way from one socket to another (POSIX, SCM_RIGHTS): a
/// reference to the description, in the list of a message's.
///
/// What nobody receives is closed with the message. As that may be a socket with
/// messages of its own, it is done one after the other, without the lock.
struct PassedDescriptor: SlotRecord {
    var nextFree = Place.none
    var next = Place.none
    var description = Place.none

    /// Of one message at most (Linux, SCM_MAX_FD).
    static let most = 253

    /// Puts a list in front of another one. With the lock.
    static func append(_ list: Place, to others: inout Place) {
        if list.isNone { return }
        var last = list
        while !last.passed.next.isNone { last = last.passed.next }
        last.passed.next = others
        others = list
    }

    /// The same descriptors once more, in the same order, for who only looks; with
    /// the lock.
    ///
    /// - Throws: `ENOMEM`; then there are none.
    static func copy(of list: Place) throws(Errno) -> Place {
        var (first, last, place) = (Place.none, Place.none, list)
        while !place.isNone {
            do throws(Errno) {
                try StreamTable.passed.prepare(&StreamState.shared.passed)
            } catch {
                // What was copied stands for what is open in any case.
                while !first.isNone { drop(take(&first)) }
                throw error
            }
            add(place.passed.description, &first, &last)
            place = place.passed.next
        }
        return first
    }

    /// Adds a description, with a reference of its own, to a list's end.
    static func add(_ description: Place, _ first: inout Place, _ last: inout Place) {
        var record = PassedDescriptor()
        record.description = description
        StreamState.shared.descriptions[description].references += 1
        let place = StreamState.shared.passed.take(record)
        if last.isNone { first = place } else { last.passed.next = place }
        last = place
    }

    /// Takes the first one off a list; its description, with the reference.
    static func take(_ list: inout Place) -> Place {
        let record = list.passed
        StreamState.shared.passed.give(list)
        list = record.next
        return record.description
    }

    /// Gives a reference back that is not the last.
    private static func drop(_ description: Place) {
        StreamState.shared.descriptions[description].references -= 1
    }

    /// Gives all references of a list back; no lock may be held.
    ///
    /// - Returns: 0, as it closes what a kind has left to be closed.
    @discardableResult
    static func closeAll(_ list: Place) -> Int {
        var list = list
        while !list.isNone {
            let flags = StreamState.enter()
            let closing = StreamState.release(take(&list))
            // What a socket leaves is not closed by a function inside of this one:
            // there may be many in a row.
            if let closing, closing.kind == LocalSocket.kind {
                append(Place(Int(Int64(bitPattern: closing.word))), to: &list)
                StreamState.leave(flags)
            } else {
                StreamState.leave(flags)
                _ = closing?.run()
            }
        }
        return 0
    }

    /// The same when the lock is given back, by who moves bytes.
    static func closeLater(_ list: Place, _ transfer: inout Transfer) {
        if list.isNone { return }
        var list = list
        if let remainder = transfer.remainder {
            append(Place(Int(Int64(bitPattern: remainder.word))), to: &list)
        }
        transfer.remainder = Closing(
            kind: LocalSocket.kind, function: { PassedDescriptor.closeAll(Place(Int(Int64(bitPattern: $0)))) },
            word: UInt64(bitPattern: Int64(list.index)))
        transfer.wantsPause = true
    }
}

extension Place {
    /// The record at a place in the table of passed descriptors, with the lock.
    var passed: PassedDescriptor {
        @inline(__always) get { StreamState.shared.passed[self] }
        @inline(__always) nonmutating _modify {
            yield &StreamState.shared.passed[self]
        }
    }
}

extension SocketMessage {
    /// Adds a descriptor to those that are to be sent.
    ///
    /// - Throws: `EBADF`; `EINVAL`: there are too many; `ETOOMANYREFS`: more are on
    ///   their way than may be open; `ENOMEM`.
    public mutating func pass(_ number: Int32) throws(Errno) {
        guard count < PassedDescriptor.most else { throw .invalidArgument }
        var garbage = Place.none
        LocalSocket.locked { garbage = LocalSocket.collect() }
        PassedDescriptor.closeAll(garbage)
        var (first, last) = (descriptors, lastDescriptor)
        try Descriptors.locked { state throws(Errno) in
            let description = try Descriptors.description(number, in: state)
            guard state.passed.used < state.numbers.limit else { throw .tooManyReferences }
            try StreamTable.passed.prepare(&state.passed)
            PassedDescriptor.add(description, &first, &last)
        }
        (descriptors, lastDescriptor, count) = (first, last, count + 1)
    }

    /// Whether descriptors came with it that were not taken.
    public var hasDescriptors: Bool { !descriptors.isNone }

    /// Gives the first of the descriptors that came with it a number.
    ///
    /// - Throws: `EMFILE`, `ENOMEM`; it is still there.
    public mutating func takeDescriptor(closesOnExec: Bool) throws(Errno) -> Int32 {
        var list = descriptors
        let number = try Descriptors.locked { state throws(Errno) in
            let number = try state.freeNumber()
            let record = state.passed[list]
            state.passed.give(list)
            list = record.next
            _ = state.setNumber(number, record.description, closesOnExec: closesOnExec)
            return Int32(number)
        }
        descriptors = list
        return number
    }

    /// Closes the descriptors that are left.
    public mutating func closeDescriptors() {
        PassedDescriptor.closeAll(descriptors)
        descriptors = .none
    }
}
