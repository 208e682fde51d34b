import KernelMain
import KernelNetwork
import KernelStreams
import KernelSupport
import KernelTime
import KernelWire

extension SocketHandle {
    // MARK: - Setting

    func setOption(_ option: SocketOption) -> Int {
        var work = NetworkWork()
        if option.level == InternetOption.Level.socket.rawValue,
            option.number == InternetOption.Socket.tellsTime.rawValue
                || option.number == InternetOption.Socket.tellsFineTime.rawValue
        {
            // It may wait for the real-time clock.
            _ = WallClock.start()
        }
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
            case .raw, .icmpv6: try setFilter(option)
            }
            return 0
        }
        if it.isStream { begin(&work) }
        leave(flags, work)
        work.run()
        return result
    }

    private func setSocket(_ option: SocketOption) throws(Errno) {
        if option.number == InternetOption.Socket.device.rawValue { return try setDevice(option) }
        guard option.count >= 4 else { throw .invalidArgument }
        guard let number = InternetOption.Socket(rawValue: option.number) else {
            throw .protocolNotAvailable
        }
        let value = option.value[0]
        if let bit = number.bit {
            set(bit, value != 0)
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
        case .tellsTime, .tellsFineTime:
            // The last one that was said counts.
            set(.tellsTime, value != 0 && number == .tellsTime)
            set(.tellsFineTime, value != 0 && number == .tellsFineTime)
        default: throw .protocolNotAvailable
        }
    }

    /// SO_BINDTODEVICE: an interface by its name; no name: any.
    ///
    /// - Throws: `ENODEV`; `EADDRINUSE`.
    private func setDevice(_ option: SocketOption) throws(Errno) {
        var word: UInt64 = 0
        // Names are shorter than eight bytes; what is longer is none.
        for index in 0..<min(option.count, InterfaceName.size - 1) {
            let byte = UInt8(truncatingIfNeeded: option.value[index / 4] >> Int32(8 * (index % 4)))
            if byte == 0 { break }
            guard index < 8 else { throw .operationNotSupportedByDevice }
            word |= UInt64(byte) << UInt64(8 * index)
        }
        guard word != 0 else { return try setDevice(.none) }
        guard let interface = InterfaceName.interface(named: word) else { throw .operationNotSupportedByDevice }
        try setDevice(InterfaceNumber(interface))
    }

    // MARK: - Filters of messages

    /// ICMP_FILTER, ICMP6_FILTER: a bit for each type that is not wanted.
    private func setFilter(_ option: SocketOption) throws(Errno) {
        guard hasFilter(option) else { throw .protocolNotAvailable }
        let bytes = it.isV6 ? 32 : 4
        guard option.count >= bytes || !it.isV6 && option.count > 0 else { throw .invalidArgument }
        for index in 0..<bytes / 4 { it.filter[index] = UInt32(bitPattern: option.value[index]) }
    }

    private func askFilter(_ option: inout SocketOption) -> Int {
        guard hasFilter(option) else { return Errno.protocolNotAvailable.result }
        option.count = it.isV6 ? 32 : 4
        for index in 0..<option.count / 4 { option.value[index] = Int32(bitPattern: it.filter[index]) }
        return 0
    }

    private func hasFilter(_ option: SocketOption) -> Bool {
        it.style == .raw && option.number == 1
            && option.level == (it.isV6 ? InternetOption.Level.icmpv6 : .raw).rawValue
    }

    private func setSwitch(_ bit: TCP.Options.Switches, _ isOn: Bool) {
        if isOn { it.options.tcp.switches.insert(bit) } else { it.options.tcp.switches.remove(bit) }
        changeTransport()
    }

    func changeTransport() {
        guard it.hasConnection else { return }
        tcp.optionsChanged(
            transportOptions(to: it.remote.address), now: NetworkWork().now)
    }

    private func setTransport(_ option: SocketOption, _ work: inout NetworkWork) throws(Errno) {
        guard it.isStream, let number = InternetOption.Transport(rawValue: option.number) else {
            throw .protocolNotAvailable
        }
        if number == .congestion { return try setCongestion(option) }
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
        case .deferral:
            it.options.deferral = TCPInformation.deferral(value)
            if it.phase == .listening { it.listener.it.tcp.deferral = TCPInformation.retransmissions(value) }
        case .information, .congestion: throw .protocolNotAvailable
        }
        changeTransport()
    }

    /// TCP_CONGESTION: by its name.
    ///
    /// - Throws: `ENOENT`: there is none of that name.
    private func setCongestion(_ option: SocketOption) throws(Errno) {
        guard option.count >= 1 else { throw .invalidArgument }
        switch option.text {
        case TCPInformation.cubic: setSwitch(.newReno, false)
        case TCPInformation.reno: setSwitch(.newReno, true)
        default: throw .noSuchFileOrDirectory
        }
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
            switch number {
            case .information:
                guard option.information != 0 else { return Errno.protocolNotAvailable.result }
                tell(to: &TCP.Information[option.information])
                option.count = TCPInformation.size
            case .congestion:
                let name = it.options.tcp.switches.contains(.newReno) ? TCPInformation.reno : TCPInformation.cubic
                option.text = name
                option.count = 16
            default: option.value[0] = ask(number)
            }
        case .ip: return askIP(&option)
        case .ipv6: return askIPv6(&option)
        case .raw, .icmpv6: return askFilter(&option)
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
        case .deferral: it.options.deferral
        case .information, .congestion: 0
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
        case .tellsTime: option.value[0] = it.options.switches.contains(.tellsTime) ? 1 : 0
        case .tellsFineTime: option.value[0] = it.options.switches.contains(.tellsFineTime) ? 1 : 0
        case .device:
            guard let interface = it.options.device.interface else {
                option.count = 0
                return 0
            }
            guard option.room >= InterfaceName.size else { return Errno.invalidArgument.result }
            let (word, count) = InterfaceName.bytes(of: interface)
            option.text = word
            option.count = count + 1
        case .error: option.value[0] = takeError()?.rawValue ?? 0
        case .type: option.value[0] = it.isStream ? 1 : it.style == .raw ? 3 : 2
        case .protocolNumber: option.value[0] = Int32(it.transport.number)
        case .family:
            option.value[0] = Int32(it.isV6 ? InternetAddress.familyV6 : InternetAddress.familyV4)
        default: return Errno.protocolNotAvailable.result
        }
        return 0
    }
}
