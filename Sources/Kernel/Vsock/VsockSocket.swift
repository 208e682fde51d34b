import KernelDescriptors
import KernelSupport

/// A stream socket, as far as the protocol goes; its bytes are the owner's.
public struct VsockSocket: SlotRecord, Sendable {
    public enum Phase: UInt8, Sendable, BitwiseCopyable {
        /// Nobody has it.
        case free
        /// It has no other end.
        case idle
        case listening, connecting, connected
        /// It was connected, and the device has forgotten that (5.10.6.7).
        case lost
    }

    public struct Marks: OptionSet, Sendable, BitwiseCopyable {
        public let rawValue: UInt32
        public init(rawValue: UInt32) { self.rawValue = rawValue }

        public static let isReadShut = Self(rawValue: 1)
        public static let isWriteShut = Self(rawValue: 2)
        /// The other end receives no more; sends no more.
        public static let peerReadShut = Self(rawValue: 4)
        public static let peerWriteShut = Self(rawValue: 8)
        /// The connection is over: nothing is sent for it any more.
        public static let isDone = Self(rawValue: 16)
        /// Its descriptor is closed.
        public static let isOrphan = Self(rawValue: 32)
        /// `shutdown` was called: it counts as having no other end any more (Linux).
        public static let isDisconnecting = Self(rawValue: 64)
        /// The other end is on this machine.
        public static let isLocal = Self(rawValue: 128)
        /// It is in the table of bound ports; of connections.
        static let isBound = Self(rawValue: 256)
        static let isEntered = Self(rawValue: 512)
        /// It waits to be accepted.
        static let isWaiting = Self(rawValue: 1024)
        /// It is in the list of those with something to send; with news for the owner.
        static let isQueued = Self(rawValue: 2048)
        static let isChanged = Self(rawValue: 4096)
        /// It has a deadline, and is in the list of those.
        static let isTimed = Self(rawValue: 8192)
        /// The other end was asked for credit since it told some.
        static let hasAsked = Self(rawValue: 16384)
        /// Something has come since the owner looked.
        static let hasArrived = Self(rawValue: 32768)
        /// It has bytes to send for which the device has no room.
        static let awaitsRoom = Self(rawValue: 65536)

        static let shut: Self = [.isReadShut, .isWriteShut]
        static let peerShut: Self = [.peerReadShut, .peerWriteShut]
    }

    /// Packets without bytes that are to be sent.
    struct Due: OptionSet, Sendable, BitwiseCopyable {
        let rawValue: UInt8

        static let request = Self(rawValue: 1)
        static let response = Self(rawValue: 2)
        static let creditUpdate = Self(rawValue: 4)
        static let creditRequest = Self(rawValue: 8)
        static let shutdown = Self(rawValue: 16)
        static let reset = Self(rawValue: 32)
    }

    public var nextFree = Place.none
    public internal(set) var phase = Phase.free
    public internal(set) var marks: Marks = []
    /// SO_ERROR; 0: there is none.
    private var errorNumber: Int32 = 0
    public internal(set) var error: Errno? {
        get { errorNumber == 0 ? nil : Errno(rawValue: errorNumber) }
        set { errorNumber = newValue?.rawValue ?? 0 }
    }
    /// `any` as long as it is not bound.
    public internal(set) var local = VsockAddress.any
    public internal(set) var remote = VsockAddress.any
    public internal(set) var credit = VsockCredit(buffer: VsockOptions.usualBuffer)
    public internal(set) var options = VsockOptions()
    var due: Due = []
    /// When the attempt to connect, or the wait for the other end's answer to the end, is over.
    var deadline = UInt64.max

    /// Of one that listens: connections that wait to be accepted.
    var firstWaiting = Place.none
    var lastWaiting = Place.none
    var waiting = 0
    var most = 0
    /// Of one that waits: the next one, and who listens.
    var nextWaiting = Place.none
    var listener = Place.none

    // Neighbours in lists.
    var nextBound = Place.none
    var nextEntered = Place.none
    var nextQueued = Place.none
    var nextChanged = Place.none
    var nextTimed = Place.none
    var previousTimed = Place.none

    public init() {}

    public var isConnected: Bool { phase == .connected }
    /// Nothing has to be sent before its bytes.
    var canSend: Bool { due.isEmpty && !marks.contains(.awaitsRoom) }
    public var hasWaiting: Bool { !firstWaiting.isNone }
}

/// What a program chooses of a socket (Linux, vsock(7)).
public struct VsockOptions: Sendable, BitwiseCopyable {
    /// Bytes of the buffer for what comes, if nothing else was chosen (SO_VM_SOCKETS_BUFFER_SIZE).
    public static let usualBuffer: UInt32 = 262_144
    /// Of the bounds of that: what they are at first, and at most. The buffer is memory of the kernel's.
    public static let usualLeast: UInt64 = 128
    public static let greatest: UInt64 = 1 << 20

    public internal(set) var least = Self.usualLeast
    public internal(set) var most = UInt64(Self.usualBuffer)
    /// Nanoseconds (SO_VM_SOCKETS_CONNECT_TIMEOUT).
    public var connectTime = Self.usualConnectTime
    public static let usualConnectTime: UInt64 = 2_000_000_000
    /// Bytes that a read waits for (SO_RCVLOWAT).
    public var leastToRead: Int32 = 1

    public init() {}
}
