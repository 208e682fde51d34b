import Foundation

/// What the machine's network card is connected with.
public enum VirtualNetwork: Equatable, Sendable {
    /// A network of the emulator's own, from which the guest reaches what the host does.
    case user([ForwardedPort])
    /// An interface of the host's, which is there, and by how many queues; with more than one it was
    /// made for several (`ip tuntap add ... multi_queue`).
    case tap(String, queues: Int = 1)
    /// Frames to and from another process, by QEMU's socket device: `listen=`, `connect=`, `mcast=`.
    case socket(String)

    /// - Parameters:
    ///   - text: `user`, `tap=NAME[,queues=COUNT]`, `socket=WORDS`; `nil` is given for `none`.
    ///   - cores: Processors that the machine has: so many queues where the interface is seen to be
    ///     made for several and nothing is said of them.
    /// - Throws: It is none of these.
    static func parse(
        _ text: String, forwarding ports: [ForwardedPort], cores: Int = 1
    ) throws -> VirtualNetwork? {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let network: VirtualNetwork
        switch (parts[0], parts.count > 1 ? parts[1] : nil) {
        case ("none", nil):
            guard ports.isEmpty else { throw ToolError("--forward: with --net none there is nothing to forward to") }
            return nil
        case ("user", nil): return .user(ports)
        case ("tap", let words?):
            let words = words.split(separator: ",", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let name = words[0]
            // Linux: fewer than 16 bytes, no slash, no blank.
            guard (1...15).contains(name.utf8.count), !name.contains(where: { $0 == "/" || $0.isWhitespace })
            else { throw ToolError("--net: '\(name)' can't be an interface's name") }
            guard words.count > 1 else {
                network = .tap(name, queues: isMadeForSeveral(name) ? max(2, min(cores, mostQueues)) : 1)
                break
            }
            let count = words[1].split(separator: "=", omittingEmptySubsequences: false)
            guard count.count == 2, count[0] == "queues", let queues = Int(count[1]), (1...mostQueues).contains(queues)
            else { throw ToolError("--net tap=NAME takes queues=1 to \(mostQueues), not '\(words[1])'") }
            network = .tap(name, queues: queues)
        case ("socket", let words?):
            guard ["listen=", "connect=", "mcast="].contains(where: words.hasPrefix), !words.contains(where: \.isWhitespace)
            else { throw ToolError("--net socket= takes listen=, connect= or mcast= with an address and a port") }
            network = .socket(words)
        default: throw ToolError("--net takes user, tap=NAME[,queues=COUNT], socket=WORDS or none, not '\(text)'")
        }
        guard ports.isEmpty else { throw ToolError("--forward is for --net user; other networks reach the guest themselves") }
        return network
    }

    /// QEMU's words for the host's end.
    func backend(id: String) -> String {
        switch self {
        case .user(let ports): (["user,id=\(id)"] + ports.map(\.rule)).joined(separator: ",")
        case .tap(let name, let queues):
            "tap,id=\(id),ifname=\(name),script=no,downscript=no" + (queues > 1 ? ",queues=\(queues)" : "")
        case .socket(let words): "socket,id=\(id),\(words)"
        }
    }

    /// More than the guest has cores are of no use.
    static let mostQueues = 64

    /// Pairs of queues of the device.
    var queues: Int { if case .tap(_, let queues) = self { queues } else { 1 } }

    /// IFF_MULTI_QUEUE: a device that was made with it takes nobody who does not ask for it. In
    /// another network namespace than that of /sys it is not seen.
    private static func isMadeForSeveral(_ name: String) -> Bool {
        guard let text = try? String(contentsOfFile: "/sys/class/net/\(name)/tun_flags", encoding: .utf8),
            let flags = Int(text.trimmingCharacters(in: .whitespacesAndNewlines).dropFirst(2), radix: 16)
        else { return false }
        return flags & 0x100 != 0
    }

    /// Whether other machines may be on the same network, so that each wants an address of
    /// its own.
    var isShared: Bool {
        if case .user = self { false } else { true }
    }
}

/// A port of the host's that leads to one of the guest's.
public struct ForwardedPort: Equatable, Sendable {
    public enum Transport: String, Sendable { case tcp, udp }

    public let transport: Transport
    /// Where the host listens.
    public let address: String
    public let port: UInt16
    public let guestPort: UInt16

    /// - Parameter text: `[ADDRESS:]PORT:GUESTPORT[/udp]`; without an address the host's own
    ///   programs alone reach it.
    /// - Throws: It is none.
    public init(_ text: String) throws {
        let problem = ToolError("--forward takes [ADDRESS:]PORT:GUESTPORT, with /udp behind it for datagrams, not '\(text)'")
        let ends = text.split(separator: "/", omittingEmptySubsequences: false)
        guard ends.count <= 2, let transport = Transport(rawValue: ends.count == 2 ? String(ends[1]) : "tcp")
        else { throw problem }
        let parts = ends[0].split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard (2...3).contains(parts.count), let port = UInt16(parts[parts.count - 2]), port > 0,
            let guestPort = UInt16(parts[parts.count - 1]), guestPort > 0
        else { throw problem }
        let address = parts.count == 3 ? parts[0] : "127.0.0.1"
        let numbers = address.split(separator: ".", omittingEmptySubsequences: false)
        guard numbers.count == 4, numbers.allSatisfy({ UInt8($0) != nil }) else { throw problem }
        (self.transport, self.address, self.port, self.guestPort) = (transport, address, port, guestPort)
    }

    var rule: String { "hostfwd=\(transport.rawValue):\(address):\(port)-:\(guestPort)" }
}

/// The machine's network card, and its connection.
public struct VirtualCard: Equatable, Sendable {
    public let network: VirtualNetwork
    /// The station's address, as `52:54:00:12:34:56`; `nil`: QEMU's.
    public let station: String?
    /// A file for all frames.
    public let capture: String?

    /// - Throws: The address is none of a station's.
    public init(network: VirtualNetwork, station: String? = nil, capture: String? = nil) throws {
        if let station {
            let bytes = station.split(separator: ":", omittingEmptySubsequences: false)
            guard bytes.count == 6, bytes.allSatisfy({ $0.count == 2 && UInt8($0, radix: 16) != nil }),
                UInt8(bytes[0], radix: 16)! & 1 == 0
            else { throw ToolError("--mac takes six bytes of a station's address, as 52:54:00:12:34:56, not '\(station)'") }
        }
        guard capture == nil || network.queues == 1 else {
            throw ToolError("--pcap: the emulator writes down frames of cards with one queue alone, not of \(network.queues)")
        }
        self.network = network
        self.station = station ?? (network.isShared ? VirtualCard.randomStation() : nil)
        self.capture = capture
    }

    /// One of QEMU's, at random: two guests of one network do not have the same.
    private static func randomStation() -> String {
        let bytes = (0..<3).map { _ in String(UInt8.random(in: 0...255), radix: 16) }
        return "52:54:00:" + bytes.map { $0.count == 1 ? "0" + $0 : $0 }.joined(separator: ":")
    }
}
