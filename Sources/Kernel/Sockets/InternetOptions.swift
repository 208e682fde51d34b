import KernelNetwork
import KernelSupport
import KernelWire

/// What is set with a socket (POSIX, setsockopt).
struct InternetOptions: BitwiseCopyable {
    struct Switches: OptionSet, BitwiseCopyable {
        let rawValue: UInt32

        static let reusesAddress = Self(rawValue: 1)
        static let sharesPort = Self(rawValue: 2)
        static let broadcasts = Self(rawValue: 4)
        static let keepsAlive = Self(rawValue: 8)
        static let onlyV6 = Self(rawValue: 16)
        /// The program has set the buffers' sizes: they stay.
        static let fixesReceive = Self(rawValue: 32)
        /// What is told with a datagram: IP_PKTINFO, IP_RECVTTL, IP_RECVTOS; IPv6's of each;
        /// SO_TIMESTAMP, SO_TIMESTAMPNS.
        static let tellsPlace = Self(rawValue: 64)
        static let tellsTimeToLive = Self(rawValue: 128)
        static let tellsTypeOfService = Self(rawValue: 256)
        static let tellsPlaceV6 = Self(rawValue: 512)
        static let tellsHopLimit = Self(rawValue: 1024)
        static let tellsTrafficClass = Self(rawValue: 2048)
        static let tellsTime = Self(rawValue: 4096)
        static let tellsFineTime = Self(rawValue: 8192)
        /// Datagrams of groups that others have joined are not for it (IP_MULTICAST_ALL).
        static let onlyOwnGroups = Self(rawValue: 1 << 14)
        static let onlyOwnGroupsV6 = Self(rawValue: 1 << 15)
        /// What it sends to groups does not come back to this host (IP_MULTICAST_LOOP).
        static let doesNotLoop = Self(rawValue: 1 << 16)
        static let doesNotLoopV6 = Self(rawValue: 1 << 17)
        /// A connection waits to be accepted until text has come (TCP_DEFER_ACCEPT).
        static let defersAccept = Self(rawValue: 1 << 18)

        static let telling: Self = [
            .tellsPlace, .tellsTimeToLive, .tellsTypeOfService, .tellsPlaceV6, .tellsHopLimit,
            .tellsTrafficClass, .tellsTime, .tellsFineTime,
        ]
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
    /// IP_MULTICAST_TTL, IPV6_MULTICAST_HOPS.
    var groupTimeToLive: UInt8 = 1
    var groupHopLimit: UInt8 = 1
    /// SO_BINDTODEVICE, IP_MULTICAST_IF, IPV6_MULTICAST_IF: interfaces.
    var device = InterfaceNumber.none
    var groupDevice = InterfaceNumber.none
    var groupDeviceV6 = InterfaceNumber.none
    /// The address of IP_MULTICAST_IF.
    var groupSource = IPv4Address.unspecified
    /// TCP_DEFER_ACCEPT, in seconds.
    var deferral: Int32 = 0
    /// Of TCP.
    var tcp = TCP.Options()

    /// Bytes of a buffer as long as nobody has said, at least, and at most. A stream's
    /// buffers get their memory as they are filled.
    static let usual: Int32 = 212_992
    static let least: Int32 = 4608
    static let most: Int32 = 1 << 20

    init() { tcp.receiveLimit = UInt32(Self.most) }

    /// What the header of a packet to an address says of it.
    func marks(to destination: IPAddress) -> PacketMarks {
        if destination.isV6 {
            return PacketMarks(
                hopLimit: destination.isMulticast ? groupHopLimit : hopLimit, trafficClass: trafficClass)
        }
        return PacketMarks(
            hopLimit: destination.isMulticast ? groupTimeToLive : timeToLive, trafficClass: typeOfService)
    }
}

/// What the header of a packet says beside where it goes: IP_TTL and IP_TOS, or
/// IPV6_UNICAST_HOPS and IPV6_TCLASS.
struct PacketMarks: Equatable, BitwiseCopyable {
    var hopLimit: UInt8 = 64
    var trafficClass: UInt8 = 0
}
