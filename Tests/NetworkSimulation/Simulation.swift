import KernelNetwork

/// A host on a simulated link.
public protocol SimulatedHost: AnyObject {
    /// When `wake` is to be called next if nothing comes before; `nil`: not at all.
    var deadline: Instant? { get }

    /// The deadline has passed.
    func wake(at now: Instant)

    /// A frame has come.
    func receive(_ frame: [UInt8], at now: Instant)

    /// The frames that it has to send now, which it forgets. Asked for after each
    /// of the calls above, and when the simulation starts to run.
    func takeFrames(at now: Instant) -> [[UInt8]]
}

/// Hosts on one link, over which a frame comes to all others, each by a path with
/// faults of its own. The same seed makes the same run.
public final class Simulation {
    public private(set) var clock = SimulatedClock()
    public let hosts: [any SimulatedHost]
    /// The path from one host to another: `paths[from][to]`.
    public var paths: [[SimulatedLink]]
    /// What was sent, before faults, when it is captured.
    public var capture: PacketCapture?
    /// Events that have happened.
    public private(set) var eventCount = 0
    private var events = EventQueue<(to: Int, frame: [UInt8])>()
    /// Events that have happened at this moment.
    private var eventsNow = 0
    /// More events than a test has at one moment: a host asks to be woken again and again.
    private static let mostEventsAtOnce = 1_000_000

    public init(_ hosts: [any SimulatedHost], faults: LinkFaults = LinkFaults(), seed: UInt64) {
        self.hosts = hosts
        var random = SeededGenerator(seed: seed)
        paths = hosts.map { _ in hosts.map { _ in SimulatedLink(faults, seed: random.next()) } }
    }

    public var now: Instant { clock.now }

    /// Sends what the hosts have to send. Called after something was done to a
    /// host from outside.
    public func flush() {
        for index in hosts.indices { send(from: index) }
    }

    /// Goes on until `condition` holds, or the clock is at `end`, where nothing
    /// later than `end` has happened.
    ///
    /// - Returns: Whether the condition holds.
    @discardableResult
    public func run(until end: Instant, _ condition: () -> Bool = { false }) -> Bool {
        flush()
        while !condition() {
            guard step(until: end) else {
                clock.advance(to: max(end, now))
                return condition()
            }
        }
        return true
    }

    /// Lets the next thing happen; `false`: there is none until `end`.
    private func step(until end: Instant) -> Bool {
        var next = events.earliest ?? Instant(nanoseconds: .max)
        var waking: Int?
        for (index, host) in hosts.enumerated() {
            // A deadline that has passed is one that is now.
            if let deadline = host.deadline.map({ max($0, now) }), deadline < next {
                next = deadline
                waking = index
            }
        }
        guard next <= end, waking != nil || !events.isEmpty else { return false }
        eventsNow = next == now ? eventsNow + 1 : 0
        precondition(eventsNow < Self.mostEventsAtOnce, "a host never rests")
        clock.advance(to: next)
        eventCount += 1
        if let waking {
            hosts[waking].wake(at: now)
            send(from: waking)
        } else if let (_, event) = events.next() {
            hosts[event.to].receive(event.frame, at: now)
            send(from: event.to)
        }
        return true
    }

    private func send(from sender: Int) {
        for frame in hosts[sender].takeFrames(at: now) {
            capture?.record(frame, at: now)
            for receiver in hosts.indices where receiver != sender {
                for arrival in paths[sender][receiver].send(frame, at: now) {
                    events.schedule((receiver, arrival.frame), at: arrival.moment)
                }
            }
        }
    }
}
