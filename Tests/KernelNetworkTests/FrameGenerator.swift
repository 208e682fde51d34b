import KernelWire
import NetworkSimulation

/// Makes frames for a host: from sound ones with everything in them to noise, and
/// mostly what is nearly right. Addresses are of few, so that things meet.
struct FrameGenerator {
    var random: SeededGenerator
    /// The host's, its peers', and addresses that nobody has.
    let v4: [IPv4Address] = [
        IPv4Address(10, 0, 0, 1), IPv4Address(10, 0, 0, 1), IPv4Address(10, 0, 0, 1), IPv4Address(10, 0, 0, 2),
        IPv4Address(10, 0, 0, 3), IPv4Address(10, 0, 0, 255), .broadcast, .allSystems, .unspecified, .loopback,
        IPv4Address(224, 0, 0, 251), IPv4Address(8, 8, 8, 8), IPv4Address(255, 1, 2, 3),
    ]
    let v6: [IPv6Address]
    private static let stations = [
        TwoHosts.stationA, TwoHosts.stationA, TwoHosts.stationA, TwoHosts.stationB, .broadcast, .zero,
        EthernetAddress(group: IPv6Address.allNodes), EthernetAddress(bits: 0x0100_5e00_0001),
        EthernetAddress(bits: 0x0200_0000_00fe),
    ]

    init(seed: UInt64, own: IPv6Address) {
        random = SeededGenerator(seed: seed)
        v6 = [
            own, own, own, own.solicitedNode, IPv6Address(high: 0xfe80 << 48, low: 2),
            IPv6Address(high: 0xfe80 << 48, low: 0xfe), .allNodes, .unspecified, .loopback,
            IPv6Address(high: 0x2001_0db8 << 32, low: 5), IPv6Address(mapping: IPv4Address(10, 0, 0, 1)),
            IPv6Address(high: 0xff02 << 48, low: 0xfb),
        ]
    }

    mutating func next() -> [UInt8] {
        let choice = random.below(16)
        if choice == 0 { return random.bytes(random.below(120)) }
        var frame: [UInt8] = []
        let isV6 = choice >= 9
        let station = random.below(3) == 0 ? one(of: Self.stations) : TwoHosts.stationA
        append(isV6 && random.below(4) == 0 ? Self.stations[6] : station, to: &frame)
        append(random.below(4) == 0 ? one(of: Self.stations) : TwoHosts.stationB, to: &frame)
        frame += choice <= 2 ? [8, 6] : isV6 ? [0x86, 0xdd] : [8, 0]
        if choice <= 2 {
            arp(&frame)
        } else if isV6 {
            packet6(&frame)
        } else {
            packet4(&frame)
        }
        // A few bytes of noise, a piece less or more.
        if random.below(4) == 0, !frame.isEmpty {
            for _ in 0...random.below(3) { frame[random.below(frame.count)] = UInt8(random.below(256)) }
        }
        if random.below(16) == 0 { frame.removeLast(random.below(frame.count)) }
        if random.below(16) == 0 { frame += random.bytes(random.below(40)) }
        return frame
    }

    private mutating func one<Element>(of list: [Element]) -> Element { list[random.below(list.count)] }

    private mutating func arp(_ frame: inout [UInt8]) {
        frame += [0, 1, 8, 0, 6, 4, 0, UInt8(random.below(3))]
        append(one(of: Self.stations), to: &frame)
        append(one(of: v4), to: &frame)
        append(one(of: Self.stations), to: &frame)
        append(one(of: v4), to: &frame)
    }

    private mutating func packet4(_ frame: inout [UInt8]) {
        let start = frame.count
        let options = random.below(6) == 0 ? random.bytes(4 * (1 + random.below(10))) : []
        let number = [1, 1, 1, 2, 6, 6, 17, 17, 200][random.below(9)] as UInt8
        let source = random.below(4) == 0 ? one(of: v4) : v4[3 + random.below(2)]
        let destination = random.below(3) == 0 ? one(of: v4) : v4[0]
        let payload = transport(number, .v4(source), .v4(destination))
        let length = 20 + options.count + payload.count
        frame += [0x40 | UInt8(5 + options.count / 4), 0, UInt8(length >> 8), UInt8(length & 255), 0, UInt8(random.below(4))]
        frame += random.below(3) == 0 ? [[0x20, 0x00, 0x40, 0x20][random.below(4)], UInt8(random.below(6))] : [0, 0]
        frame += [random.below(3) == 0 ? 1 : 64, number, 0, 0]
        append(source, to: &frame)
        append(destination, to: &frame)
        frame += options
        seal(&frame, from: start, at: start + 10, InternetChecksum())
        frame += payload
    }

    private mutating func packet6(_ frame: inout [UInt8]) {
        let source = random.below(4) == 0 ? one(of: v6) : v6[4 + random.below(2)]
        let destination = random.below(3) == 0 ? one(of: v6) : v6[random.below(8) == 0 ? 6 : 0]
        var chain: [UInt8] = []
        var numbers: [UInt8] = []
        while random.below(3) == 0, numbers.count < 10 {
            let number = [0, 43, 44, 60][random.below(4)] as UInt8
            numbers.append(number)
            if number == 44 {
                chain += [0, 0, 0, UInt8(random.below(4) * 8 + random.below(2)), 0, 0, 0, UInt8(random.below(4))]
            } else {
                chain += [0, 0] + (random.below(2) == 0 ? [1, 4, 0, 0, 0, 0] : random.bytes(6))
            }
        }
        let last = [58, 58, 58, 58, 6, 17, 59, 200][random.below(8)] as UInt8
        for (i, number) in (numbers.dropFirst() + [last]).enumerated() where i < numbers.count {
            chain[i * 8] = number
        }
        let payload = transport(last, .v6(source), .v6(destination))
        let length = chain.count + payload.count
        frame += [0x60, 0, 0, 0, UInt8(length >> 8), UInt8(length & 255), numbers.first ?? last]
        frame += [[255, 255, 64, 1][random.below(4)]]
        append(source, to: &frame)
        append(destination, to: &frame)
        frame += chain + payload
    }

    private mutating func transport(_ number: UInt8, _ source: IPAddress, _ destination: IPAddress) -> [UInt8] {
        var bytes: [UInt8]
        var place = -1
        switch number {
        case 1:
            bytes = [[0, 3, 3, 5, 8, 8, 11, 12, 13][random.below(9)], UInt8(random.below(6)), 0, 0] + random.bytes(4)
            if bytes[0] == 8 || bytes[0] == 0 { bytes += random.bytes(random.below(64)) } else { bytes += quote4() }
            place = 2
        case 2:
            bytes = [[0x11, 0x12, 0x16, 0x17, 0x22][random.below(5)], UInt8(random.below(256)), 0, 0]
            append(random.below(2) == 0 ? .unspecified : IPv4Address(224, 0, 0, 251), to: &bytes)
            if random.below(2) == 0 { bytes += [0, 0, 0, UInt8(random.below(3))] }
            place = 2
        case 6:
            bytes = random.bytes(12) + [UInt8(5 + random.below(11)) << 4, UInt8(random.below(256))] + random.bytes(6 + random.below(60))
            place = 16
        case 17:
            let count = random.below(40)
            bytes = [0, 7, 0, random.below(2) == 0 ? 53 : UInt8(random.below(100)), 0, UInt8(8 + count), 0, 0] + random.bytes(count)
            place = 6
        case 58:
            bytes = message6()
            place = 2
        default: bytes = random.bytes(random.below(60))
        }
        guard place >= 0 else { return bytes }
        var sum = InternetChecksum()
        if number != 1 && number != 2 {
            sum.accumulatePseudoHeader(
                source: source, destination: destination, protocol: IPProtocol(number), length: bytes.count)
        }
        seal(&bytes, from: 0, at: place, sum)
        return bytes
    }

    private mutating func quote4() -> [UInt8] {
        var bytes: [UInt8] = [0x45, 0, 0, 60, 0, 1, 0, 0, 64, [1, 6, 17][random.below(3)], 0, 0]
        append(random.below(2) == 0 ? v4[0] : one(of: v4), to: &bytes)
        append(one(of: v4), to: &bytes)
        return bytes + random.bytes(random.below(12))
    }

    private mutating func message6() -> [UInt8] {
        let type = [1, 2, 3, 4, 128, 128, 129, 130, 131, 132, 133, 134, 134, 135, 135, 136, 136, 137, 143, 7, 200][
            random.below(21)] as UInt8
        var bytes: [UInt8] = [type, random.below(6) == 0 ? 1 : 0, 0, 0]
        switch type {
        case 1...4:
            bytes += [0, 0, UInt8(random.below(8)), UInt8(random.below(256)), 0x60, 0, 0, 0, 0, 8]
            bytes += [[6, 17, 58, 0][random.below(4)], 64]
            append(one(of: v6), to: &bytes)
            append(one(of: v6), to: &bytes)
            bytes += random.bytes(random.below(12))
        case 128, 129: bytes += random.bytes(4 + random.below(60))
        case 130...132:
            bytes += [0, UInt8(random.below(256)), 0, 0]
            append(random.below(2) == 0 ? .unspecified : one(of: v6), to: &bytes)
            if random.below(2) == 0 { bytes += [2, 125, 0, UInt8(random.below(2))] }
        case 134:
            bytes += [UInt8(random.below(256)), 0, UInt8(random.below(3)), 8] + random.bytes(8)
            for _ in 0..<random.below(4) {
                switch random.below(4) {
                case 0: bytes += [1, 1, 2, 0, 0, 0, 0, 0xfe]
                case 1: bytes += [5, 1, 0, 0, 0, 0, UInt8(random.below(8)), 0]
                case 2:
                    bytes += [3, 4, 64, 0xc0, 0, 0, UInt8(random.below(255)), 0, 0, 0, 0, UInt8(random.below(255)), 0, 0, 0, 0]
                    append(IPv6Address(high: 0x2001_0db8_0000_0000 + UInt64(random.below(20)), low: 0), to: &bytes)
                default:
                    bytes += [25, 3, 0, 0, 0, 0, 1, 0]
                    append(one(of: v6), to: &bytes)
                }
            }
        case 135, 136:
            bytes += [UInt8(random.below(8)) << 5, 0, 0, 0]
            append(one(of: v6), to: &bytes)
            if random.below(2) == 0 {
                bytes += [type == 135 ? 1 : 2, UInt8(random.below(8) == 0 ? 0 : 1)]
                append(one(of: Self.stations), to: &bytes)
            }
        default: bytes += random.bytes(4 + random.below(40))
        }
        return bytes
    }

    private func seal(_ bytes: inout [UInt8], from start: Int, at place: Int, _ sum: InternetChecksum) {
        guard place + 1 < bytes.count else { return }
        var sum = sum
        bytes[place] = 0
        bytes[place + 1] = 0
        sum.accumulate(unsafe bytes.span.bytes.piece(start..<bytes.count))
        bytes[place] = UInt8(sum.checksum >> 8)
        bytes[place + 1] = UInt8(truncatingIfNeeded: sum.checksum)
    }

    private func append(_ address: EthernetAddress, to bytes: inout [UInt8]) {
        for shift in stride(from: 40, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: address.bits >> UInt64(shift)))
        }
    }

    private func append(_ address: IPv4Address, to bytes: inout [UInt8]) {
        for shift in stride(from: 24, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: address.bits >> UInt32(shift)))
        }
    }

    private func append(_ address: IPv6Address, to bytes: inout [UInt8]) {
        for word in [address.high, address.low] {
            for shift in stride(from: 56, through: 0, by: -8) {
                bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(shift)))
            }
        }
    }
}
