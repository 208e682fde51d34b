import KernelSupport
import KernelWire

extension DNSLookup {
    /// A message that has come for a question's last request: to its port, or by its connection.
    ///
    /// - Parameters:
    ///   - message: Without the length that TCP has in front of it.
    ///   - source: Where it comes from.
    public mutating func receive(
        _ message: RawSpan, _ question: Int, by transport: DNSTransport, from source: Endpoint, at now: Instant,
        cache: inout DNSCache, random: inout some RandomNumberGenerator
    ) -> DNSEffects {
        var effects = DNSEffects.none
        guard question == 0 || question == 1, inquiries[question].state == .asking,
            inquiries[question].transport == transport
        else {
            counters.foreign &+= 1
            return effects
        }
        let server = configuration.servers[inquiries[question].attempt % configuration.servers.count]
        guard source == server else {
            counters.foreign &+= 1
            return effects
        }
        take(message, question, at: now, &cache, &random, &effects)
        goOn(at: now, &cache, &random, &effects)
        return effects
    }

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
        guard message.identifier == inquiries[i].identifier, message.question.type == inquiries[i].type,
            message.question.name == inquiries[i].name
        else {
            counters.foreign &+= 1
            guard isUDP else { return askNext(i, at: now, &random, &effects) }
            inquiries[i].guesses &+= 1
            if inquiries[i].guesses == Self.mostGuesses { askByTCP(i, at: now, &random, &effects) }
            return
        }
        guard !isUDP || message.question.name.isIdentical(to: inquiries[i].name.mixed(by: inquiries[i].letters)) else {
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

    /// Follows names to other names until there are addresses, or nothing more (RFC 1034, 3.6.2). Only
    /// records about these names count.
    private mutating func follow(
        _ message: borrowing DNSMessage, _ i: Int, at now: Instant, _ cache: inout DNSCache,
        _ random: inout some RandomNumberGenerator, _ effects: inout DNSEffects
    ) {
        let isNameError = message.flags.responseCode == .nameError
        var time = inquiries[i].timeToLive
        let first = inquiries[i].name
        while true {
            let isName = inquiries[i].type == .pointer
            var record = isName ? nil : message.answer(inquiries[i].type, about: inquiries[i].name)
            while let found = record {
                guard let address = message.address(of: found) else {
                    return refuse(i, at: now, &random, &effects)
                }
                inquiries[i].addresses.append(address)
                time = min(time, found.timeToLive)
                record = message.answer(inquiries[i].type, about: inquiries[i].name, after: found)
            }
            if !inquiries[i].addresses.isEmpty {
                // Of a name that is said not to be there.
                guard !isNameError else { return refuse(i, at: now, &random, &effects) }
                counters.answers &+= 1
                inquiries[i].state = .found
                return remember(i, seconds: time, at: now, &cache)
            }
            if isName, let record = message.answer(.pointer, about: inquiries[i].name) {
                // Of several names the first is told.
                guard !isNameError, let host = message.name(of: record), host.isHostName else {
                    return refuse(i, at: now, &random, &effects)
                }
                counters.answers &+= 1
                inquiries[i].name = host
                inquiries[i].state = .found
                return remember(i, seconds: min(time, record.timeToLive), at: now, &cache)
            }
            guard let alias = message.answer(.canonicalName, about: inquiries[i].name) else { break }
            guard let next = message.name(of: alias), !next.isRoot else {
                return refuse(i, at: now, &random, &effects)
            }
            inquiries[i].links &+= 1
            guard inquiries[i].links <= Self.mostLinks else {
                counters.endlessChains &+= 1
                inquiries[i].state = .refused
                return
            }
            inquiries[i].name = next
            time = min(time, alias.timeToLive)
        }
        let negative = message.negativeTimeToLive(for: inquiries[i].name)
        inquiries[i].timeToLive = time
        if inquiries[i].name != first, !isNameError, negative == nil {
            // The server knows where to go on, but not what is there.
            inquiries[i].attempt = 0
            inquiries[i].transport = .udp
            return ask(i, at: now, &random, &effects)
        }
        counters.answers &+= 1
        inquiries[i].state = isNameError ? .noName : .noAddress
        remember(i, seconds: min(time, negative ?? 0), at: now, &cache)
    }

    /// A record lies, and so perhaps the others do. Links that were followed stay counted, so
    /// that servers which send each other's names and lies come to an end.
    private mutating func refuse(
        _ i: Int, at now: Instant, _ random: inout some RandomNumberGenerator, _ effects: inout DNSEffects
    ) {
        counters.malformed &+= 1
        inquiries[i].addresses = DNSAddresses()
        inquiries[i].name = candidateName
        inquiries[i].timeToLive = .max
        askNext(i, at: now, &random, &effects)
    }

    private func remember(_ i: Int, seconds: UInt32, at now: Instant, _ cache: inout DNSCache) {
        var entry = DNSCacheEntry()
        entry.question = DNSQuestion(candidateName, inquiries[i].type)
        // A name that leads to one that is not there is there itself.
        if inquiries[i].state == .noName, inquiries[i].name == candidateName {
            entry.isNameError = true
            entry.question.type = .any
        } else {
            entry.isNameError = inquiries[i].state == .noName
        }
        entry.canonical = inquiries[i].name
        entry.isFound = inquiries[i].state == .found
        entry.addresses = inquiries[i].addresses
        cache.insert(entry, seconds: seconds, at: now)
    }
}
