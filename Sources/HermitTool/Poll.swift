import Glibc
import SystemPackage

/// Waiting for descriptors.
struct Poll {
    enum Direction { case read, write }

    private var entries: [pollfd] = []

    /// Whether `descriptor` is ready now; an error or a hang-up counts.
    static func isReady(_ descriptor: FileDescriptor, _ direction: Direction) -> Bool {
        var poll = Poll()
        poll.add(descriptor, direction)
        poll.wait(milliseconds: 0)
        return poll.isReady(descriptor, direction)
    }

    mutating func add(_ descriptor: FileDescriptor, _ direction: Direction) {
        let events = direction == .read ? POLLIN : POLLOUT
        entries.append(pollfd(fd: descriptor.rawValue, events: Int16(events), revents: 0))
    }

    /// Returns when one is ready, the time is over, or a signal has come.
    ///
    /// - Parameter milliseconds: -1 for any time.
    mutating func wait(milliseconds: Int32) {
        let count = nfds_t(entries.count)
        if unsafe poll(&entries, count, milliseconds) < 0 {
            for i in entries.indices { entries[i].revents = 0 }
        }
    }

    func isReady(_ descriptor: FileDescriptor, _ direction: Direction) -> Bool {
        let events = Int16(direction == .read ? POLLIN : POLLOUT)
        return entries.contains {
            $0.fd == descriptor.rawValue && $0.events == events && $0.revents != 0
        }
    }
}
