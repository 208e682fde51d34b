import KernelNetwork
import KernelStreams
import KernelSupport
import KernelWire

/// The numbers of options (`hermit/network.h`), by their levels.
enum InternetOption {
    enum Level: Int32 {
        case ip = 0
        case tcp = 6
        case ipv6 = 41
        case socket = 4095
    }

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

        var bit: InternetOptions.Switches? {
            switch self {
            case .reusesAddress: .reusesAddress
            case .sharesPort: .sharesPort
            case .broadcasts: .broadcasts
            case .keepsAlive: .keepsAlive
            default: nil
            }
        }
    }

    enum Transport: Int32 {
        case noDelay = 1
        case greatestSegment = 2
        case cork = 3
        case idle = 4
        case interval = 5
        case probes = 6
        case quickAcknowledgments = 12
        case userTimeout = 18
    }
}

extension SocketHandle {
    // MARK: - Setting

    func setOption(_ option: SocketOption) -> Int {
        var work = NetworkWork()
        let flags = enter()
        let result = outcome { () throws(Errno) in
            guard let level = InternetOption.Level(rawValue: option.level) else {
                throw .protocolNotAvailable
            }
            switch level {
            case .socket: try setSocket(option)
            case .tcp: try setTransport(option, &work)
            case .ip: try setIP(option)
            case .ipv6: try setIPv6(option)
            }
            return 0
        }
        if it.isStream { begin(&work) }
        leave(flags, work)
        work.run()
        return result
    }

    private func setSocket(_ option: SocketOption) throws(Errno) {
        guard option.count >= 4 else { throw .invalidArgument }
        guard let number = InternetOption.Socket(rawValue: option.number) else {
            throw .protocolNotAvailable
        }
        let value = option.value[0]
        if let bit = number.bit {
            if value != 0 { it.options.switches.insert(bit) } else { it.options.switches.remove(bit) }
            if number == .keepsAlive { setSwitch(.keepAlive, value != 0) }
            return
        }
        let size = min(max(value, InternetOptions.least), InternetOptions.most)
        switch number {
        case .linger:
            guard option.count >= 8 else { throw .invalidArgument }
            it.options.lingers = value != 0
            it.options.lingerSeconds = max(option.value[1], 0)
        case .sendSize: it.options.sendSize = size
        case .receiveSize:
            it.options.receiveSize = size
            it.options.switches.insert(.fixesReceive)
            it.options.tcp.receiveLimit = UInt32(size)
            changeTransport()
        case .leastToReceive: it.options.least = value < 0 ? .max : max(value, 1)
        case .sendLimit: it.options.sendLimit = try option.timeLimit
        case .receiveLimit: it.options.receiveLimit = try option.timeLimit
        default: throw .protocolNotAvailable
        }
    }

    private func setSwitch(_ bit: TCP.Options.Switches, _ isOn: Bool) {
        if isOn { it.options.tcp.switches.insert(bit) } else { it.options.tcp.switches.remove(bit) }
        changeTransport()
    }

    private func changeTransport() {
        guard it.hasConnection else { return }
        tcp.optionsChanged(
            transportOptions(to: it.remote.address), now: NetworkWork().now)
    }

    private func setTransport(_ option: SocketOption, _ work: inout NetworkWork) throws(Errno) {
        guard it.isStream, let number = InternetOption.Transport(rawValue: option.number) else {
            throw .protocolNotAvailable
        }
        guard option.count >= 4 else { throw .invalidArgument }
        let value = option.value[0]
        switch number {
        case .noDelay: setSwitch(.noDelay, value != 0)
        case .cork: setSwitch(.cork, value != 0)
        case .quickAcknowledgments: setSwitch(.quickAcknowledgments, value != 0)
        case .greatestSegment:
            // Linux's bounds, and 0 for none.
            guard value == 0 || 88...32_767 ~= value else { throw .invalidArgument }
            it.options.tcp.greatestSegment = UInt16(value)
        case .idle:
            guard 1...32_767 ~= value else { throw .invalidArgument }
            it.options.tcp.keepAliveIdle = UInt16(value)
        case .interval:
            guard 1...32_767 ~= value else { throw .invalidArgument }
            it.options.tcp.keepAliveInterval = UInt16(value)
        case .probes:
            guard 1...127 ~= value else { throw .invalidArgument }
            it.options.tcp.keepAliveProbes = UInt8(value)
        case .userTimeout:
            guard value >= 0 else { throw .invalidArgument }
            it.options.tcp.userTimeout = UInt32(value)
        }
        changeTransport()
    }

    private func setIP(_ option: SocketOption) throws(Errno) {
        guard option.number == 1 || option.number == 2 else { throw .protocolNotAvailable }
        guard option.count >= 1 else { throw .invalidArgument }
        // A byte will do (Linux).
        let value = option.count >= 4 ? option.value[0] : option.value[0] & 0xFF
        if option.number == 1 {
            it.options.typeOfService = UInt8(truncatingIfNeeded: value)
        } else {
            guard value == -1 || 1...255 ~= value else { throw .invalidArgument }
            it.options.timeToLive = value == -1 ? 64 : UInt8(value)
        }
    }

    private func setIPv6(_ option: SocketOption) throws(Errno) {
        guard it.isV6 else { throw .protocolNotAvailable }
        guard option.number == 27 || option.number == 16 else { throw .protocolNotAvailable }
        guard option.count >= 4 else { throw .invalidArgument }
        let value = option.value[0]
        guard option.number == 27 else {
            guard -1...255 ~= value else { throw .invalidArgument }
            it.options.hopLimit = value == -1 ? 64 : UInt8(value)
            return
        }
        guard it.bound == nil else { throw .invalidArgument }
        if value != 0 { it.options.switches.insert(.onlyV6) } else { it.options.switches.remove(.onlyV6) }
    }

    // MARK: - Asking

    func option(_ option: inout SocketOption) -> Int {
        let work = NetworkWork()
        let flags = enter()
        defer { leave(flags, work) }
        option.count = 4
        switch InternetOption.Level(rawValue: option.level) {
        case .socket: return askSocket(&option)
        case .tcp:
            // Each version has its own word for it (Linux).
            guard it.isStream else {
                return it.isV6 ? Errno.protocolNotAvailable.result : Errno.notSupported.result
            }
            guard let number = InternetOption.Transport(rawValue: option.number) else {
                return Errno.protocolNotAvailable.result
            }
            option.value[0] = ask(number)
        case .ip where option.number == 1: option.value[0] = Int32(it.options.typeOfService)
        case .ip where option.number == 2: option.value[0] = Int32(it.options.timeToLive)
        case .ipv6 where it.isV6 && option.number == 27:
            option.value[0] = it.options.switches.contains(.onlyV6) ? 1 : 0
        case .ipv6 where it.isV6 && option.number == 16: option.value[0] = Int32(it.options.hopLimit)
        case .ipv6 where !it.isV6: return Errno.notSupported.result
        case .ip, .ipv6: return Errno.protocolNotAvailable.result
        case nil: return Errno.notSupported.result
        }
        return 0
    }

    private func ask(_ number: InternetOption.Transport) -> Int32 {
        let set = it.options.tcp
        return switch number {
        case .noDelay: set.switches.contains(.noDelay) ? 1 : 0
        case .cork: set.switches.contains(.cork) ? 1 : 0
        case .quickAcknowledgments: set.switches.contains(.quickAcknowledgments) ? 1 : 0
        case .greatestSegment: Int32(!it.hasConnection ? max(set.greatestSegment, 536) : tcp.segmentSize)
        case .idle: Int32(set.keepAliveIdle)
        case .interval: Int32(set.keepAliveInterval)
        case .probes: Int32(set.keepAliveProbes)
        case .userTimeout: Int32(clamping: set.userTimeout)
        }
    }

    private func askSocket(_ option: inout SocketOption) -> Int {
        guard let number = InternetOption.Socket(rawValue: option.number) else {
            return Errno.protocolNotAvailable.result
        }
        if let bit = number.bit {
            option.value[0] = it.options.switches.contains(bit) ? 1 : 0
            return 0
        }
        switch number {
        case .acceptsConnections: option.value[0] = it.phase == .listening ? 1 : 0
        case .sendSize: option.value[0] = it.options.sendSize
        case .receiveSize: option.value[0] = it.options.receiveSize
        case .leastToSend: option.value[0] = 1
        case .leastToReceive: option.value[0] = it.options.least
        case .sendLimit: option.setTimeLimit(it.options.sendLimit)
        case .receiveLimit: option.setTimeLimit(it.options.receiveLimit)
        case .linger:
            option.value[0] = it.options.lingers ? 1 : 0
            option.value[1] = it.options.lingerSeconds
            option.count = 8
        case .error: option.value[0] = takeError()?.rawValue ?? 0
        case .type: option.value[0] = it.isStream ? 1 : 2
        case .protocolNumber: option.value[0] = it.isStream ? 6 : 17
        case .family:
            option.value[0] = Int32(it.isV6 ? InternetAddress.familyV6 : InternetAddress.familyV4)
        default: return Errno.protocolNotAvailable.result
        }
        return 0
    }
}
