import KernelNetwork

/// What a link does to frames. Probabilities are of one frame.
public struct LinkFaults: Sendable {
    /// How likely it is that a frame is lost.
    public var loss = 0.0
    /// How many frames are lost in a row then. The part that is lost stays `loss`.
    public var lossBurst = 1
    /// How likely it is that a frame comes twice.
    public var duplication = 0.0
    /// How likely it is that a bit of a frame is not what it was; one of eight
    /// such frames loses its end instead. It is one bit only because the Internet
    /// checksum finds one always, and more not always.
    public var corruption = 0.0
    /// How likely it is that a frame comes later than it should, so that others overtake it.
    public var reordering = 0.0
    /// How much later, at most.
    public var reorderingDelay = Interval.milliseconds(10)

    /// From the last bit's sending to its coming.
    public var delay = Interval.zero
    /// What is added to the delay, at most. It alone changes no order.
    public var jitter = Interval.zero
    /// Bits a second; `nil`: a frame takes no time.
    public var rate: UInt64?
    /// Bytes that may wait to be sent, with a rate. A frame that finds more is lost.
    public var queueLimit = Int.max

    public init() {}

    /// The delay alone.
    public init(delay: Interval) { self.delay = delay }
}
