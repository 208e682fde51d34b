import KernelDescriptors
import KernelMain
import KernelSupport

/// What is set with a socket (POSIX, setsockopt).
struct LocalOptions: BitwiseCopyable {
    /// SO_SNDBUF: bytes that may wait in others' queues. SO_RCVBUF: told, no more.
    var sendSize = Int32(ByteQueue.socketCapacity)
    var receiveSize = Int32(ByteQueue.socketCapacity)
    /// SO_SNDTIMEO, SO_RCVTIMEO, in nanoseconds; `nil`: for ever.
    var sendLimit: UInt64? = nil
    var receiveLimit: UInt64? = nil
    /// SO_LINGER; a close never waits, as everything is where it is to be.
    var linger: Int32 = 0
    var lingerSeconds: Int32 = 0
    /// Bits of what is on or off.
    var switches: UInt8 = 0
    /// SO_RCVLOWAT: bytes that a read of a stream waits for, if it asks for so many.
    private(set) var least: Int32 = 1
    /// SO_PEEK_OFF: how far behind what is next a look begins; negative: nowhere.
    private(set) var peekOffset: Int32 = -1
    /// One of these two is not as usual.
    private(set) var isUnusual = false

    mutating func setLeast(_ value: Int32) {
        least = value < 0 ? .max : max(value, 1)
        isUnusual = least != 1 || peekOffset >= 0
    }

    mutating func setPeekOffset(_ value: Int32) {
        peekOffset = value
        isUnusual = least != 1 || peekOffset >= 0
    }

    /// So many bytes were looked at, or received.
    mutating func pass(_ count: Int, isLook: Bool) {
        guard peekOffset >= 0 else { return }
        peekOffset = Int32(clamping: max(Int(peekOffset) + (isLook ? count : -count), 0))
    }

    /// A buffer's size at least (Linux, socket(7)).
    static let smallest: Int32 = 4608
    static let largest = Int32(ByteQueue.socketCapacity)
}

/// The numbers of options (`hermit/network.h`).
enum SocketOptionNumber: Int32 {
    case acceptsConnections = 0x0002
    case reusesAddress = 0x0004
    case keepsAlive = 0x0008
    case broadcasts = 0x0020
    case linger = 0x0080
    case sendSize = 0x1001
    case receiveSize = 0x1002
    case leastToSend = 0x1003
    case leastToReceive = 0x1004
    case sendLimit = 0x1005
    case receiveLimit = 0x1006
    case error = 0x1007
    case type = 0x1008
    case protocolNumber = 0x1016
    case family = 0x1019
    case passesCredentials = 0x1021
    case peerCredentials = 0x1022
    case peekOffset = 0x1023

    static let level: Int32 = 4095

    /// The bit of one that is on or off.
    var bit: UInt8? {
        switch self {
        case .reusesAddress: 1
        case .keepsAlive: 2
        case .broadcasts: 4
        case .passesCredentials: 8
        default: nil
        }
    }
}

extension LocalSocket {
    static func setOption(_ place: Place, _ option: SocketOption) -> Int {
        outcome { () throws(Errno) in
            guard option.level == SocketOptionNumber.level else { throw .notSupported }
            guard option.count >= 4 else { throw .invalidArgument }
            guard let number = SocketOptionNumber(rawValue: option.number) else {
                throw .protocolNotAvailable
            }
            let value = option.value[0]
            let flags = StreamState.enter()
            defer { StreamState.leave(flags) }
            if let bit = number.bit {
                place.socket.options.switches &= ~bit
                if value != 0 { place.socket.options.switches |= bit }
                return 0
            }
            let size = min(max(value, LocalOptions.smallest), LocalOptions.largest)
            switch number {
            case .linger:
                guard option.count >= 8 else { throw .invalidArgument }
                place.socket.options.linger = value != 0 ? 1 : 0
                place.socket.options.lingerSeconds = option.value[1]
            case .sendSize:
                place.socket.options.sendSize = size
                tell(place, .writable)
            case .receiveSize: place.socket.options.receiveSize = size
            case .leastToReceive: place.socket.options.setLeast(value)
            case .peekOffset: place.socket.options.setPeekOffset(value)
            case .sendLimit: place.socket.options.sendLimit = try option.timeLimit
            case .receiveLimit: place.socket.options.receiveLimit = try option.timeLimit
            default: throw .protocolNotAvailable
            }
            return 0
        }
    }

    static func option(_ place: Place, _ option: inout SocketOption) -> Int {
        guard option.level == SocketOptionNumber.level else { return Errno.notSupported.result }
        guard let number = SocketOptionNumber(rawValue: option.number) else {
            return Errno.protocolNotAvailable.result
        }
        let flags = StreamState.enter()
        defer { StreamState.leave(flags) }
        let socket = place.socket
        option.count = 4
        if let bit = number.bit {
            option.value[0] = socket.options.switches & bit != 0 ? 1 : 0
            return 0
        }
        switch number {
        case .acceptsConnections: option.value[0] = socket.state == .listening ? 1 : 0
        case .sendSize: option.value[0] = socket.options.sendSize
        case .receiveSize: option.value[0] = socket.options.receiveSize
        case .leastToSend: option.value[0] = 1
        case .leastToReceive: option.value[0] = socket.options.least
        case .peekOffset: option.value[0] = socket.options.peekOffset
        case .sendLimit: option.setTimeLimit(socket.options.sendLimit)
        case .receiveLimit: option.setTimeLimit(socket.options.receiveLimit)
        case .linger:
            option.value[0] = socket.options.linger
            option.value[1] = socket.options.lingerSeconds
            option.count = 8
        case .error:
            option.value[0] = socket.isReset ? Errno.connectionReset.rawValue : 0
            place.socket.isReset = false
        case .type: option.value[0] = socket.style.number
        case .protocolNumber: option.value[0] = 0
        case .family: option.value[0] = Int32(LocalName.family)
        case .peerCredentials:
            // Whoever is at the other end is this program, and its user the only one.
            let isThere = socket.style.isConnected && socket.state != .alone
                || socket.state == .connected && socket.isPair
            option.value[0] = isThere ? SocketCredentials.process : 0
            option.value[1] = isThere ? 0 : -1
            option.value[2] = isThere ? 0 : -1
            option.count = 12
        default: return Errno.protocolNotAvailable.result
        }
        return 0
    }
}

extension LocalSocket.Style {
    /// HERMIT_SOCK_*.
    var number: Int32 {
        switch self {
        case .stream: 1
        case .datagram: 2
        case .sequenced: 5
        }
    }

    init?(number: Int32) {
        switch number {
        case 1: self = .stream
        case 2: self = .datagram
        case 5: self = .sequenced
        default: return nil
        }
    }
}
