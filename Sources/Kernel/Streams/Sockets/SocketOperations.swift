import KernelDescriptors
import KernelMain
import KernelSupport

/// What a kind of socket offers beside reading and writing: the functions of
/// sockets know no kind either, and come to it by the descriptor.
///
/// All are called without a lock, may wait themselves, and return values of 0 or
/// more, or the negatives of error numbers. What is behind the descriptor stays.
public struct SocketOperations: Sendable {
    /// Socket, address of a `SocketAddress`.
    public let bind: @convention(c) (UInt64, UInt) -> Int
    /// Socket, connections that may wait.
    public let listen: @convention(c) (UInt64, Int32) -> Int
    /// Socket, address of an `AcceptRequest`: the connection's descriptor.
    public let accept: @convention(c) (UInt64, UInt) -> Int
    /// Socket, address of a `SocketAddress`, whether it may not wait.
    public let connect: @convention(c) (UInt64, UInt, Bool) -> Int
    /// Socket, address of a `SocketAddress` to be filled, whether it is the other end's.
    public let name: @convention(c) (UInt64, UInt, Bool) -> Int
    /// Socket, whether reading ends, whether writing does.
    public let shut: @convention(c) (UInt64, Bool, Bool) -> Int
    /// Socket, address of a `SocketOption`.
    public let setOption: @convention(c) (UInt64, UInt) -> Int
    public let option: @convention(c) (UInt64, UInt) -> Int
    /// Socket, address of a `SocketAddress` to which it sends: what has to be found
    /// before there is a lock; `nil`: nothing.
    public let resolve: (@convention(c) (UInt64, UInt) -> Int)?

    public init(
        bind: @convention(c) (UInt64, UInt) -> Int,
        listen: @convention(c) (UInt64, Int32) -> Int,
        accept: @convention(c) (UInt64, UInt) -> Int,
        connect: @convention(c) (UInt64, UInt, Bool) -> Int,
        name: @convention(c) (UInt64, UInt, Bool) -> Int,
        shut: @convention(c) (UInt64, Bool, Bool) -> Int,
        setOption: @convention(c) (UInt64, UInt) -> Int,
        option: @convention(c) (UInt64, UInt) -> Int,
        resolve: (@convention(c) (UInt64, UInt) -> Int)? = nil
    ) {
        self.bind = bind
        self.listen = listen
        self.accept = accept
        self.connect = connect
        self.name = name
        self.shut = shut
        self.setOption = setOption
        self.option = option
        self.resolve = resolve
    }
}

/// What `accept` is asked for, and whom it has found.
public struct AcceptRequest: Sendable, PassedByAddress {
    /// The listening descriptor does not wait.
    public internal(set) var isNonBlocking = false
    /// How the new descriptor is used.
    public let flags: OpenFlags
    public let closesOnExec: Bool
    /// The other end's address.
    public var address = SocketAddress()

    init(flags: OpenFlags, closesOnExec: Bool) {
        self.flags = flags
        self.closesOnExec = closesOnExec
    }
}

/// An option of a socket's, and its value.
public struct SocketOption: Sendable, BitwiseCopyable, PassedByAddress {
    /// The numbers of `hermit/network.h`.
    public let level: Int32
    public let number: Int32
    /// The value: up to eight numbers, of which `count` bytes are meant.
    public var value: InlineArray<8, Int32> = .init(repeating: 0)
    public var count = 0
    /// Bytes that there is room for where it is asked for.
    public var room = 0
    /// The address of what is too long for that (`TCPInformation`); 0: there is none.
    public var information: UInt = 0

    /// Bytes of a value at most.
    public static let longest = 32

    public init(level: Int32, number: Int32) {
        self.level = level
        self.number = number
    }

    /// The value as a name of at most eight bytes, the first being the lowest; 0 behind it.
    public var text: UInt64 {
        get {
            var word: UInt64 = 0
            for index in 0..<min(count, 8) {
                let byte = UInt8(truncatingIfNeeded: value[index / 4] >> Int32(8 * (index % 4)))
                if byte == 0 { break }
                word |= UInt64(byte) << UInt64(8 * index)
            }
            return word
        }
        set {
            value[0] = Int32(truncatingIfNeeded: newValue)
            value[1] = Int32(truncatingIfNeeded: newValue >> 32)
        }
    }
}

/// What belongs to the bytes of a `Transfer` by a socket (POSIX, `msghdr`).
public struct SocketMessage: PassedByAddress {
    /// Where it is sent to, or who has sent it; none: to and from the other end.
    public var address = SocketAddress()
    /// Descriptors that go with it, the first of a list.
    var descriptors = Place.none
    var lastDescriptor = Place.none
    var count = 0
    /// More was sent than there was room for.
    public var isTruncated = false
    /// Bytes that were sent.
    public var length = 0
    /// There was no memory for descriptors that came with it.
    public internal(set) var lacksDescriptors = false
    /// The address of the `SocketControl` that goes with it; 0: there is none, and nobody asks.
    public var control: UInt = 0

    public init() {}
}
