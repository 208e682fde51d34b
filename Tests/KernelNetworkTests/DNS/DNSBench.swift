import KernelNetwork
import KernelSupport
import KernelWire
import NetworkSimulation
import Testing

func domain(_ text: String) -> DomainName {
    DomainName(text: unsafe Array(text.utf8).span.bytes)!
}

func address(_ text: String) -> IPAddress {
    IPAddress(text: unsafe Array(text.utf8).span.bytes)!
}

/// A server's message, byte by byte as RFC 1035, 4.1 has it.
struct NameServerMessage {
    var identifier: UInt16
    var flags: UInt16 = 0x8180
    /// As it is on the wire.
    var question: [UInt8]
    var type: UInt16
    var answers: [[UInt8]] = []
    var authorities: [[UInt8]] = []

    init(to request: DNSRequest) {
        let query = written { request.emit(into: &$0) }!.dropFirst(request.transport == .tcp ? 2 : 0)
        let bytes = Array(query)
        identifier = UInt16(bytes[0]) << 8 | UInt16(bytes[1])
        type = UInt16(bytes[bytes.count - 4]) << 8 | UInt16(bytes[bytes.count - 3])
        question = Array(bytes[12..<bytes.count - 4])
    }

    static func wire(_ name: String) -> [UInt8] {
        name.split(separator: ".").flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) } + [0]
    }

    static func word(_ value: Int) -> [UInt8] { [UInt8(truncatingIfNeeded: value >> 8), UInt8(truncatingIfNeeded: value)] }

    static func record(_ name: [UInt8], _ type: Int, _ time: Int, _ data: [UInt8]) -> [UInt8] {
        name + word(type) + word(1) + word(time >> 16) + word(time) + word(data.count) + data
    }

    /// The question's own name.
    static let same: [UInt8] = [0xc0, 12]

    mutating func add(_ name: [UInt8] = same, a data: [UInt8], time: Int = 300) {
        answers.append(Self.record(name, data.count == 16 ? 28 : 1, time, data))
    }

    mutating func add(_ name: [UInt8] = same, alias: String, time: Int = 300) {
        answers.append(Self.record(name, 5, time, Self.wire(alias)))
    }

    mutating func add(_ name: [UInt8] = same, pointer: String, time: Int = 300) {
        answers.append(Self.record(name, 12, time, Self.wire(pointer)))
    }

    mutating func add(zone: String, time: Int, minimum: Int) {
        let data = Self.wire("ns." + zone) + [1, 0x61] + [0] + [UInt8](repeating: 9, count: 16)
        authorities.append(
            Self.record(Self.wire(zone), 6, time, data + Self.word(minimum >> 16) + Self.word(minimum)))
    }

    var bytes: [UInt8] {
        var bytes = Self.word(Int(identifier)) + Self.word(Int(flags)) + [0, 1] + Self.word(answers.count)
        bytes += Self.word(authorities.count) + [0, 0] + question + Self.word(Int(type)) + [0, 1]
        return bytes + answers.flatMap { $0 } + authorities.flatMap { $0 }
    }
}

/// A lookup whose clock and servers are the test's.
final class DNSBench {
    static let servers = ["10.0.2.3", "10.0.2.4", "fec0::3"]

    private(set) var lookup: DNSLookup
    var cache: DNSCache
    var random: SeededGenerator
    private(set) var now: Instant
    private(set) var requests: [DNSRequest] = []
    private(set) var finishes = 0
    private let memory: UnsafeMutablePointer<DNSCacheEntry>

    init(
        _ name: String, _ wanted: DNSFamilies = .v4, servers: [String] = DNSBench.servers, search: [String] = [],
        seed: UInt64 = 1, now: Instant = Instant(nanoseconds: 5_000_000_000_000), entries: Int = 16,
        _ change: (inout ResolverConfiguration) -> Void = { _ in }
    ) throws {
        var configuration = ResolverConfiguration()
        for server in servers { _ = configuration.add(server: address(server)) }
        for name in search { _ = configuration.add(searchDomain: domain(name)) }
        change(&configuration)
        var lookup = DNSLookup()
        lookup.configuration = configuration
        guard lookup.prepare(unsafe Array(name.utf8).span.bytes, wanted) else { throw NoName() }
        memory = UnsafeMutablePointer<DNSCacheEntry>.allocate(capacity: max(1, entries))
        var slots = SlotStorage(memory, count: 0)
        slots.grow(to: entries, filler: DNSCacheEntry())
        cache = DNSCache(slots, key: SipKey(low: seed, high: 2))
        random = SeededGenerator(seed: seed)
        self.now = now
        self.lookup = lookup
    }

    deinit { memory.deallocate() }

    struct NoName: Error {}

    /// Another lookup with the same cache.
    func look(for name: String, _ wanted: DNSFamilies = .v4) throws {
        var next = DNSLookup()
        next.configuration = configuration
        guard next.prepare(unsafe Array(name.utf8).span.bytes, wanted) else { throw NoName() }
        begin(next)
    }

    /// The same for the name of an address.
    func look(forNameOf address: IPAddress) {
        var next = DNSLookup()
        next.configuration = configuration
        next.prepare(nameOf: address)
        begin(next)
    }

    private func begin(_ next: consuming DNSLookup) {
        lookup = next
        finishes = 0
        requests = []
        start()
    }

    private var configuration: ResolverConfiguration {
        var configuration = ResolverConfiguration()
        for server in Self.servers { _ = configuration.add(server: address(server)) }
        return configuration
    }

    var v4: [IPAddress] { (0..<lookup.addressesV4.count).map { lookup.addressesV4[$0] } }
    var v6: [IPAddress] { (0..<lookup.addressesV6.count).map { lookup.addressesV6[$0] } }
    var failure: DNSFailure? { lookup.failure }
    var isFinished: Bool { lookup.isFinished }
    var counters: DNSCounters { lookup.counters }
    var deadline: Instant? { lookup.deadline }
    var canonicalName: DomainName { lookup.canonicalName }
    /// Of the last request.
    var last: DNSRequest { requests[requests.count - 1] }

    private func apply(_ body: (inout DNSEffects) -> Void) {
        var effects = DNSEffects.none
        body(&effects)
        for i in 0..<effects.count {
            switch effects[i] {
            case .ask(let request): requests.append(request)
            case .finish: finishes += 1
            }
        }
    }

    func start() { apply { lookup.start(at: now, cache: &cache, random: &random, effects: &$0) } }

    func receive(
        _ message: NameServerMessage, _ request: DNSRequest? = nil, from source: Endpoint? = nil,
        by transport: DNSTransport? = nil
    ) { receive(message.bytes, request, from: source, by: transport) }

    func receive(
        _ bytes: [UInt8], _ request: DNSRequest? = nil, from source: Endpoint? = nil, by transport: DNSTransport? = nil
    ) {
        let request = request ?? last
        apply {
            lookup.receive(
                unsafe bytes.span.bytes, request.question, by: transport ?? request.transport,
                from: source ?? request.server.endpoint, at: now, cache: &cache, random: &random, effects: &$0)
        }
    }

    func fail() { apply { lookup.failed(last.question, at: now, cache: &cache, random: &random, effects: &$0) } }

    func pass(seconds: Double) {
        let end = now + Interval(nanoseconds: UInt64(seconds * 1e9))
        while let deadline = lookup.deadline, deadline <= end {
            now = max(now, deadline)
            apply { lookup.wake(at: now, cache: &cache, random: &random, effects: &$0) }
        }
        now = max(now, end)
    }

    /// An answer with an address to the last request.
    func answer(_ text: String = "192.0.2.1", time: Int = 300) {
        var message = NameServerMessage(to: last)
        switch address(text) {
        case .v4(let address): message.add(a: ServerMessage.bytes(UInt64(address.bits), 4), time: time)
        case .v6(let address):
            message.add(a: ServerMessage.bytes(address.high, 8) + ServerMessage.bytes(address.low, 8), time: time)
        }
        receive(message)
    }

    /// That there is no such name.
    func deny(zone: String? = nil, time: Int = 900, minimum: Int = 600) {
        var message = NameServerMessage(to: last)
        message.flags |= 3
        if let zone { message.add(zone: zone, time: time, minimum: minimum) }
        receive(message)
    }
}
