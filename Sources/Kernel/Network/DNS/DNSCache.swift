import KernelSupport
import KernelWire

/// What is remembered of a name: about 900 bytes.
public struct DNSCacheEntry: Sendable, BitwiseCopyable {
    var question = DNSQuestion(DomainName(), DNSType(0))
    /// What the name is another name of; itself otherwise.
    var canonical = DomainName()
    var addresses = DNSAddresses()
    /// Whether there is what was asked for: addresses, or the name of one, `canonical`.
    var isFound = false
    /// Whether the name is not there at all; the question's type is any then.
    var isNameError = false
    /// The entry counts until then; `start`: it never did.
    var expiry = Instant.start
    var used = Instant.start

    public init() {}
}

/// Answers that were found, for as long as their servers allow. Bounded: a name has
/// one of four places, and takes that of what is over or was not used for longest.
public struct DNSCache: ~Copyable {
    static let ways = 4
    /// An address may move within a day, whatever was said of it (RFC 8767, 4, has a week).
    static let longest = Interval.seconds(86_400)
    /// That there is nothing is believed for an hour (RFC 2308, 5: one to three).
    static let longestNegative = Interval.seconds(3_600)

    private let entries: SlotStorage<DNSCacheEntry>
    /// Who chooses the names that are looked up cannot choose their places.
    private let key: SipKey

    /// - Parameter entries: Empty ones; a multiple of four is used, and none is a cache, too.
    public init(_ entries: SlotStorage<DNSCacheEntry>, key: SipKey) {
        self.entries = entries
        self.key = key
    }

    private func places(of name: borrowing DomainName) -> Range<Int> {
        let sets = UInt64(entries.count / Self.ways)
        guard sets > 0 else { return 0..<0 }
        let start = Int(name.hash(key: key) % sets) &* Self.ways
        return start..<start &+ Self.ways
    }

    /// Where the answer to a question is; `nil`: nowhere.
    func find(_ question: borrowing DNSQuestion, at now: Instant) -> Int? {
        for place in places(of: question.name) {
            guard now < entries[place].expiry, entries[place].question.name == question.name else { continue }
            let type = entries[place].question.type
            if type == question.type || type == .any {
                entries[place].used = now
                return place
            }
        }
        return nil
    }

    subscript(_ place: Int) -> DNSCacheEntry { entries[place] }

    /// Remembers an answer; a time of 0 says that it is not to be.
    mutating func insert(_ entry: consuming DNSCacheEntry, seconds: UInt32, at now: Instant) {
        guard seconds > 0 else { return }
        entry.expiry = now + min(.seconds(UInt64(seconds)), entry.isFound ? Self.longest : Self.longestNegative)
        entry.used = now
        var chosen: Int?
        for place in places(of: entry.question.name) {
            let (old, new) = (entries[place].question.type, entry.question.type)
            if old == new || old == .any || new == .any, entries[place].question.name == entry.question.name {
                // What was said last counts; of a name that is not there nothing else does.
                entries[place].expiry = .start
                entries[place].used = .start
            }
            guard let best = chosen else {
                chosen = place
                continue
            }
            if rank(place, at: now) < rank(best, at: now) { chosen = place }
        }
        guard let chosen else { return }
        entries[chosen] = entry
    }

    /// The lower, the sooner an entry makes room.
    private func rank(_ place: Int, at now: Instant) -> Instant {
        now < entries[place].expiry ? entries[place].used + Interval(nanoseconds: 1) : .start
    }

    /// Forgets everything: the servers have changed.
    public mutating func removeAll() {
        for place in 0..<entries.count { entries[place].expiry = .start }
    }
}
