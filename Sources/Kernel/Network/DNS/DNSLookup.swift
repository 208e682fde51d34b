import KernelSupport
import KernelWire

/// One question of a lookup, with all that is asked in its course.
struct DNSInquiry: Sendable {
    enum State: Sendable {
        /// There is no such question.
        case unused
        case asking
        case found
        /// The name, or an address of the kind, is not there.
        case noName, noAddress
        /// No server has said anything of use; `refused`: they have said so.
        case silence, refused
    }

    var state = State.unused
    var type = DNSType.a
    /// What is asked for: the candidate, or what that is another name of.
    var name = DomainName()
    /// Names that led to other names.
    var links = 0
    /// The least of their times to live.
    var timeToLive: UInt32 = .max
    /// What `name` is sent as.
    var letters: UInt64 = 0
    var identifier: UInt16 = 0
    var transport = DNSTransport.udp
    /// Servers that were asked, the same ones again in each round.
    var attempt = 0
    var deadline = Instant.never
    /// Messages that somebody sent who guesses.
    var guesses = 0
    var wasRefused = false
    var addresses = DNSAddresses()
}

/// The search for a name's addresses, as a value: messages and moments in, effects out. Its owner
/// has asked the file of hosts before, and sends and receives for it.
///
/// Answers count where they come from the server that was asked, have the identifier, the
/// question and, by UDP, the very letters of the name (RFC 5452; "0x20"): what somebody who
/// does not see the question has to guess.
public struct DNSLookup: ~Copyable, Sendable {
    /// Names that a name may lead to one after the other.
    static let mostLinks = 12
    /// Wrong answers by UDP from which on somebody seems to guess, and TCP is asked.
    static let mostGuesses = 16
    /// How long to wait for addresses of one family when those of the other are there.
    static let patience = Interval.seconds(1)

    /// Whom to ask and how; to be set before the start.
    public var configuration = ResolverConfiguration()
    public var wanted: DNSFamilies = []
    /// As the program has it; with a dot at its end it is no other's beginning.
    public private(set) var name = DomainName()
    var isWhole = false
    /// The name of an address is asked for, not the addresses of a name.
    var isReverse = false
    private var isLoopback = false
    var inquiries = InlineArray<2, DNSInquiry>(repeating: DNSInquiry())
    /// Of the names that are tried.
    var candidate = -1
    var candidateName = DomainName()
    /// The worst that was met on the way.
    var worst = DNSFailure.noName

    /// Whether `addresses` or `failure` are there.
    public internal(set) var isFinished = false
    public internal(set) var addressesV4 = DNSAddresses()
    public internal(set) var addressesV6 = DNSAddresses()
    /// The name whose addresses these are, if it is a host's name; as it was asked for otherwise.
    public internal(set) var canonicalName = DomainName()
    public internal(set) var failure: DNSFailure?
    public internal(set) var counters = DNSCounters()

    /// One that is to be `prepare`d. It is large, and so is not handed through functions.
    public init() {}

    /// Addresses of a name are wanted; `false`: the text is no name.
    public mutating func prepare(_ text: RawSpan, _ wanted: DNSFamilies) -> Bool {
        guard let name = DomainName(text: text), !name.isRoot, !wanted.isEmpty else { return false }
        self.name = name
        self.wanted = wanted
        isWhole = text.field(at: text.byteCount &- 1, as: UInt8.self) == 0x2e
        canonicalName = name
        return true
    }

    /// The name of an address is wanted, which will be `canonicalName`.
    public mutating func prepare(nameOf address: IPAddress) {
        name = DomainName(reversing: address)
        isReverse = true
        isWhole = true
        isLoopback = address.isLoopback
    }

    /// Whether the name is the host itself (RFC 6761, 6.3).
    public var isLocalhost: Bool { !isReverse && name.endsWith("localhost") }

    /// When `wake` is to be called; `nil`: not at all.
    public var deadline: Instant? {
        var deadline: Instant?
        for i in 0..<2 where inquiries[i].state == .asking {
            deadline = min(deadline ?? .never, inquiries[i].deadline)
        }
        return deadline
    }

    // MARK: - Events

    // `effects` are none, and what is to be done is added. They are large, and so not returned.

    @inline(never)
    public mutating func start(
        at now: Instant, cache: inout DNSCache, random: inout some RandomNumberGenerator, effects: inout DNSEffects
    ) {
        if findSpecialName() {
            isFinished = true
            effects.add(.finish)
        } else {
            goOn(at: now, &cache, &random, &effects)
        }
    }

    /// The deadline has passed.
    @inline(never)
    public mutating func wake(
        at now: Instant, cache: inout DNSCache, random: inout some RandomNumberGenerator, effects: inout DNSEffects
    ) {
        for i in 0..<2 where inquiries[i].state == .asking && inquiries[i].deadline <= now {
            counters.timeouts &+= 1
            if hasAddresses {
                // One family will do.
                inquiries[i].state = .silence
            } else {
                askNext(i, at: now, &random, &effects)
            }
        }
        goOn(at: now, &cache, &random, &effects)
    }

    /// Nothing can come for a question's last request: its server cannot be reached, or has
    /// closed the connection.
    @inline(never)
    public mutating func failed(
        _ question: Int, at now: Instant, cache: inout DNSCache, random: inout some RandomNumberGenerator,
        effects: inout DNSEffects
    ) {
        guard question == 0 || question == 1, inquiries[question].state == .asking else { return }
        askNext(question, at: now, &random, &effects)
        goOn(at: now, &cache, &random, &effects)
    }

    var hasAddresses: Bool { inquiries[0].state == .found || inquiries[1].state == .found }

    // MARK: - Names

    /// Names that are answered without asking anybody (RFC 6761, 6.3 and 6.4; RFC 7686).
    @inline(never)
    private mutating func findSpecialName() -> Bool {
        if isReverse {
            if isLoopback { canonicalName = .localhost }
            return isLoopback
        }
        if isLocalhost {
            if wanted.contains(.v4) { addressesV4.append(.v4(.loopback)) }
            if wanted.contains(.v6) { addressesV6.append(.v6(.loopback)) }
            return true
        }
        if name.endsWith("invalid") || name.endsWith("onion") {
            failure = .noName
            return true
        }
        return false
    }

    /// The name that is tried in the place `index`; `nil`: none, but `index` is below the count.
    private func candidateName(_ index: Int) -> DomainName? {
        // With enough dots it is tried as it is first, and last otherwise.
        let isWholeFirst = isWhole || name.labelCount > configuration.dots
        if index == (isWholeFirst ? 0 : configuration.searchDomains.count) { return name }
        return name.appending(configuration.searchDomains[isWholeFirst ? index &- 1 : index])
    }

    private var candidateCount: Int { isWhole ? 1 : configuration.searchDomains.count &+ 1 }

    /// Goes on with the next name for as long as nothing is being asked.
    @inline(never)
    mutating func goOn(
        at now: Instant, _ cache: inout DNSCache, _ random: inout some RandomNumberGenerator,
        _ effects: inout DNSEffects
    ) {
        guard !isFinished else { return }
        while !isFinished, inquiries[0].state != .asking, inquiries[1].state != .asking {
            if candidate >= 0 {
                settle(at: now, &cache)
                if isFinished { break }
            }
            candidate &+= 1
            guard candidate < candidateCount else {
                failure = worst
                isFinished = true
                break
            }
            guard let next = candidateName(candidate) else { continue }
            candidateName = next
            inquiries[0] = DNSInquiry()
            inquiries[1] = DNSInquiry()
            if isReverse { begin(0, .pointer, at: now, cache, &random, &effects) }
            if wanted.contains(.v4) { begin(0, .a, at: now, cache, &random, &effects) }
            if wanted.contains(.v6) { begin(1, .aaaa, at: now, cache, &random, &effects) }
        }
        if isFinished { effects.add(.finish) }
        // Who has addresses of one family does not wait for a server that keeps silent on the other.
        if hasAddresses {
            for i in 0..<2 where inquiries[i].state == .asking {
                inquiries[i].deadline = min(inquiries[i].deadline, now + Self.patience)
            }
        }
    }

    /// What was found of a name; without any, what the lookup is to go on with.
    @inline(never)
    private mutating func settle(at now: Instant, _ cache: inout DNSCache) {
        for i in 0..<2 {
            switch inquiries[i].state {
            case .found:
                if i == 0 { addressesV4 = inquiries[i].addresses } else { addressesV6 = inquiries[i].addresses }
                if inquiries[i].addresses.isCut { counters.cut &+= 1 }
                canonicalName = inquiries[i].name.isHostName ? inquiries[i].name : candidateName
                isFinished = true
            case .noAddress: if worst == .noName { worst = .noAddress }
            case .refused: worst = .noAnswer
            case .silence:
                // Other names would meet the same silence.
                if !hasAddresses {
                    failure = .noAnswer
                    isFinished = true
                }
            case .unused, .asking, .noName: break
            }
        }
    }
}

extension DomainName {
    /// Whether the last label is that.
    func endsWith(_ label: StaticString) -> Bool {
        let length = label.utf8CodeUnitCount
        let start = count &- 2 &- length
        guard start >= 0, Int(self[start]) == length, labelStarts(at: start) else { return false }
        for i in 0..<length where self[start &+ 1 &+ i] | 0x20 != label.byte(at: i) { return false }
        return true
    }

    private func labelStarts(at place: Int) -> Bool {
        var at = 0
        while at < place { at &+= Int(self[at]) &+ 1 }
        return at == place
    }
}
