import KernelSupport
import KernelWire

/// Messages that are sent, and sent again (RFC 2131, 4.1).
extension DHCPClient {
    /// Requests that are sent before it is begun anew: 4, 8, 16 and 32 seconds are the
    /// minute of RFC 2131, 3.1, 5.
    static let mostRequests: UInt64 = 4

    /// A time from none to `interval`.
    static func upTo(_ interval: Interval, _ random: inout some RandomNumberGenerator) -> Interval {
        Interval(nanoseconds: random.next(upperBound: interval.nanoseconds &+ 1))
    }

    /// How long to wait for an answer: 4 seconds, twice as long each time, 64 at most, and a
    /// second more or less.
    static func patience(after attempts: UInt64, _ random: inout some RandomNumberGenerator) -> Interval {
        Interval.seconds(4 << min(attempts, 4)) - .seconds(1) + upTo(.seconds(2), &random)
    }

    /// Begins an exchange.
    mutating func begin(_ state: DHCPState, at now: Instant, _ random: inout some RandomNumberGenerator) {
        self.state = state
        transaction = UInt32(truncatingIfNeeded: random.next())
        attempts = 0
        began = now
        deadline = nil
    }

    /// INIT, and what follows at once.
    mutating func initialize(
        at now: Instant, after wait: Interval, _ random: inout some RandomNumberGenerator, _ effects: inout DHCPEffects
    ) {
        if wait > .zero {
            state = .initializing
            deadline = now + wait
        } else {
            begin(.selecting, at: now, &random)
            transmit(.discover, at: now, &random, &effects)
        }
    }

    /// Sends the message of the client's state, and waits for an answer to it.
    mutating func transmit(
        _ type: DHCPMessageType, at now: Instant, _ random: inout some RandomNumberGenerator,
        _ effects: inout DHCPEffects
    ) {
        var request = DHCPRequest(type, transaction: transaction, station: settings.station)
        // A request has the seconds of the discovery that it belongs to.
        if state != .requesting {
            seconds = UInt16(truncatingIfNeeded: min(now.since(began).wholeSeconds, UInt64(UInt16.max)))
        }
        request.seconds = seconds
        var source = IPv4Address.unspecified
        var destination = IPv4Address.broadcast
        var next = now + Self.patience(after: attempts, &random)
        switch state {
        case .requesting:
            request.requestedAddress = offer.address
            request.server = offer.server
        case .rebooting:
            request.requestedAddress = lease?.address
            if let lease { next = min(next, lease.expiry) }
        case .renewing, .rebinding:
            guard let lease else { break }
            let isRenewing = state == .renewing
            request.clientAddress = lease.address
            source = lease.address
            if isRenewing { destination = lease.server }
            // Half of what is left of the time, but not less than a minute (4.4.5).
            let end = isRenewing ? lease.rebinding : lease.expiry
            next = min(now + max(end.since(now) / 2, Self.renewalWait), end)
        case .informing:
            request.clientAddress = ownAddress
            source = ownAddress
        default: break
        }
        request.asksForBroadcast = settings.asksForBroadcast && request.clientAddress.isUnspecified
        if type == .request { requestSent = now }
        attempts &+= 1
        deadline = next
        send(request, from: source, to: destination, &effects)
    }

    private static var renewalWait: Interval { .seconds(60) }

    mutating func send(
        _ request: DHCPRequest, from source: IPv4Address, to destination: IPv4Address, _ effects: inout DHCPEffects
    ) {
        counters.sent &+= 1
        effects.add(.send(DHCPTransmission(request: request, source: source, destination: destination)))
    }

    // MARK: - Time

    /// The deadline has passed.
    public mutating func wake(at now: Instant, random: inout some RandomNumberGenerator) -> DHCPEffects {
        var effects = DHCPEffects.none
        guard let deadline, deadline <= now else { return effects }
        if let lease, lease.expiry <= now {
            expire(at: now, &random, &effects)
            return effects
        }
        switch state {
        case .idle, .informed: self.deadline = nil
        case .initializing: initialize(at: now, after: .zero, &random, &effects)
        case .selecting: transmit(.discover, at: now, &random, &effects)
        case .requesting:
            if attempts < Self.mostRequests {
                transmit(.request, at: now, &random, &effects)
            } else {
                initialize(at: now, after: .zero, &random, &effects)
            }
        case .rebooting:
            if attempts < Self.mostRequests {
                transmit(.request, at: now, &random, &effects)
            } else if let lease {
                // Nobody knows better: the rest of the lease may be used (3.2, 3).
                check(lease, at: now, &effects)
            }
        case .checking: continueCheck(at: now, &effects)
        case .bound, .renewing, .rebinding:
            guard let lease else { break }
            let next = now < lease.rebinding ? DHCPState.renewing : .rebinding
            if state != next { begin(next, at: now, &random) }
            transmit(.request, at: now, &random, &effects)
        case .informing:
            if attempts < Self.mostRequests {
                transmit(.inform, at: now, &random, &effects)
            } else {
                state = .informed
                self.deadline = nil
                effects.add(.inform)
            }
        }
        return effects
    }

    private mutating func expire(
        at now: Instant, _ random: inout some RandomNumberGenerator, _ effects: inout DHCPEffects
    ) {
        counters.expiries &+= 1
        forget(&effects)
        initialize(at: now, after: .zero, &random, &effects)
    }

    // MARK: - The check of an address

    /// Checks by ARP that nobody has the address, and uses it then.
    mutating func check(_ lease: DHCPLease, at now: Instant, _ effects: inout DHCPEffects) {
        self.lease = lease
        probesSent = 0
        state = .checking
        continueCheck(at: now, &effects)
    }

    private mutating func continueCheck(at now: Instant, _ effects: inout DHCPEffects) {
        guard let lease else { return }
        if !isConfigured, probesSent < settings.probes {
            probesSent &+= 1
            deadline = now + settings.probeInterval
            effects.add(.probe(lease.address))
        } else {
            use(lease, &effects)
        }
    }

    /// BOUND.
    mutating func use(_ lease: DHCPLease, _ effects: inout DHCPEffects) {
        self.lease = lease
        isConfigured = true
        refusalsInRow = 0
        state = .bound
        deadline = lease.renewal == .never ? nil : lease.renewal
        if lease.configuration.isCut { counters.cut &+= 1 }
        effects.add(.configure)
    }
}
