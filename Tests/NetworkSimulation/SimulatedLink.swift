import KernelNetwork

/// One direction of a link. The same seed and frames make the same faults.
public struct SimulatedLink: Sendable {
    /// What it does to frames; may be changed at any time.
    public var faults: LinkFaults
    /// Frames that were given to it.
    public private(set) var sent = 0
    public private(set) var sentBytes = 0
    /// Frames that came to nobody: lost, or for want of room.
    public private(set) var lost = 0
    public private(set) var overflowed = 0
    public private(set) var duplicated = 0
    public private(set) var corrupted = 0
    public private(set) var reordered = 0

    private var random: SeededGenerator
    private var burstLeft = 0
    /// When what was given before is sent.
    private var idleFrom: UInt64 = 0
    /// When the last frame that was not reordered comes.
    private var lastArrival: UInt64 = 0

    public struct Arrival: Sendable {
        public let moment: Instant
        public let frame: [UInt8]
    }

    public init(_ faults: LinkFaults = LinkFaults(), seed: UInt64) {
        self.faults = faults
        random = SeededGenerator(seed: seed)
    }

    /// Sends a frame; what arrives of it, and when.
    public mutating func send(_ frame: [UInt8], at now: Instant) -> [Arrival] {
        sent += 1
        sentBytes += frame.count
        guard let departure = departure(of: frame.count, at: now.nanoseconds) else {
            overflowed += 1
            return []
        }
        guard !isLost() else {
            lost += 1
            return []
        }
        var arrivals = [arrival(of: frame, from: departure)]
        if random.happens(faults.duplication) {
            duplicated += 1
            arrivals.append(arrival(of: frame, from: departure))
        }
        return arrivals
    }

    /// When the frame's last bit is sent; `nil`: there is no room for it.
    private mutating func departure(of size: Int, at now: UInt64) -> UInt64? {
        guard let rate = faults.rate else { return now }
        let start = max(now, idleFrom)
        let waiting = Double(start - now) * Double(rate) / 8e9
        guard waiting + Double(size) <= Double(faults.queueLimit) else { return nil }
        idleFrom = start + UInt64(size) * 8_000_000_000 / rate
        return idleFrom
    }

    private mutating func isLost() -> Bool {
        if burstLeft > 0 {
            burstLeft -= 1
            return true
        }
        // Of a burst's frames the first alone is drawn.
        let length = Double(faults.lossBurst)
        guard random.happens(faults.loss / (length - (length - 1) * faults.loss)) else { return false }
        burstLeft = faults.lossBurst - 1
        return true
    }

    private mutating func arrival(of frame: [UInt8], from departure: UInt64) -> Arrival {
        var moment = departure + faults.delay.nanoseconds
        if faults.jitter > .zero { moment += UInt64.random(in: 0...faults.jitter.nanoseconds, using: &random) }
        if random.happens(faults.reordering) {
            reordered += 1
            moment = max(moment, lastArrival)
            moment += UInt64.random(in: 0...faults.reorderingDelay.nanoseconds, using: &random)
        } else {
            moment = max(moment, lastArrival)
            lastArrival = moment
        }
        var frame = frame
        if !frame.isEmpty, random.happens(faults.corruption) {
            corrupted += 1
            let bit = Int.random(in: 0..<frame.count * 8, using: &random)
            if Int.random(in: 0..<8, using: &random) == 0 {
                frame.removeLast(frame.count - bit / 8)
            } else {
                frame[bit / 8] ^= 1 << UInt8(bit % 8)
            }
        }
        return Arrival(moment: Instant(nanoseconds: moment), frame: frame)
    }
}
