import KernelSupport

/// The numbers of a queue's descriptors and requests: which are free, what stands
/// for what, and the order in which requests were submitted.
struct QueueSlots: ~Copyable {
    private let slots: SlotStorage<QueueSlot>
    /// The first free number; of a split queue that keeps order the next one in
    /// turn, as all others are.
    private var firstFree: UInt16 = 0
    /// Free descriptors.
    private(set) var free: Int
    /// Requests in flight.
    private(set) var inFlight = 0
    /// Where the oldest and the next request stand in the order.
    private var oldest: UInt16 = 0
    private var newest: UInt16 = 0
    /// Counts what is submitted.
    private var nextTurn: UInt64 = 0
    /// Free numbers go round, as the standard asks of a split queue that keeps order.
    private let goesRound: Bool

    var size: Int { slots.count }

    init(_ slots: SlotStorage<QueueSlot>, goesRound: Bool) {
        self.slots = slots
        self.goesRound = goesRound
        free = slots.count
        restart()
    }

    /// All are free, in order.
    mutating func restart() {
        for index in 0..<slots.count {
            slots[index] = QueueSlot()
            slots[index].next = UInt16((index + 1) % slots.count)
        }
        (firstFree, free, inFlight, oldest, newest) = (0, slots.count, 0, 0, 0)
    }

    /// - Precondition: There is such a number.
    @inline(__always)
    subscript(_ number: UInt16) -> QueueSlot {
        _read { yield slots[Int(number)] }
    }

    private func following(_ place: UInt16) -> UInt16 {
        Int(place) + 1 == slots.count ? 0 : place + 1
    }

    /// Takes a number for a request, and, where its descriptors have numbers of
    /// their own, one for each, linked from the first.
    ///
    /// - Precondition: So many are free.
    mutating func take(
        _ request: UnsafeMutablePointer<RequestRecord>, descriptors: Int, numbers: Int
    ) -> UInt16 {
        precondition(descriptors <= free && numbers <= descriptors)
        let head = firstFree
        for _ in 0..<numbers { firstFree = slots[Int(firstFree)].next }
        free -= descriptors
        inFlight += 1
        unsafe slots[Int(head)].request = unsafe request
        slots[Int(head)].writable = unsafe request.writableBytes
        slots[Int(head)].turn = nextTurn
        nextTurn &+= 1
        slots[Int(head)].count = UInt16(descriptors)
        slots[Int(newest)].submitted = head
        newest = following(newest)
        return head
    }

    /// The number of the request in flight that was submitted first.
    ///
    /// - Precondition: The queue keeps order, and there is one.
    func oldestNumber() -> UInt16 { slots[Int(oldest)].submitted }

    /// Whether a request of that number is in flight.
    @inline(__always)
    func isInFlight(_ number: UInt32) -> Bool {
        guard number < UInt32(slots.count) else { return false }
        return unsafe slots[Int(number)].request != nil
    }

    /// Frees a request's numbers.
    ///
    /// - Precondition: It is in flight.
    mutating func give(back head: UInt16, numbers: Int) -> UnsafeMutablePointer<RequestRecord> {
        let request = unsafe slots[Int(head)].request.unsafelyUnwrapped
        unsafe slots[Int(head)].request = nil
        free += Int(slots[Int(head)].count)
        inFlight -= 1
        oldest = following(oldest)
        guard !goesRound else { return unsafe request }
        var last = head
        for _ in 1..<numbers { last = slots[Int(last)].next }
        slots[Int(last)].next = firstFree
        firstFree = head
        return unsafe request
    }

    /// The number of the request in flight that was submitted first, whatever
    /// the device's order is.
    func firstInFlight() -> UInt16? {
        var first: Int? = nil
        for index in 0..<slots.count where unsafe slots[index].request != nil {
            if slots[index].turn < first.map({ slots[$0].turn }) ?? .max { first = index }
        }
        return first.map { UInt16($0) }
    }
}
