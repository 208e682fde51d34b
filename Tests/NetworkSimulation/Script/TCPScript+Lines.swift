import KernelNetwork
import KernelWire

extension TCPScript {
    /// One line.
    mutating func step(_ line: [String]) throws(Mismatch) {
        var words = line
        if let first = words.first, first.hasPrefix("+") {
            guard let seconds = Double("0" + first.dropFirst()) else { throw mismatch("no time") }
            advance(to: now + Interval(nanoseconds: UInt64((seconds * 1e9).rounded())))
            words.removeFirst()
            if words.isEmpty { return }
        }
        let verb = words.removeFirst()
        if verb == ">" { return try expect(words) }
        try requireEmptyOutbox()
        let number = words.first.flatMap { Int($0) }
        switch verb {
        // Before OPEN.
        case "mss": path = TCP.Path(segmentSize: UInt16(number ?? 0), greatestPayload: path.greatestPayload)
        case "tso": path = TCP.Path(segmentSize: path.segmentSize, greatestPayload: UInt32(number ?? 0))
        case "buffer": capacity = UInt32(number ?? 0)
        case "limit": options.receiveLimit = UInt32(number ?? 0)
        case "grows": grows = true
        // OPEN.
        case "open":
            if options.receiveLimit == TCP.Options().receiveLimit { options.receiveLimit = capacity }
            connection = TCP.Connection(
                opening: TCP.Opening(
                    initialSequence: Self.initial, timestampOffset: Self.timestampOffset, options: options, path: path,
                    receiveCapacity: capacity), now: now)
            pump()
        case "connect": try connect(words)
        // Events.
        case "<": try inject(words)
        case "write": try write(words)
        case "read":
            if movesShortly, connection?.readsQuietly(number ?? 0) == true {
                let now = now
                return try moveShortly { $0.readQuietly(number ?? 0, now: now) }
            }
            guard let effects = connection?.read(number ?? 0, now: now) else { throw mismatch("there is no connection") }
            take(effects)
        case "shutdown": take(connection?.shutdownSending(now: now) ?? TCP.Effects())
        case "close": take(connection?.close(now: now) ?? TCP.Effects())
        case "abort": take(connection?.abort() ?? TCP.Effects())
        case "set": try set(words)
        case "icmp": try receiveError(words)
        case "path":
            connection?.pathChanged(TCP.Path(segmentSize: UInt16(number ?? 0), greatestPayload: path.greatestPayload), now: now)
            pump()
        // What holds.
        case "expect": try check(words)
        default: throw mismatch("what is \(verb)?")
        }
    }

    /// `connect [OPTIONS]`: OPEN and a handshake of 100 ms; the peer's SYN,ACK with a window
    /// of 65535 and, without OPTIONS, a segment size of 1000.
    private mutating func connect(_ words: [String]) throws(Mismatch) {
        try step(["open"])
        outbox.removeAll()
        advance(to: now + .milliseconds(100))
        let given = words.isEmpty ? ["<mss", "1000>"] : words
        try inject(["S.", "0:0", "ack", "1", "win", "65535"] + given)
        outbox.removeAll()
        events = []
    }

    private mutating func write(_ words: [String]) throws(Mismatch) {
        let count = Int(words.first ?? "") ?? 0
        if movesShortly, !words.contains("urgent"), connection?.waits(with: count) == true {
            return try moveShortly { $0.appendWaiting(count) }
        }
        let taken = connection?.append(count, isUrgent: words.contains("urgent")) ?? 0
        let wanted = words.contains("refused") ? 0 : count
        guard taken == wanted else { throw mismatch("taken were \(taken)") }
        pump()
    }

    /// Nothing follows: no segment, and no other moment at which there is something to do.
    private mutating func moveShortly(_ body: (inout TCP.Connection) -> Void) throws(Mismatch) {
        guard var moved = connection else { return }
        body(&moved)
        guard moved.deadline == connection?.deadline else { throw mismatch("the deadline is another") }
        connection = moved
        if let transmission = moved.nextSegment(now: now) {
            throw mismatch("there is a segment: \(describe(transmission, now))")
        }
    }

    private mutating func set(_ words: [String]) throws(Mismatch) {
        var options = connection?.options ?? self.options
        let value = words.count > 1 ? Int(words[1]) ?? 0 : 1
        switch words.first ?? "" {
        case "nodelay": options.switches.toggle(.noDelay, value)
        case "cork": options.switches.toggle(.cork, value)
        case "keepalive": options.switches.toggle(.keepAlive, value)
        case "quickack": options.switches.toggle(.quickAcknowledgments, value)
        case "newreno": options.switches.toggle(.newReno, value)
        case "keepidle": options.keepAliveIdle = UInt16(value)
        case "keepintvl": options.keepAliveInterval = UInt16(value)
        case "keepcnt": options.keepAliveProbes = UInt8(value)
        case "usertimeout": options.userTimeout = UInt32(value)
        case "maxseg": options.greatestSegment = UInt16(value)
        default: throw mismatch("no option")
        }
        self.options = options
        connection?.optionsChanged(options, now: now)
        pump()
    }

    private mutating func receiveError(_ words: [String]) throws(Mismatch) {
        let kinds: [String: TCP.PathError] = [
            "net": .networkUnreachable, "host": .hostUnreachable, "neighbour": .noNeighbour, "time": .timeExceeded,
            "protocol": .protocolUnreachable, "port": .portUnreachable, "prohibited": .prohibited,
        ]
        guard words.count == 2, let kind = kinds[words[0]] else { throw mismatch("icmp KIND NUMBER") }
        let quoted = Self.initial + UInt32(truncatingIfNeeded: try integer(words[1]))
        take(connection?.receive(kind, quoted: quoted, now: now) ?? TCP.Effects())
    }

    /// `expect WHAT [VALUE ...]`
    private mutating func check(_ words: [String]) throws(Mismatch) {
        guard let connection else { throw mismatch("there is no connection") }
        let wanted = words.dropFirst().joined(separator: " ")
        let found: String
        switch words.first ?? "" {
        case "state": found = "\(connection.state)"
        case "failure": found = connection.failure.map { "\($0)" } ?? "none"
        case "events":
            let ignored: TCP.Events = [.progress]
            found = Self.names.filter { events.subtracting(ignored).contains($0.1) }.map(\.0).joined(separator: " ")
            events = []
        case "progress":
            found = "\(events.contains(.progress))"
            events.remove(.progress)
        case "pieces":
            // OFFSET+COUNT@POSITION
            found = pieces.map { "\($0.offset)+\($0.count)@\($0.position)" }.joined(separator: " ")
            pieces = []
        case "acknowledged":
            found = "\(acknowledged)"
            acknowledged = 0
        // Whether few bytes more would be waited with.
        case "waits": found = "\(connection.waits(with: 1))"
        case "readable": found = "\(connection.readableBytes)"
        case "cwnd": found = "\(connection.congestionWindow)"
        case "ssthresh": found = "\(connection.slowStartThreshold)"
        case "flight": found = "\(connection.bytesInFlight)"
        case "rto": found = "\(connection.retransmissionTimeout.nanoseconds / 1_000_000)"
        case "srtt": found = "\((connection.smoothedRoundTrip?.nanoseconds ?? 0) / 1_000_000)"
        case "rttvar": found = "\(connection.roundTripVariation.nanoseconds / 1_000_000)"
        case "mark": found = connection.urgentMark.map { "\($0)" } ?? "none"
        case "cut": found = "\(cut)"
        case "segmentsize": found = "\(connection.segmentSize)"
        case "capacity": found = "\(connection.receiveCapacity)"
        case "sndwnd": found = "\(connection.sendWindow)"
        case "deadline":
            found = connection.deadline == .never ? "never" : "\(connection.deadline.since(now).nanoseconds / 1_000_000)"
        default: throw mismatch("what is \(words.first ?? "")?")
        }
        guard found == wanted else { throw mismatch("it is \(found)") }
    }

    static let names: [(String, TCP.Events)] = [
        ("established", .established), ("ended", .ended), ("urgent", .urgent), ("failed", .failed), ("closed", .closed),
        ("reset", .answerReset), ("replaced", .replaced), ("progress", .progress), ("suspect", .pathSuspect),
        ("wants", .wantsReceiveBuffer), ("dropped", .dropped), ("soft", .softError),
    ]
}

extension TCP.Options.Switches {
    fileprivate mutating func toggle(_ member: Self, _ value: Int) {
        if value == 0 { remove(member) } else { insert(member) }
    }
}
