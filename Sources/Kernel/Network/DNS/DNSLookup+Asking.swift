import KernelSupport
import KernelWire

extension DNSLookup {
    /// Looks for an answer to a question about the candidate.
    @inline(never)
    mutating func begin(
        _ i: Int, _ type: DNSType, at now: Instant, _ cache: borrowing DNSCache,
        _ random: inout some RandomNumberGenerator, _ effects: inout DNSEffects
    ) {
        inquiries[i].type = type
        inquiries[i].name = candidateName
        guard let place = cache.find(DNSQuestion(candidateName, type), at: now) else {
            inquiries[i].state = .asking
            ask(i, at: now, &random, &effects)
            return
        }
        counters.cacheHits &+= 1
        let entry = cache[place]
        inquiries[i].addresses = entry.addresses
        inquiries[i].name = entry.canonical
        inquiries[i].state = entry.isNameError ? .noName : entry.isFound ? .found : .noAddress
    }

    /// Asks the next server; in the last round, no server any more.
    mutating func askNext(
        _ i: Int, at now: Instant, _ random: inout some RandomNumberGenerator, _ effects: inout DNSEffects
    ) {
        inquiries[i].attempt &+= 1
        inquiries[i].transport = .udp
        inquiries[i].guesses = 0
        ask(i, at: now, &random, &effects)
    }

    /// Asks the same server by TCP.
    mutating func askByTCP(
        _ i: Int, at now: Instant, _ random: inout some RandomNumberGenerator, _ effects: inout DNSEffects
    ) {
        inquiries[i].transport = .tcp
        ask(i, at: now, &random, &effects)
    }

    /// Sends the question with numbers that nobody has seen.
    @inline(never)
    mutating func ask(
        _ i: Int, at now: Instant, _ random: inout some RandomNumberGenerator, _ effects: inout DNSEffects
    ) {
        let servers = configuration.servers.count
        guard inquiries[i].attempt < servers &* max(1, configuration.rounds) else {
            inquiries[i].state = inquiries[i].wasRefused ? .refused : .silence
            return
        }
        let (round, server) = inquiries[i].attempt.quotientAndRemainder(dividingBy: servers)
        let isUDP = inquiries[i].transport == .udp
        let numbers = random.next()
        inquiries[i].identifier = UInt16(truncatingIfNeeded: numbers)
        // Of 64,512 ports that are not known (RFC 6056, 3.2).
        let port = UInt16(1024 &+ (numbers >> 16 & 0xffff_ffff) % 64_512)
        inquiries[i].letters = random.next()
        inquiries[i].deadline = now + configuration.timeout * (1 << UInt64(min(round, 4)))
        counters.sent &+= 1
        if !isUDP { counters.sentByTCP &+= 1 }
        effects.add(
            .ask(
                DNSRequest(
                    question: i, transport: inquiries[i].transport, server: configuration.servers[server],
                    port: isUDP ? Port(port) : .any, identifier: inquiries[i].identifier,
                    content: DNSQuestion(inquiries[i].name.mixed(by: inquiries[i].letters), inquiries[i].type))))
    }
}
