import KernelDescriptors
import KernelMachine
import KernelNetwork
import KernelStreams
import KernelSupport
import KernelWire
import Synchronization

/// A socket of AF_INET or AF_INET6: a stream of TCP or datagrams of UDP. Its own lock
/// guards it. It is not copied: it is large, and stays where it is.
struct InternetSocket: ~Copyable {
    enum Style: UInt8, BitwiseCopyable {
        case stream, datagram
        /// Echoes of ICMP or ICMPv6, and all its messages.
        case echo, raw
    }

    enum Phase: UInt8, BitwiseCopyable {
        /// Nobody has it.
        case free
        /// It has no other end.
        case idle
        case listening, connecting, connected
        /// It was connected, and TCP knows it no more.
        case ended
    }

    struct Marks: OptionSet, BitwiseCopyable {
        let rawValue: UInt16

        /// The program has chosen the port, or one was chosen by `bind`.
        static let isBound = Self(rawValue: 1)
        static let isReadShut = Self(rawValue: 2)
        static let isWriteShut = Self(rawValue: 4)
        /// The other end sends no more, and all of it is here.
        static let peerHasEnded = Self(rawValue: 8)
        /// Its descriptor is closed.
        static let isOrphan = Self(rawValue: 16)
        /// A task hands its segments on, and reads `send` without the lock.
        static let isSending = Self(rawValue: 32)
        /// A `connect` that did not wait is not reported by another one yet.
        static let reportsConnect = Self(rawValue: 64)
        /// It is in the list of those in TIME-WAIT.
        static let isWaiting = Self(rawValue: 128)
        /// It was never connected.
        static let isFresh = Self(rawValue: 256)
        /// The other end is on another host.
        static let isRemote = Self(rawValue: 512)
        /// Of datagrams: what is in `send` waits for more (MSG_MORE), behind its `Departure`.
        static let isCorked = Self(rawValue: 1024)
        /// Of a stream: the last write said that more follows.
        static let awaitsMore = Self(rawValue: 2048)
    }

    /// What it is ready for, as `Readiness`: read without the lock.
    let ready = Atomic<UInt32>(0)
    /// Somebody has looked at `ready`, and wants to be told of changes.
    let isObserved = Atomic<Bool>(false)

    var style = Style.stream
    var phase = Phase.free
    var isV6 = false
    var marks: Marks = .isFresh
    /// SO_ERROR.
    var error: Errno? = nil
    var local = Endpoint.unspecified(isV6: false)
    var remote = Endpoint.unspecified(isV6: false)
    var bound: SocketTable.Entry? = nil
    var ends: SocketTable.Entry? = nil
    var options = InternetOptions()
    /// Who is told of changes; the descriptors' lock guards it.
    var source = ObservedSource.none

    /// There is one where `hasConnection` says so, which costs no look at all of it.
    var connection: TCP.Connection? = nil
    var hasConnection = false
    /// What is sent next; there is one only while `isSending`.
    var outgoing: TCP.Transmission? = nil
    /// Bytes that are not acknowledged, and where in the stream the first of them is.
    var send = ByteRing()
    var sendPosition: UInt64 = 0
    /// What has come: of a stream, bytes; of datagrams, each behind its `DatagramHeader`.
    var receive = ByteRing()
    var datagrams = 0
    /// Types of messages that a raw socket does not want, a bit for each (ICMP_FILTER, ICMP6_FILTER).
    var filter = InlineArray<8, UInt32>(repeating: 0)
    /// Groups that it has joined.
    var groups = GroupList()
    /// The way of its segments to another host.
    var way = KnownWay.none
    /// Where the other end is, if it is on this host: only to be tried.
    var peer = SocketHandle.none

    /// Of one that listens.
    var listener = ListenerHandle.none

    /// `st_ino`: which of all sockets that there have been.
    var inode: UInt64 = 0
    /// Datagrams that found no room.
    var dropped: UInt64 = 0

    /// What became ready that was so before: once more, for who waits for changes.
    var pulse: Readiness = []
    /// Tasks that wait: never fewer than there are.
    var readers = 0
    var writers = 0
    /// When its timer expires; `never`: it is not armed.
    var armed = Instant.never

    /// The next one of a list: of sockets with work to do, or of free ones; of connections
    /// that wait to be accepted; and neighbours among those in TIME-WAIT, which the
    /// table's lock guards.
    var nextWork = SocketHandle.none
    var nextWaiting = SocketHandle.none
    var nextInTimeWait = SocketHandle.none
    var previousInTimeWait = SocketHandle.none

    var isStream: Bool { style == .stream }

    var transport: IPProtocol {
        switch style {
        case .stream: .tcp
        case .datagram: .udp
        case .echo, .raw: isV6 ? .icmpv6 : .icmp
        }
    }
}

/// A socket's place in the table, which stays when the socket goes: whoever has found a
/// socket without its lock looks, with the lock, whether it is still the same.
struct SocketRecord: ~Copyable {
    let lock = CoreLock(.sockets)
    var value = InternetSocket()
}
