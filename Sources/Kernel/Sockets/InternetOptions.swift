import KernelNetwork
import KernelSupport

/// What is set with a socket (POSIX, setsockopt).
struct InternetOptions: BitwiseCopyable {
    struct Switches: OptionSet, BitwiseCopyable {
        let rawValue: UInt8

        static let reusesAddress = Self(rawValue: 1)
        static let sharesPort = Self(rawValue: 2)
        static let broadcasts = Self(rawValue: 4)
        static let keepsAlive = Self(rawValue: 8)
        static let onlyV6 = Self(rawValue: 16)
        /// The program has set the buffers' sizes: they stay.
        static let fixesReceive = Self(rawValue: 32)
    }

    var switches: Switches = []
    /// SO_SNDBUF, SO_RCVBUF.
    var sendSize = Self.usual
    var receiveSize = Self.usual
    /// SO_SNDTIMEO, SO_RCVTIMEO, in nanoseconds; `nil`: for ever.
    var sendLimit: UInt64? = nil
    var receiveLimit: UInt64? = nil
    /// SO_LINGER.
    var lingers = false
    var lingerSeconds: Int32 = 0
    /// SO_RCVLOWAT.
    var least: Int32 = 1
    /// IP_TTL, IP_TOS, IPV6_UNICAST_HOPS, IPV6_TCLASS.
    var timeToLive: UInt8 = 64
    var typeOfService: UInt8 = 0
    var hopLimit: UInt8 = 64
    var trafficClass: UInt8 = 0
    /// Of TCP.
    var tcp = TCP.Options()

    /// Bytes of a buffer as long as nobody has said, at least, and at most. A stream's
    /// buffers get their memory as they are filled.
    static let usual: Int32 = 212_992
    static let least: Int32 = 4608
    static let most: Int32 = 1 << 20

    init() { tcp.receiveLimit = UInt32(Self.most) }
}
