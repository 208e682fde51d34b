import KernelSupport
import KernelWire

/// How a client behaves.
public struct DHCPSettings: Sendable {
    public var station: EthernetAddress
    /// What the host calls itself; a root is not said.
    public var hostName = DomainName()
    /// Whether answers have to be sent to all while there is no address (RFC 2131, 4.1).
    public var asksForBroadcast = false
    /// Whether to wait for one to ten seconds at the start, so that hosts that start
    /// together do not ask together (RFC 2131, 4.4.1). Not by default: who boots a machine in
    /// milliseconds wants to use it then.
    public var waitsAtStart = false
    /// How often to ask whether somebody has the address already (RFC 2131, 4.4.1, and
    /// RFC 5227, which takes 3 to 7 seconds for it, as stations may be asleep or frames lost;
    /// on a machine's virtual network an answer takes less than a millisecond). What shows
    /// up later is a conflict as well. 0: not at all.
    public var probes = 2
    public var probeInterval = Interval.milliseconds(100)

    public init(station: EthernetAddress) { self.station = station }
}

/// RFC 2131, figure 5; and what is between the acknowledgment and the address's use.
public enum DHCPState: Sendable {
    case idle
    /// INIT, for as long as it waits there.
    case initializing
    case selecting, requesting, rebooting
    /// Asking by ARP.
    case checking
    case bound, renewing, rebinding
    /// 4.4.3: the address is known otherwise.
    case informing, informed
}

/// A client of DHCP for IPv4 (RFC 2131, 4.4), as a value: messages, moments and
/// conflicts in, effects out. Its owner carries the messages of UDP's port 68 to it.
public struct DHCPClient: ~Copyable, Sendable {
    public var settings: DHCPSettings
    public internal(set) var state = DHCPState.idle
    /// When `wake` is to be called; `nil`: not at all.
    public internal(set) var deadline: Instant?
    /// What was acknowledged last. Its address is in use, is checked, or is asked for
    /// again at the next start.
    public internal(set) var lease: DHCPLease?
    /// Whether the address of the lease is in use: from `configure` to `withdraw`.
    public internal(set) var isConfigured = false
    /// What a server has told a host whose address is known otherwise.
    public internal(set) var information: DHCPConfiguration?
    public internal(set) var counters = DHCPCounters()

    /// Of the exchange.
    var transaction: UInt32 = 0
    /// Messages of the exchange that were sent.
    var attempts: UInt64 = 0
    var began = Instant.start
    var seconds: UInt16 = 0
    /// When the last request was sent.
    var requestSent = Instant.start
    /// What was offered and by whom, while it is requested.
    var offer: (address: IPv4Address, server: IPv4Address) = (.unspecified, .unspecified)
    /// Of the check.
    var probesSent = 0
    /// Refusals without a lease between them.
    var refusalsInRow: UInt64 = 0
    var lastConflict: Instant?
    /// The address of `informing`.
    var ownAddress = IPv4Address.unspecified

    /// - Parameter previous: A lease that the host had before.
    public init(_ settings: DHCPSettings, previous: DHCPLease? = nil) {
        self.settings = settings
        lease = previous
    }

    // MARK: - What the owner asks for

    /// Begins; or begins again, as after the link was down (RFC 2131, 3.7): with the
    /// address that the host had, if it may still have it.
    public mutating func start(at now: Instant, random: inout some RandomNumberGenerator) -> DHCPEffects {
        var effects = DHCPEffects.none
        if let lease, now < lease.expiry {
            begin(.rebooting, at: now, &random)
            transmit(.request, at: now, &random, &effects)
        } else {
            if lease != nil { forget(&effects) }
            let wait = settings.waitsAtStart ? Interval.seconds(1) + Self.upTo(.seconds(9), &random) : .zero
            initialize(at: now, after: wait, &random, &effects)
        }
        return effects
    }

    /// Stops, as the link is down. The lease is kept, and in use if it was.
    public mutating func stop() {
        state = .idle
        deadline = nil
    }

    /// Gives the address back (RFC 2131, 4.4.6), and stops.
    public mutating func release(at now: Instant, random: inout some RandomNumberGenerator) -> DHCPEffects {
        var effects = DHCPEffects.none
        if let lease, isConfigured {
            begin(.idle, at: now, &random)
            var request = DHCPRequest(.release, transaction: transaction, station: settings.station)
            request.clientAddress = lease.address
            request.server = lease.server
            send(request, from: lease.address, to: lease.server, &effects)
        }
        stop()
        forget(&effects)
        return effects
    }

    /// Asks for what is known of the network; the address is known (RFC 2131, 4.4.3).
    public mutating func inform(
        _ address: IPv4Address, at now: Instant, random: inout some RandomNumberGenerator
    ) -> DHCPEffects {
        var effects = DHCPEffects.none
        stop()
        forget(&effects)
        ownAddress = address
        information = nil
        begin(.informing, at: now, &random)
        transmit(.inform, at: now, &random, &effects)
        return effects
    }

    /// Somebody else has the address that is checked or in use.
    public mutating func conflict(at now: Instant, random: inout some RandomNumberGenerator) -> DHCPEffects {
        var effects = DHCPEffects.none
        if state == .checking, let lease {
            decline(lease, at: now, &random, &effects)
        } else if isConfigured, let lease {
            // Defend it once; who meets another conflict soon after gives up (RFC 5227, 2.4 (b)).
            if let last = lastConflict, now.since(last) < Self.defendInterval {
                decline(lease, at: now, &random, &effects)
            } else {
                counters.conflicts &+= 1
                effects.add(.defend(lease.address))
            }
            lastConflict = now
        }
        return effects
    }

    /// RFC 5227, 1.1.
    private static let defendInterval = Interval.seconds(10)
    /// How long to wait after a conflict at least (RFC 2131, 3.1, 5).
    private static let declineWait = Interval.seconds(10)

    private mutating func decline(
        _ lease: DHCPLease, at now: Instant, _ random: inout some RandomNumberGenerator, _ effects: inout DHCPEffects
    ) {
        counters.conflicts &+= 1
        begin(.initializing, at: now, &random)
        var request = DHCPRequest(.decline, transaction: transaction, station: settings.station)
        request.requestedAddress = lease.address
        request.server = lease.server
        send(request, from: .unspecified, to: .broadcast, &effects)
        forget(&effects)
        initialize(at: now, after: Self.declineWait, &random, &effects)
    }

    /// The lease is over.
    mutating func forget(_ effects: inout DHCPEffects) {
        if isConfigured, let lease { effects.add(.withdraw(lease.address)) }
        isConfigured = false
        lease = nil
    }
}
