/// What a network device says of itself (virtio 1.2, 5.1.4), checked.
public struct NetworkLimits: Equatable, Sendable, BitwiseCopyable {
    /// The station's address, its first byte lowest; `nil`: the driver chooses one.
    public let station: UInt64?
    /// Bytes of a frame's payload at most.
    public let mtu: Int
    /// The device completes checksums of what is sent.
    public let completesChecksums: Bool
    /// It cuts segments of TCP over IPv4 and over IPv6.
    public let cutsSegments4: Bool
    public let cutsSegments6: Bool
    /// A received frame may lie in several buffers.
    public let mergesBuffers: Bool
    /// What comes may be several segments put together.
    public let joinsSegments: Bool
    /// It says whether there is a link.
    public let tellsLink: Bool
    /// Pairs of queues at most.
    public let pairs: Int

    /// Bytes of a frame's payload where the device does not say.
    public static let usualMTU = 1500
    /// IPv4's least (RFC 791, 3.2): a device that says less is not used.
    static let leastMTU = 68
    /// Bytes of Ethernet's header.
    public static let frameHeaderSize = 14
    /// Pairs that a device may have (5.1.4.1).
    static let pairNumbers = 1...0x8000
    /// Bytes of the longest frame: what IP's length can say, and the header.
    public static let longestFrame = 65_535 + frameHeaderSize

    /// Of the kind of device (5.1.3).
    private static let checksum = Features(rawValue: 1 << 0)
    private static let guestChecksum = Features(rawValue: 1 << 1)
    private static let mtuIsTold = Features(rawValue: 1 << 3)
    private static let stationIsTold = Features(rawValue: 1 << 5)
    private static let guestSegments4 = Features(rawValue: 1 << 7)
    private static let guestSegments6 = Features(rawValue: 1 << 8)
    private static let segments4 = Features(rawValue: 1 << 11)
    private static let segments6 = Features(rawValue: 1 << 12)
    private static let mergeableBuffers = Features(rawValue: 1 << 15)
    private static let status = Features(rawValue: 1 << 16)
    private static let control = Features(rawValue: 1 << 17)
    private static let severalPairs = Features(rawValue: 1 << 22)

    /// What is wanted of what a device offers: nothing without what it rests on (5.1.3.1),
    /// and joined segments only where they need no buffer of 64 KiB.
    ///
    /// - Parameter wantsPairs: Several pairs of queues, too.
    static func features(of offered: Features, wantsPairs: Bool) -> Features {
        var wanted: Features = [mtuIsTold, stationIsTold, mergeableBuffers, status]
        if offered.contains(checksum) { wanted.formUnion([checksum, segments4, segments6]) }
        if offered.contains(guestChecksum) {
            wanted.insert(guestChecksum)
            if offered.contains(mergeableBuffers) { wanted.formUnion([guestSegments4, guestSegments6]) }
        }
        if wantsPairs, offered.isSuperset(of: [control, severalPairs]) {
            wanted.formUnion([control, severalPairs])
        }
        return wanted
    }

    /// Of the device's own registers.
    private enum Register {
        static let station: UInt64 = 0
        /// The station's last two bytes, and the link's status.
        static let status: UInt64 = 4
        /// The number of pairs of queues, of two bytes: a device without an MTU ends behind it.
        static let pairs: UInt64 = 8
        static let mtu: UInt64 = 10
    }

    /// - Parameters:
    ///   - features: What was agreed on.
    ///   - read: The word of the device's own registers at an offset; `nil`: there is none.
    ///   - half: The same of two bytes.
    /// - Returns: `nil`: it can't be what the device says.
    public init?(_ features: Features, _ read: (UInt64) -> UInt32?, half: (UInt64) -> UInt16?) {
        if features.contains(Self.stationIsTold) {
            guard let low = read(Register.station), let high = read(Register.status) else { return nil }
            let station = UInt64(high & 0xFFFF) << 32 | UInt64(low)
            // A group's address, or none, is nobody's (IEEE 802, 8.2).
            guard station & 1 == 0, station != 0 else { return nil }
            self.station = station
        } else {
            station = nil
        }
        if features.contains(Self.mtuIsTold) {
            guard let told = half(Register.mtu), Int(told) >= Self.leastMTU else { return nil }
            mtu = Int(told)
        } else {
            mtu = Self.usualMTU
        }
        if features.contains(Self.severalPairs) {
            guard let told = half(Register.pairs), Self.pairNumbers.contains(Int(told)) else { return nil }
            pairs = Int(told)
        } else {
            pairs = 1
        }
        completesChecksums = features.contains(Self.checksum)
        cutsSegments4 = features.contains(Self.segments4)
        cutsSegments6 = features.contains(Self.segments6)
        mergesBuffers = features.contains(Self.mergeableBuffers)
        joinsSegments = !features.isDisjoint(with: [Self.guestSegments4, Self.guestSegments6])
        tellsLink = features.contains(Self.status)
    }

    /// Bytes of the smallest buffer for what is received: without merging a whole frame
    /// has to fit.
    public var leastBuffer: Int {
        mergesBuffers ? 512 : ReceivedHeader.size + Self.frameHeaderSize + mtu
    }

    /// Whether there is a link.
    ///
    /// - Parameter read: As for `init`.
    func hasLink(_ read: (UInt64) -> UInt32?) -> Bool {
        guard tellsLink, let word = read(Register.status) else { return true }
        return word >> 16 & 1 != 0
    }
}
