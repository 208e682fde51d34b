import KernelDescriptors
import KernelMain
import KernelSupport

// Names: bound, found, told. None of these holds the lock when it begins.
extension LocalSocket {
    nonisolated(unsafe) private static var files: SocketFiles? = nil
    /// The next number of a name that the kernel gives. The lock guards it.
    nonisolated(unsafe) private static var nextNumber: UInt32 = 0

    /// Paths can be names from now on.
    static func setFiles(_ files: SocketFiles) { unsafe self.files = files }

    static func bind(_ place: Place, _ address: SocketAddress) -> Int {
        outcome { () throws(Errno) in
            var address = address
            let form = try LocalName.parse(&address)
            guard try reserve(place, mayHaveName: form == .none) else { return 0 }
            // What a failure leaves is as it was.
            defer { locked { place.socket.isBinding = false } }
            if form == .path {
                guard let files = unsafe files else { throw .noSuchFileOrDirectory }
                let result = address.withAddress { files.make($0) }
                if result < 0 {
                    let error = Errno(rawValue: Int32(-result))
                    throw error == .fileExists ? .addressInUse : error
                }
            }
            try commit(place, address, form)
            return 0
        }
    }

    /// It is being bound; another call finds it so.
    ///
    /// - Parameter mayHaveName: Any name will do.
    /// - Returns: `false`: it has one.
    /// - Throws: `EINVAL`: it has one, or is being bound.
    private static func reserve(_ place: Place, mayHaveName: Bool) throws(Errno) -> Bool {
        try Descriptors.locked { _ throws(Errno) in
            if mayHaveName && !place.socket.name.isNone { return false }
            guard !place.socket.isBinding, place.socket.name.isNone else { throw .invalidArgument }
            place.socket.isBinding = true
            return true
        }
    }

    private static func commit(
        _ place: Place, _ address: SocketAddress, _ form: LocalName.Form
    ) throws(Errno) {
        try Descriptors.locked { _ throws(Errno) in
            var address = address
            if form == .abstract, !lookUp(address, place.socket.style).isNone { throw .addressInUse }
            if form == .none {
                repeat {
                    unsafe nextNumber = (nextNumber + 1) & 0xFFFFF
                    address = LocalName.automatic(unsafe nextNumber)
                } while !lookUp(address, place.socket.style).isNone
            }
            let name = try makeName(address)
            place.socket.name = name
            place.socket.file = address.file
            place.socket.isBound = true
            place.socket.nextBound = StreamState.shared.firstBound
            StreamState.shared.firstBound = place
        }
    }

    /// A name with one reference, with the lock.
    ///
    /// - Throws: `ENOMEM`.
    private static func makeName(_ address: SocketAddress) throws(Errno) -> Place {
        try StreamTable.localNames.prepare(&StreamState.shared.localNames)
        var name = LocalName()
        name.references = 1
        name.address = address
        return StreamState.shared.localNames.take(name)
    }

    /// One reference to a name fewer, with the lock.
    static func release(name: Place) {
        if name.isNone { return }
        name.localName.references -= 1
        if name.localName.references == 0 {
            StreamState.shared.localNames.give(name)
        }
    }

    /// A name leads to it no more, with the lock.
    static func unbind(_ place: Place) {
        guard place.socket.isBound else { return }
        let first = StreamState.shared.firstBound
        let next = place.socket.nextBound
        if first == place {
            StreamState.shared.firstBound = next
            return
        }
        var other = first
        while other.socket.nextBound != place { other = other.socket.nextBound }
        other.socket.nextBound = next
    }

    /// The socket that has an address, with the lock; none: nobody has. Each type has
    /// names of its own where these are no files.
    ///
    /// Complexity: O(sockets with names)
    private static func lookUp(_ address: SocketAddress, _ style: Style) -> Place {
        var place = StreamState.shared.firstBound
        while !place.isNone {
            let socket = place.socket
            let isSame =
                address.file != 0
                ? socket.file == address.file
                : socket.file == 0 && socket.style == style
                    && LocalName.areSame(socket.name.localName.address, address)
            if isSame { return place }
            place = socket.nextBound
        }
        return .none
    }

    /// Finds the file of an address to which a socket sends, without the lock.
    static func resolve(_ place: Place, _ address: inout SocketAddress) -> Int {
        // Others send to their other end alone, and look at no address.
        guard place.socket.style == .datagram else { return 0 }
        let isShut = place.socket.isWriteShut
        return isShut ? Errno.brokenPipe.result : resolve(&address)
    }

    /// Finds the file of an address.
    static func resolve(_ address: inout SocketAddress) -> Int {
        do throws(Errno) {
            let form = try LocalName.parse(&address)
            guard form != .none else { throw .invalidArgument }
            guard form == .path else { return 0 }
            guard let files = unsafe files else { throw .noSuchFileOrDirectory }
            return address.withAddress { files.find($0) }
        } catch { return error.result }
    }

    /// The socket that an address leads to that was resolved, with the lock.
    ///
    /// - Throws: `ECONNREFUSED`: nobody has it; `EPROTOTYPE`: it is of another type.
    static func find(_ address: SocketAddress, style: Style) throws(Errno) -> Place {
        let place = lookUp(address, style)
        guard !place.isNone else { throw .connectionRefused }
        guard place.socket.style == style else { throw .protocolWrongTypeForSocket }
        return place
    }

    /// The address of a socket or of its other end.
    static func name(_ place: Place, _ address: inout SocketAddress, isPeer: Bool) -> Int {
        let flags = StreamState.enter()
        defer { StreamState.leave(flags) }
        let socket = place.socket
        var name = socket.name
        if isPeer {
            switch socket.state {
            case .alone, .listening: return Errno.socketNotConnected.result
            case .connected: name = socket.peer.socket.name
            case .left: name = socket.leftName
            }
        }
        address = name.isNone ? SocketAddress(family: LocalName.family) : name.localName.address
        return 0
    }

    /// A function's result.
    static func outcome(_ body: () throws(Errno) -> Int) -> Int {
        do throws(Errno) { return try body() } catch { return error.result }
    }

    static func locked(_ body: () -> Void) {
        let flags = StreamState.enter()
        body()
        StreamState.leave(flags)
    }
}
