import KernelNetwork
import KernelStreams
import KernelSupport
import KernelWire

// Options of the levels of IP and IPv6 (Linux, ip(7), ipv6(7); RFC 3493, RFC 3542). With the
// lock.
extension SocketHandle {
    // MARK: - Setting

    func setIP(_ option: SocketOption) throws(Errno) {
        guard let number = InternetOption.V4(rawValue: option.number) else { throw .protocolNotAvailable }
        switch number {
        case .join, .leave: return try setMembership(option, joins: number == .join)
        case .groupDevice: return try setGroupDevice(option)
        default: break
        }
        // A byte will do, and none is 0 (Linux).
        let value = option.count >= 4 ? option.value[0] : option.count >= 1 ? option.value[0] & 0xFF : 0
        if let bit = number.bit {
            set(bit, value != 0)
            return
        }
        switch number {
        case .typeOfService:
            // A stream's ECN bits are TCP's own (RFC 3168, 5).
            let mask: UInt8 = it.isStream ? 0xFC : 0xFF
            it.options.typeOfService = UInt8(truncatingIfNeeded: value) & mask
        case .timeToLive:
            guard option.count >= 1, value == -1 || 1...255 ~= value else { throw .invalidArgument }
            it.options.timeToLive = value == -1 ? 64 : UInt8(value)
        case .groupTimeToLive:
            guard !it.isStream, option.count >= 1, -1...255 ~= value else { throw .invalidArgument }
            it.options.groupTimeToLive = value == -1 ? 1 : UInt8(value)
        case .groupLoop:
            guard option.count >= 1 else { throw .invalidArgument }
            set(.doesNotLoop, value == 0)
        case .allGroups:
            guard option.count >= 1, 0...1 ~= value else { throw .invalidArgument }
            set(.onlyOwnGroups, value == 0)
        default: throw .protocolNotAvailable
        }
    }

    func setIPv6(_ option: SocketOption) throws(Errno) {
        guard it.isV6, let number = InternetOption.V6(rawValue: option.number) else {
            throw .protocolNotAvailable
        }
        if number == .join || number == .leave { return try setMembershipV6(option, joins: number == .join) }
        if it.isStream, number == .groupDevice || number == .groupHopLimit { throw .protocolNotAvailable }
        guard option.count >= 4 else { throw .invalidArgument }
        let value = option.value[0]
        if let bit = number.bit {
            set(bit, value != 0)
            return
        }
        switch number {
        case .hopLimit:
            guard -1...255 ~= value else { throw .invalidArgument }
            it.options.hopLimit = value == -1 ? 64 : UInt8(value)
        case .trafficClass:
            guard -1...255 ~= value else { throw .invalidArgument }
            it.options.trafficClass = value == -1 ? 0 : UInt8(value) & (it.isStream ? 0xFC : 0xFF)
        case .groupHopLimit:
            guard -1...255 ~= value else { throw .invalidArgument }
            it.options.groupHopLimit = value == -1 ? 1 : UInt8(value)
        case .groupLoop:
            guard 0...1 ~= value else { throw .invalidArgument }
            set(.doesNotLoopV6, value == 0)
        case .allGroups: set(.onlyOwnGroupsV6, value == 0)
        case .groupDevice:
            let device = try InterfaceNumber(program: value)
            guard device == .none || it.options.device == .none || device == it.options.device else {
                throw .invalidArgument
            }
            it.options.groupDeviceV6 = device
        case .onlyV6:
            guard it.bound == nil else { throw .invalidArgument }
            set(.onlyV6, value != 0)
        default: throw .protocolNotAvailable
        }
    }

    func set(_ bit: InternetOptions.Switches, _ isOn: Bool) {
        if isOn { it.options.switches.insert(bit) } else { it.options.switches.remove(bit) }
    }

    // MARK: - Asking

    func askIP(_ option: inout SocketOption) -> Int {
        let options = it.options
        let number = InternetOption.V4(rawValue: option.number)
        if let bit = number?.bit {
            option.value[0] = options.switches.contains(bit) ? 1 : 0
            return 0
        }
        switch number {
        case .typeOfService: option.value[0] = Int32(options.typeOfService)
        case .timeToLive: option.value[0] = Int32(options.timeToLive)
        case .groupTimeToLive: option.value[0] = Int32(options.groupTimeToLive)
        case .groupLoop: option.value[0] = options.switches.contains(.doesNotLoop) ? 0 : 1
        case .allGroups: option.value[0] = options.switches.contains(.onlyOwnGroups) ? 0 : 1
        case .groupDevice: option.value[0] = Int32(bitPattern: options.groupSource.bits.byteSwapped)
        default: return Errno.protocolNotAvailable.result
        }
        return 0
    }

    func askIPv6(_ option: inout SocketOption) -> Int {
        guard it.isV6 else { return Errno.notSupported.result }
        let options = it.options
        let number = InternetOption.V6(rawValue: option.number)
        if let bit = number?.bit {
            option.value[0] = options.switches.contains(bit) ? 1 : 0
            return 0
        }
        switch number {
        case .hopLimit: option.value[0] = Int32(options.hopLimit)
        case .trafficClass: option.value[0] = Int32(options.trafficClass)
        case .groupHopLimit: option.value[0] = Int32(options.groupHopLimit)
        case .groupLoop: option.value[0] = options.switches.contains(.doesNotLoopV6) ? 0 : 1
        case .allGroups: option.value[0] = options.switches.contains(.onlyOwnGroupsV6) ? 0 : 1
        case .groupDevice: option.value[0] = Int32(options.groupDeviceV6.index)
        case .onlyV6: option.value[0] = options.switches.contains(.onlyV6) ? 1 : 0
        default: return Errno.protocolNotAvailable.result
        }
        return 0
    }
}
