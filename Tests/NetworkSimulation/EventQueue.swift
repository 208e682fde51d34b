import KernelNetwork

/// What will happen, the earliest first; what happens at the same time, in the
/// order in which it was scheduled. A binary heap.
public struct EventQueue<Event> {
    private struct Entry {
        let moment: Instant
        let order: UInt64
        let event: Event

        func isBefore(_ other: Entry) -> Bool {
            moment != other.moment ? moment < other.moment : order < other.order
        }
    }

    private var heap: [Entry] = []
    private var scheduled: UInt64 = 0

    public init() {}

    public var isEmpty: Bool { heap.isEmpty }
    public var count: Int { heap.count }

    /// When the next event happens; `nil` when there is none.
    public var earliest: Instant? { heap.first?.moment }

    public mutating func schedule(_ event: Event, at moment: Instant) {
        heap.append(Entry(moment: moment, order: scheduled, event: event))
        scheduled += 1
        var place = heap.count - 1
        while place > 0, heap[place].isBefore(heap[(place - 1) / 2]) {
            heap.swapAt(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
    }

    /// Takes the next event that happens at `moment` or before it.
    public mutating func next(until moment: Instant = Instant(nanoseconds: .max)) -> (moment: Instant, event: Event)? {
        guard let first = heap.first, first.moment <= moment else { return nil }
        let last = heap.removeLast()
        guard !heap.isEmpty else { return (first.moment, first.event) }
        heap[0] = last
        var place = 0
        while true {
            var least = place
            for child in [2 * place + 1, 2 * place + 2] where child < heap.count {
                if heap[child].isBefore(heap[least]) { least = child }
            }
            guard least != place else { break }
            heap.swapAt(place, least)
            place = least
        }
        return (first.moment, first.event)
    }
}
