import KernelSupport
import KernelWire

extension DNSLookup {
    /// A message that has come for a question's last request: to its port, or by its connection.
    ///
    /// - Parameters:
    ///   - message: Without the length that TCP has in front of it.
    ///   - source: Where it comes from.
    ///   - effects: None; what is to be done is added. They are large, and so not returned.
    @inline(never)
    public mutating func receive(
        _ message: RawSpan, _ question: Int, by transport: DNSTransport, from source: Endpoint, at now: Instant,
        cache: inout DNSCache, random: inout some RandomNumberGenerator, effects: inout DNSEffects
    ) {
        guard question == 0 || question == 1, inquiries[question].state == .asking,
            inquiries[question].transport == transport,
            source == configuration.servers[inquiries[question].attempt % configuration.servers.count].endpoint
        else {
            counters.foreign &+= 1
            return
        }
        take(message, question, at: now, &cache, &random, &effects)
        goOn(at: now, &cache, &random, &effects)
    }

    // Each step has a frame of its own: names are large, and a kernel's stack is small.

    @inline(never)
    private mutating func take(
        _ bytes: RawSpan, _ i: Int, at now: Instant, _ cache: inout DNSCache,
        _ random: inout some RandomNumberGenerator, _ effects: inout DNSEffects
    ) {
        let isUDP = inquiries[i].transport == .udp
        guard let message = DNSMessage(parsing: bytes) else {
            counters.malformed &+= 1
            if !isUDP { askNext(i, at: now, &random, &effects) }
            return
        }
        guard message.identifier == inquiries[i].identifier, message.questionType == inquiries[i].type,
            asksFor(message, i)
        else {
            counters.foreign &+= 1
            guard isUDP else { return askNext(i, at: now, &random, &effects) }
            inquiries[i].guesses &+= 1
            if inquiries[i].guesses == Self.mostGuesses { askByTCP(i, at: now, &random, &effects) }
            return
        }
        guard !isUDP || hasLetters(message, i) else {
            // A server that does not keep letters, or a guess.
            counters.otherCase &+= 1
            return askByTCP(i, at: now, &random, &effects)
        }
        if message.flags.contains(.isTruncated) {
            counters.truncated &+= 1
            if isUDP { askByTCP(i, at: now, &random, &effects) } else { askNext(i, at: now, &random, &effects) }
            return
        }
        guard message.isWhole else {
            counters.malformed &+= 1
            return askNext(i, at: now, &random, &effects)
        }
        switch message.flags.responseCode {
        case .noError, .nameError: follow(message, i, at: now, &cache, &random, &effects)
        default:
            counters.refusals &+= 1
            inquiries[i].wasRefused = true
            askNext(i, at: now, &random, &effects)
        }
    }

    @inline(never)
    private mutating func asksFor(_ message: borrowing DNSMessage, _ i: Int) -> Bool {
        message.question.name == inquiries[i].name
    }

    @inline(never)
    private mutating func hasLetters(_ message: borrowing DNSMessage, _ i: Int) -> Bool {
        message.question.name.isIdentical(to: inquiries[i].name.mixed(by: inquiries[i].letters))
    }

    /// Follows names to other names until there are addresses, or nothing more.
    @inline(never)
    private mutating func follow(
        _ message: borrowing DNSMessage, _ i: Int, at now: Instant, _ cache: inout DNSCache,
        _ random: inout some RandomNumberGenerator, _ effects: inout DNSEffects
    ) {
        let isNameError = message.flags.responseCode == .nameError
        switch inquiries[i].follow(message) {
        case .found(let seconds):
            counters.answers &+= 1
            inquiries[i].state = .found
            remember(i, seconds: seconds, at: now, &cache)
        case .lies: refuse(i, at: now, &random, &effects)
        case .endless:
            counters.endlessChains &+= 1
            inquiries[i].state = .refused
        case .nothing(let negative, let isMoved):
            if isMoved, !isNameError, negative == nil {
                // The server knows where to go on, but not what is there.
                inquiries[i].attempt = 0
                inquiries[i].transport = .udp
                return ask(i, at: now, &random, &effects)
            }
            counters.answers &+= 1
            inquiries[i].state = isNameError ? .noName : .noAddress
            remember(i, seconds: inquiries[i].least(negative ?? 0), at: now, &cache)
        }
    }

    /// A record lies, and so perhaps the others do. Links that were followed stay counted, so
    /// that servers which send each other's names and lies come to an end.
    @inline(never)
    private mutating func refuse(
        _ i: Int, at now: Instant, _ random: inout some RandomNumberGenerator, _ effects: inout DNSEffects
    ) {
        counters.malformed &+= 1
        inquiries[i].addresses = DNSAddresses()
        inquiries[i].name = candidateName
        inquiries[i].timeToLive = .max
        askNext(i, at: now, &random, &effects)
    }

    @inline(never)
    private mutating func remember(_ i: Int, seconds: UInt32, at now: Instant, _ cache: inout DNSCache) {
        var entry = DNSCacheEntry()
        inquiries[i].describe(candidateName, in: &entry)
        cache.insert(entry, seconds: seconds, at: now)
    }
}

// Of one question, in its place: it is large.
extension DNSInquiry {
    /// What has come of a message.
    enum Step {
        /// There is what was asked for, for so many seconds.
        case found(seconds: UInt32)
        /// A record is none.
        case lies
        /// Names lead to names for too long.
        case endless
        /// There is nothing, for so many seconds if the message says that; and whether the name
        /// is another one than before.
        case nothing(seconds: UInt32?, isMoved: Bool)
    }

    /// Follows names to other names until there are addresses, or nothing more (RFC 1034, 3.6.2).
    /// Only records about these names count.
    @inline(never)
    mutating func follow(_ message: borrowing DNSMessage) -> Step {
        let isNameError = message.flags.responseCode == .nameError
        var time = timeToLive
        var isMoved = false
        while true {
            if type == .pointer {
                if let record = message.answer(.pointer, about: name) {
                    // Of several names the first is told.
                    guard !isNameError, take(message, record), name.isHostName else { return .lies }
                    return .found(seconds: min(time, record.timeToLive))
                }
            } else {
                guard takeAddresses(message, &time) else { return .lies }
                if !addresses.isEmpty {
                    // Of a name that is said not to be there.
                    return isNameError ? .lies : .found(seconds: time)
                }
            }
            guard let alias = message.answer(.canonicalName, about: name) else { break }
            guard take(message, alias), !name.isRoot else { return .lies }
            links &+= 1
            guard links <= DNSLookup.mostLinks else { return .endless }
            isMoved = true
            time = min(time, alias.timeToLive)
        }
        timeToLive = time
        return .nothing(seconds: message.negativeTimeToLive(for: name), isMoved: isMoved)
    }

    /// Goes on with the name that a record has; `false`: it has none.
    @inline(never)
    private mutating func take(_ message: borrowing DNSMessage, _ record: DNSRecord) -> Bool {
        guard let next = message.name(of: record) else { return false }
        name = next
        return true
    }

    /// Takes the name's addresses; `false`: one is none.
    @inline(never)
    private mutating func takeAddresses(_ message: borrowing DNSMessage, _ time: inout UInt32) -> Bool {
        var record = message.answer(type, about: name)
        while let found = record {
            guard let address = message.address(of: found) else { return false }
            addresses.append(address)
            time = min(time, found.timeToLive)
            record = message.answer(type, about: name, after: found)
        }
        return true
    }

    /// The lesser of a time and those of the names that have led here.
    mutating func least(_ seconds: UInt32) -> UInt32 { min(timeToLive, seconds) }

    /// What is remembered of it.
    ///
    /// - Parameter candidate: The name that was asked for first.
    mutating func describe(_ candidate: borrowing DomainName, in entry: inout DNSCacheEntry) {
        entry.question.name = copy candidate
        entry.question.type = type
        entry.isNameError = state == .noName
        // A name that leads to one that is not there is there itself.
        if state == .noName, name == candidate { entry.question.type = .any }
        entry.canonical = name
        entry.isFound = state == .found
        entry.addresses = addresses
    }
}
