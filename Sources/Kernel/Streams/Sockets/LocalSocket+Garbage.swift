import KernelDescriptors
import KernelSupport

// Sockets that are on their way through each other, and that nobody can ever receive
// any more (Linux, unix_gc).
//
// A socket is reached that has another reference to its description than those on their
// way, a descriptor's or a running task's; and so is everything in the queue of one that
// is reached. The others' queues are emptied, which closes what was in them.
extension LocalSocket {
    /// Descriptors on their way at which one looks for such sockets. With the lock.
    nonisolated(unsafe) private static var threshold = leastThreshold
    private static let leastThreshold = 64

    /// A descriptor is about to be on its way, with the lock.
    ///
    /// Complexity: O(1), as one looks when twice as many are on their way as the last
    /// time were left.
    ///
    /// - Returns: Descriptors that are to be closed without the lock, the first of a list.
    static func collect() -> Place {
        guard unsafe StreamState.shared.passed.used >= threshold else { return .none }
        let capacity = StreamState.shared.sockets.capacity
        for index in 0..<capacity {
            Place(index).socket.onWay = 0
            Place(index).socket.isReached = false
        }
        for index in 0..<capacity {
            forEachSocket(in: Place(index)) { place, description in
                place.socket.onWay += 1
                place.socket.description = description
            }
        }
        reachAll(capacity)
        var garbage = Place.none
        for index in 0..<capacity {
            let place = Place(index)
            if !place.socket.isReached, !place.socket.firstPacket.isNone {
                dropAll(place, &garbage)
            }
        }
        var count = 0
        var place = garbage
        while !place.isNone {
            count += 1
            place = place.passed.next
        }
        let left = StreamState.shared.passed.used - count
        let limit = StreamState.shared.numbers.limit
        unsafe threshold = min(max(leastThreshold, 2 * left), max(leastThreshold, limit))
        return garbage
    }

    /// Calls `body` with each socket that is on its way to a socket, and the description.
    private static func forEachSocket(in place: Place, _ body: (Place, Place) -> Void) {
        let kind = kind.word
        var packet = place.socket.firstPacket
        while !packet.isNone {
            var passed = packet.packet.descriptors
            while !passed.isNone {
                let place = passed.passed.description
                let description = StreamState.shared.descriptions[place]
                if description.operations == kind { body(Place(Int(description.object)), place) }
                passed = passed.passed.next
            }
            packet = packet.packet.next
        }
    }

    /// Marks what is reached.
    private static func reachAll(_ capacity: Int) {
        var next = Place.none
        for index in 0..<capacity {
            let place = Place(index)
            let socket = place.socket
            // A connection that waits is reached by who listens.
            let isRoot =
                socket.onWay == 0
                ? !socket.source.isNone
                : StreamState.shared.descriptions[socket.description].references
                    > socket.onWay
            if isRoot { reach(place, &next) }
        }
        while !next.isNone {
            let place = next
            next = place.socket.nextReached
            forEachSocket(in: place) { other, _ in reach(other, &next) }
            var waiting = place.socket.firstWaiting
            while !waiting.isNone {
                reach(waiting, &next)
                waiting = waiting.socket.nextWaiting
            }
        }
    }

    private static func reach(_ place: Place, _ next: inout Place) {
        if place.socket.isReached { return }
        place.socket.isReached = true
        place.socket.nextReached = next
        next = place
    }
}
