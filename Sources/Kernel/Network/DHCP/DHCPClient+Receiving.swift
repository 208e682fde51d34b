import KernelSupport
import KernelWire

/// Messages that come (RFC 2131, 4.4.1, 4.4.2, 4.4.5).
extension DHCPClient {
    /// A message to UDP's port 68.
    public mutating func receive(
        _ message: RawSpan, at now: Instant, random: inout some RandomNumberGenerator
    ) -> DHCPEffects {
        var effects = DHCPEffects.none
        guard let reply = DHCPReply(parsing: message) else {
            counters.malformed &+= 1
            return effects
        }
        guard reply.station == settings.station, reply.transaction == transaction, !reply.namesOtherClient else {
            counters.foreign &+= 1
            return effects
        }
        let isTaken =
            switch reply.kind {
            case .offer: take(offer: reply, at: now, &random, &effects)
            case .acknowledgment: take(acknowledgment: reply, at: now, &random, &effects)
            case .refusal: take(refusal: reply, at: now, &random, &effects)
            }
        if !isTaken { counters.unexpected &+= 1 }
        return effects
    }

    /// The first offer will do.
    private mutating func take(
        offer reply: borrowing DHCPReply, at now: Instant, _ random: inout some RandomNumberGenerator,
        _ effects: inout DHCPEffects
    ) -> Bool {
        guard state == .selecting, let address = reply.address, let server = reply.server, address != server,
            reply.leaseTime ?? 0 > 0
        else { return false }
        offer = (address, server)
        state = .requesting
        attempts = 0
        transmit(.request, at: now, &random, &effects)
        return true
    }

    private mutating func take(
        acknowledgment reply: borrowing DHCPReply, at now: Instant, _ random: inout some RandomNumberGenerator,
        _ effects: inout DHCPEffects
    ) -> Bool {
        if state == .informing {
            // There is no lease, and nothing to end (4.3.5).
            guard reply.server != nil else { return false }
            information = reply.configuration
            state = .informed
            deadline = nil
            effects.add(.inform)
            return true
        }
        guard let new = DHCPLease(reply, sent: requestSent, random: &random),
            isExpected(new.address, of: new.server)
        else { return false }
        // What has come too late is no lease any more.
        guard now < new.expiry else { return false }
        switch state {
        case .requesting, .rebooting: check(new, at: now, &effects)
        default: use(new, &effects)
        }
        return true
    }

    /// Whether it is what was asked for, of the server that was asked.
    private func isExpected(_ address: IPv4Address, of server: IPv4Address) -> Bool {
        guard address != server else { return false }
        return switch state {
        case .requesting: address == offer.address && server == offer.server
        case .renewing: address == lease?.address && server == lease?.server
        case .rebooting, .rebinding: address == lease?.address
        default: false
        }
    }

    /// A refusal has to come from the server that was asked; the address is lost with it.
    private mutating func take(
        refusal reply: borrowing DHCPReply, at now: Instant, _ random: inout some RandomNumberGenerator,
        _ effects: inout DHCPEffects
    ) -> Bool {
        guard let server = reply.server else { return false }
        switch state {
        case .requesting:
            guard server == offer.server else { return false }
        case .renewing:
            guard server == lease?.server else { return false }
        case .rebooting, .rebinding: break
        default: return false
        }
        counters.refusals &+= 1
        refusalsInRow &+= 1
        forget(&effects)
        // A server that offers and then refuses, again and again, is not asked again at once.
        let wait = refusalsInRow > 1 ? Self.patience(after: refusalsInRow &- 2, &random) : .zero
        initialize(at: now, after: wait, &random, &effects)
        return true
    }
}
