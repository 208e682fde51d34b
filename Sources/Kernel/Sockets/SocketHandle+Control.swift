import KernelNetwork
import KernelStreams
import KernelSupport
import KernelTime
import KernelWire

/// Control messages of datagrams (Linux, ip(7), ipv6(7); RFC 3542).
enum InternetControl {
    /// HERMIT_SOL_SOCKET and the protocols' levels.
    static let socketLevel: Int32 = 4095
    static let levelV4: Int32 = 0
    static let levelV6: Int32 = 41

    enum V4: Int32 {
        case typeOfService = 1
        case timeToLive = 2
        /// The interface, the address that the answer is to come from, and the destination.
        case place = 8
    }

    enum V6: Int32 {
        /// The destination, and the interface.
        case place = 50
        case hopLimit = 52
        case trafficClass = 67
    }

    static let time: Int32 = 0x0400
    static let fineTime: Int32 = 0x1025

    /// An address as it is in memory: the first byte is the lowest of a word.
    fileprivate static func word(_ address: IPv4Address) -> UInt32 { address.bits.byteSwapped }

    fileprivate static func put(_ address: IPAddress, in words: inout InlineArray<5, UInt32>) {
        let (high, low) = address.words
        words[0] = UInt32(truncatingIfNeeded: high >> 32).byteSwapped
        words[1] = UInt32(truncatingIfNeeded: high).byteSwapped
        words[2] = UInt32(truncatingIfNeeded: low >> 32).byteSwapped
        words[3] = UInt32(truncatingIfNeeded: low).byteSwapped
    }

    fileprivate static func address(in words: InlineArray<5, UInt32>) -> IPAddress {
        let six = IPv6Address(
            high: UInt64(words[0].byteSwapped) << 32 | UInt64(words[1].byteSwapped),
            low: UInt64(words[2].byteSwapped) << 32 | UInt64(words[3].byteSwapped))
        if let four = six.mapped { return .v4(four) }
        return .v6(six)
    }
}

/// What control messages ask of one datagram.
struct ControlWishes {
    var marks: PacketMarks
    /// The address that it is to come from, and the interface by which it is to leave.
    var source: IPAddress? = nil
    var interface = InterfaceNumber.none

    init(_ marks: PacketMarks) { self.marks = marks }

    /// Takes what is said at the levels that count for the destination; what is for others is
    /// passed over.
    ///
    /// - Throws: `EINVAL`: a message is not known, too short, or of no valid value; `ENODEV`.
    mutating func take(_ control: borrowing SocketControl, isV6: Bool) throws(Errno) {
        for index in 0..<control.count {
            let item = control[index]
            switch item.level {
            case InternetControl.socketLevel:
                // Nothing that is asked with one datagram; what is for AF_UNIX is passed over.
                throw .invalidArgument
            case InternetControl.levelV4 where !isV6: try takeV4(item)
            case InternetControl.levelV6 where isV6: try takeV6(item)
            default: break
            }
        }
    }

    private mutating func takeV4(_ item: SocketControl.Item) throws(Errno) {
        let number = Int32(bitPattern: item.words[0])
        switch InternetControl.V4(rawValue: item.type) {
        case .timeToLive:
            guard item.count == 4, 1...255 ~= number else { throw .invalidArgument }
            marks.hopLimit = UInt8(number)
        case .typeOfService:
            let value = item.count == 1 ? number & 0xFF : number
            guard item.count == 4 || item.count == 1, 0...255 ~= value else { throw .invalidArgument }
            marks.trafficClass = UInt8(value)
        case .place:
            guard item.count == 12 else { throw .invalidArgument }
            if item.words[0] != 0 { interface = try InterfaceNumber(program: number) }
            let wanted = IPv4Address(bits: item.words[1].byteSwapped)
            if !wanted.isUnspecified { source = .v4(wanted) }
        case nil: throw .invalidArgument
        }
    }

    private mutating func takeV6(_ item: SocketControl.Item) throws(Errno) {
        let number = Int32(bitPattern: item.words[0])
        switch InternetControl.V6(rawValue: item.type) {
        case .hopLimit:
            guard item.count == 4, -1...255 ~= number else { throw .invalidArgument }
            if number >= 0 { marks.hopLimit = UInt8(number) }
        case .trafficClass:
            guard item.count == 4, -1...255 ~= number else { throw .invalidArgument }
            if number >= 0 { marks.trafficClass = UInt8(number) }
        case .place:
            guard item.count >= 20 else { throw .invalidArgument }
            let index = Int32(bitPattern: item.words[4])
            if index != 0 { interface = try InterfaceNumber(program: index) }
            let wanted = InternetControl.address(in: item.words)
            if !wanted.isUnspecified { source = wanted }
        case nil: throw .invalidArgument
        }
    }
}

extension SocketHandle {
    /// Says how a datagram has come, as far as the socket wants to know; with the lock.
    func tell(_ header: DatagramHeader, to control: inout SocketControl) {
        let wanted = it.options.switches
        guard !wanted.isDisjoint(with: .telling) else { return }
        tellTime(header.time, to: &control)
        let arrival = header.arrival
        let destination = arrival.to.address
        if wanted.contains(.tellsPlaceV6), it.isV6 {
            var words = InlineArray<5, UInt32>(repeating: 0)
            InternetControl.put(destination, in: &words)
            words[4] = UInt32(arrival.interface.index)
            tell(InternetControl.levelV6, InternetControl.V6.place.rawValue, 20, words, to: &control)
        }
        if destination.isV6 {
            if wanted.contains(.tellsHopLimit) {
                tell(InternetControl.levelV6, InternetControl.V6.hopLimit.rawValue, arrival.marks.hopLimit, to: &control)
            }
            if wanted.contains(.tellsTrafficClass) {
                tell(
                    InternetControl.levelV6, InternetControl.V6.trafficClass.rawValue, arrival.marks.trafficClass,
                    to: &control)
            }
            return
        }
        if wanted.contains(.tellsPlace) {
            var words = InlineArray<5, UInt32>(repeating: 0)
            words[0] = UInt32(arrival.interface.index)
            words[1] = placeForAnswers(arrival)
            if case .v4(let four) = destination { words[2] = InternetControl.word(four) }
            tell(InternetControl.levelV4, InternetControl.V4.place.rawValue, 12, words, to: &control)
        }
        if wanted.contains(.tellsTimeToLive) {
            tell(InternetControl.levelV4, InternetControl.V4.timeToLive.rawValue, arrival.marks.hopLimit, to: &control)
        }
        if wanted.contains(.tellsTypeOfService) {
            _ = control.append(
                SocketControl.Item(
                    level: InternetControl.levelV4, type: InternetControl.V4.typeOfService.rawValue,
                    number: UInt32(arrival.marks.trafficClass), count: 1))
        }
    }

    /// The address that an answer comes from: of what was for many, the interface's.
    private func placeForAnswers(_ arrival: Arrival) -> UInt32 {
        guard arrival.isForMany else {
            if case .v4(let four) = arrival.to.address { return InternetControl.word(four) }
            return 0
        }
        guard let interface = arrival.interface.interface,
            case .v4(let four)? = InterfaceState.source(for: arrival.from.address, on: interface)
        else { return 0 }
        return InternetControl.word(four)
    }

    private func tellTime(_ time: Instant, to control: inout SocketControl) {
        let wanted = it.options.switches
        guard wanted.contains(.tellsTime) || wanted.contains(.tellsFineTime) else { return }
        let now = WallClock.time(at: time.nanoseconds) ?? time.nanoseconds
        let (seconds, rest) = now.quotientAndRemainder(dividingBy: 1_000_000_000)
        let isFine = wanted.contains(.tellsFineTime)
        _ = control.append(
            SocketControl.Item(
                level: InternetControl.socketLevel, type: isFine ? InternetControl.fineTime : InternetControl.time,
                seconds: seconds, part: isFine ? rest : rest / 1000))
    }

    private func tell(
        _ level: Int32, _ type: Int32, _ count: Int, _ words: InlineArray<5, UInt32>,
        to control: inout SocketControl
    ) {
        _ = control.append(SocketControl.Item(level: level, type: type, count: count, words: words))
    }

    private func tell(_ level: Int32, _ type: Int32, _ number: UInt8, to control: inout SocketControl) {
        _ = control.append(SocketControl.Item(level: level, type: type, number: UInt32(number)))
    }
}
