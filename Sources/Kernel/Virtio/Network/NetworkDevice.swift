/// A network device: what its queues have in common (virtio 1.2, 5.1).
///
/// Each of its queues has a lock of its own; this one is for its set-up, its reset, its commands,
/// and what it says of the link.
public struct NetworkDevice<Bus: Transport>: ~Copyable {
    public private(set) var device: Device<Bus>
    public let limits: NetworkLimits
    /// Pairs of queues that are used: as many as are wanted, if there are so many.
    public let pairs: Int
    private let wantsPairs: Bool
    /// It is used no more.
    public private(set) var isGone = false

    /// Resets a device, agrees with it, and asks what it is.
    ///
    /// - Parameter mostPairs: Pairs of queues that are wanted.
    /// - Throws: `missesFeatures` where it can't be what it says.
    public init(_ bus: Bus, mostPairs: Int = 1) throws(DeviceError) {
        var device = Device(bus)
        _ = try device.reset()
        let limits = try Self.agree(with: &device, wantsPairs: mostPairs > 1)
        wantsPairs = mostPairs > 1
        self.limits = limits
        pairs = min(limits.pairs, max(mostPairs, 1))
        self.device = device
    }

    private static func agree(
        with device: inout Device<Bus>, wantsPairs: Bool
    ) throws(DeviceError) -> NetworkLimits {
        try device.agree(on: NetworkLimits.features(of: device.bus.offeredFeatures(), wantsPairs: wantsPairs))
        // The device may change what it says while it is read (2.5.3).
        for _ in 0..<64 {
            let before = device.bus.configurationGeneration
            let limits = NetworkLimits(
                device.features, { device.bus.configuration(at: $0) }, half: { device.bus.halfConfiguration(at: $0) })
            guard device.bus.configurationGeneration == before else { continue }
            guard let limits else { break }
            return limits
        }
        device.fail()
        throw .missesFeatures
    }

    /// The number of the queue of commands, behind all pairs that there may be (5.1.2); `nil`: none
    /// is needed.
    public var controlNumber: UInt16? { pairs > 1 ? UInt16(truncatingIfNeeded: 2 * limits.pairs) : nil }

    /// All queues are there: from now on frames come and go by the first pair.
    public func start() { device.start() }

    /// Has the device use all pairs (5.1.6.5.5). It has been started, and knows the queues.
    ///
    /// - Parameters:
    ///   - control: `nil` where one pair is used, which needs no command.
    ///   - goesOn: Is asked again and again, a moment later each time, whether to wait for the answer.
    /// - Throws: `refusesPairs`: it uses the first one alone, or nobody knows. It has to be reset.
    public func usePairs(_ control: inout ControlQueue?, _ goesOn: () -> Bool) throws(DeviceError) {
        guard control != nil else { return }
        do throws(QueueError) {
            try control!.askForPairs(UInt16(truncatingIfNeeded: pairs))
            if let bell = control!.takeNotification() { device.bus.ring(bell) }
            while goesOn() {
                guard let isDone = try control!.takeAnswer() else { continue }
                if isDone { return }
                break
            }
        } catch {}
        throw .refusesPairs
    }

    /// Whether there is a link.
    public var hasLink: Bool { limits.hasLink { device.bus.configuration(at: $0) } }

    /// Gives it up.
    public mutating func fail() {
        isGone = true
        device.fail()
    }

    /// Resets the device, which has lied or wants that, and lets it use its queues again.
    ///
    /// What was received and not taken is lost, as what was to be sent may be: to those who sent it,
    /// the link has lost it. Nobody may use the queues meanwhile, but give back what was taken.
    ///
    /// - Parameters:
    ///   - goesOn: As for `usePairs`.
    ///   - withPair: Runs a body with the pair of a number, and what is done with lent parts that come
    ///     back, as for `TransmitQueue.take`.
    /// - Throws: Why it is used no more. One that does not reset keeps the memory that it has, for
    ///   ever.
    public mutating func restart(
        _ control: inout ControlQueue?, _ goesOn: () -> Bool,
        _ withPair: (Int, (inout QueuePair, (consuming DeviceMemory) -> Void) -> DeviceError?) -> DeviceError?
    ) throws(DeviceError) {
        do throws(DeviceError) {
            let proof = try device.reset()
            for number in 0..<pairs {
                _ = withPair(number) { pair, back in
                    pair.takeBack(proof, back)
                    return nil
                }
            }
            if control != nil { control!.takeBack(proof) }
            let old = device.features
            let limits = try Self.agree(with: &device, wantsPairs: wantsPairs)
            guard device.features == old, limits == self.limits else { throw .missesFeatures }
            let device = device
            for number in 0..<pairs {
                let problem = withPair(number) { pair, _ in
                    do throws(DeviceError) {
                        try pair.enable(on: device)
                        pair.receive.refill()
                        return nil
                    } catch { return error }
                }
                if let problem { throw problem }
            }
            if control != nil { try control!.enable(on: device) }
            device.start()
            try usePairs(&control, goesOn)
        } catch {
            fail()
            throw error
        }
    }
}
