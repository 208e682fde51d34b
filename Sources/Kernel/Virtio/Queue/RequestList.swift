/// Requests of one owner's, in the order in which they came. Nothing is allocated for
/// it: each request has the place of the next.
@safe public struct RequestList: ~Copyable, @unchecked Sendable {
    private var first: UnsafeMutablePointer<RequestRecord>? = nil
    private var last: UnsafeMutablePointer<RequestRecord>? = nil
    public private(set) var count = 0

    public init() {
        unsafe first = nil
        unsafe last = nil
    }

    public mutating func append(_ request: consuming Request) {
        let record = unsafe request.record
        unsafe record.pointee.next = nil
        if let last = unsafe last { unsafe last.pointee.next = unsafe record } else { unsafe first = unsafe record }
        unsafe last = unsafe record
        count += 1
    }

    /// `nil`: it is empty.
    public mutating func removeFirst() -> Request? {
        guard let record = unsafe first else { return nil }
        unsafe first = unsafe record.pointee.next
        if unsafe first == nil { unsafe last = nil }
        unsafe record.pointee.next = nil
        count -= 1
        return unsafe Request(record)
    }

    /// All of them, which are then in the list that is given.
    mutating func removeAll() -> RequestList {
        var all = RequestList()
        swap(&self, &all)
        return all
    }

    /// Runs `body` with the first; `nil`: it is empty.
    func withFirst<Result>(_ body: (borrowing Request) -> Result) -> Result? {
        guard let record = unsafe first else { return nil }
        return body(unsafe Request(record))
    }

    /// Runs `body` with each of them, in order.
    func forEach(_ body: (borrowing Request) -> Void) {
        var place = unsafe first
        while let record = unsafe place {
            body(unsafe Request(record))
            unsafe place = unsafe record.pointee.next
        }
    }
}
