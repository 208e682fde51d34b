import KernelDescriptors
import KernelStreams
import KernelSupport
import KernelVsock

/// The numbers of options (`hermit/network.h`).
private enum VirtualSocketOption {
    static let socketLevel: Int32 = 4095
    static let ownLevel = Int32(VirtualAddress.family)

    enum Socket: Int32 {
        case acceptsConnections = 0x0002
        case reusesAddress = 0x0004
        case keepsAlive = 0x0008
        case broadcasts = 0x0020
        case linger = 0x0080
        case sharesPort = 0x0200
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

        /// The bit of one that is on or off.
        var bit: UInt8? {
            switch self {
            case .reusesAddress: 1
            case .keepsAlive: 2
            case .broadcasts: 4
            case .sharesPort: 8
            default: nil
            }
        }
    }

    enum Own: Int32 {
        case bufferSize = 0
        case leastBufferSize = 1
        case greatestBufferSize = 2
        case connectTime = 6
        /// The same number where a time is two words, as it is here in any case.
        case newConnectTime = 8
    }
}

extension VirtualSocket {
    func setOption(_ option: SocketOption) -> Int {
        changing { () throws(Errno) in
            switch option.level {
            case VirtualSocketOption.socketLevel: try set(option)
            case VirtualSocketOption.ownLevel: try setOwn(option)
            default: throw .protocolNotAvailable
            }
        }
    }

    private func set(_ option: SocketOption) throws(Errno) {
        guard option.count >= 4 else { throw .invalidArgument }
        guard let number = VirtualSocketOption.Socket(rawValue: option.number) else { throw .protocolNotAvailable }
        let value = option.value[0]
        if let bit = number.bit {
            record.options.switches &= ~bit
            if value != 0 { record.options.switches |= bit }
            return
        }
        let size = min(max(value, VirtualSocketOptions.least), VirtualSocketOptions.most)
        switch number {
        case .linger:
            guard option.count >= 8 else { throw .invalidArgument }
            record.options.lingers = value != 0
            record.options.lingerSeconds = max(option.value[1], 0)
        case .sendSize: record.options.sendSize = size
        case .receiveSize: record.options.receiveSize = size
        case .leastToReceive:
            VirtualSocketState.shared.table.changeOptions(place) { $0.leastToRead = value < 0 ? .max : max(value, 1) }
        case .sendLimit: record.options.sendLimit = try option.timeLimit
        case .receiveLimit: record.options.receiveLimit = try option.timeLimit
        default: throw .protocolNotAvailable
        }
    }

    private func setOwn(_ option: SocketOption) throws(Errno) {
        guard let number = VirtualSocketOption.Own(rawValue: option.number) else { throw .protocolNotAvailable }
        if number == .connectTime || number == .newConnectTime {
            guard option.count >= 16 else { throw .invalidArgument }
            // What no time is is out of range here (Linux), and none is the usual one.
            let seconds = Int64(option.value[1]) << 32 | Int64(UInt32(bitPattern: option.value[0]))
            let microseconds = Int64(option.value[3]) << 32 | Int64(UInt32(bitPattern: option.value[2]))
            guard seconds >= 0, 0..<1_000_000 ~= microseconds else { throw .resultTooLarge }
            let limit = try option.timeLimit
            let isNone = seconds == 0 && microseconds == 0
            VirtualSocketState.shared.table.changeOptions(place) {
                $0.connectTime = isNone ? VsockOptions.usualConnectTime : limit ?? .max
            }
            return
        }
        guard option.count >= 8 else { throw .invalidArgument }
        let value = UInt64(UInt32(bitPattern: option.value[1])) << 32 | UInt64(UInt32(bitPattern: option.value[0]))
        switch number {
        case .bufferSize: VirtualSocketState.shared.table.setBuffer(place, size: value)
        case .leastBufferSize: VirtualSocketState.shared.table.setBuffer(place, least: value)
        default: VirtualSocketState.shared.table.setBuffer(place, most: value)
        }
    }

    func option(_ option: inout SocketOption) -> Int {
        let flags = VirtualSocketState.enter()
        defer { VirtualSocketState.leave(flags) }
        switch option.level {
        case VirtualSocketOption.socketLevel: return ask(&option)
        case VirtualSocketOption.ownLevel: return askOwn(&option)
        default: return Errno.protocolNotAvailable.result
        }
    }

    private func ask(_ option: inout SocketOption) -> Int {
        guard let number = VirtualSocketOption.Socket(rawValue: option.number) else {
            return Errno.protocolNotAvailable.result
        }
        let options = record.options
        option.count = 4
        if let bit = number.bit {
            option.value[0] = options.switches & bit != 0 ? 1 : 0
            return 0
        }
        switch number {
        case .acceptsConnections: option.value[0] = socket.phase == .listening ? 1 : 0
        case .linger:
            option.value[0] = options.lingers ? 1 : 0
            option.value[1] = options.lingerSeconds
            option.count = 8
        case .sendSize: option.value[0] = options.sendSize
        case .receiveSize: option.value[0] = options.receiveSize
        case .leastToSend: option.value[0] = 1
        case .leastToReceive: option.value[0] = socket.options.leastToRead
        case .sendLimit: option.setTimeLimit(options.sendLimit)
        case .receiveLimit: option.setTimeLimit(options.receiveLimit)
        case .error: option.value[0] = VirtualSocketState.shared.table.takeError(place)?.rawValue ?? 0
        case .type: option.value[0] = 1
        case .protocolNumber: option.value[0] = 0
        case .family: option.value[0] = Int32(VirtualAddress.family)
        default: return Errno.protocolNotAvailable.result
        }
        return 0
    }

    private func askOwn(_ option: inout SocketOption) -> Int {
        guard let number = VirtualSocketOption.Own(rawValue: option.number) else {
            return Errno.protocolNotAvailable.result
        }
        let (options, buffer) = (socket.options, socket.credit.buffer)
        let value: UInt64
        switch number {
        case .connectTime, .newConnectTime:
            option.setTimeLimit(options.connectTime)
            return option.room >= 16 ? 0 : Errno.invalidArgument.result
        case .bufferSize: value = UInt64(buffer)
        case .leastBufferSize: value = options.least
        case .greatestBufferSize: value = options.most
        }
        option.value[0] = Int32(truncatingIfNeeded: value)
        option.value[1] = Int32(truncatingIfNeeded: value >> 32)
        option.count = 8
        return option.room >= 8 ? 0 : Errno.invalidArgument.result
    }
}
