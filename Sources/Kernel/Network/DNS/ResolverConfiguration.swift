import KernelSupport
import KernelWire

/// Whom to ask and how (resolv.conf's terms).
public struct ResolverConfiguration: Sendable {
    public static let mostServers = 4
    public static let mostSearchDomains = 6
    /// Dots from which on a name is asked for as it is first; above 15 counts as 15.
    public var dots = 1
    /// How long to wait for a server; twice as long in each round.
    public var timeout = Interval.seconds(5)
    /// How often to ask all servers, 1 to 5.
    public var rounds = 2
    public private(set) var servers = FixedList<4, NameServer>(filler: NameServer(.v4(.unspecified), .any))
    public private(set) var searchDomains = FixedList<6, DomainName>(filler: DomainName())

    /// The port of DNS.
    public static var port: Port { Port(53) }

    public init() {}

    /// Adds what a server of DHCP has told.
    public mutating func add(_ told: borrowing DHCPConfiguration) {
        for i in 0..<told.nameServers.count { _ = add(server: .v4(told.nameServers[i])) }
        if let domain = told.domain { _ = add(searchDomain: domain) }
    }

    /// - Parameter link: As `NameServer.link`.
    /// - Returns: `false`: there are as many as are used.
    public mutating func add(server: IPAddress, port: Port = Self.port, link: UInt32 = 0) -> Bool {
        servers.append(NameServer(server, port, link: link))
    }

    /// - Returns: `false`: there are as many as are used.
    public mutating func add(searchDomain: DomainName) -> Bool { searchDomains.append(searchDomain) }

    /// Reads a file such as /etc/resolv.conf. What is not understood is passed over.
    ///
    /// - Parameter link: The number of the interface that a server's address names behind a `%`
    ///   (RFC 4007, 11); `nil`: there is none of the name, and the server is passed over.
    public mutating func read(_ text: RawSpan, link: (RawSpan) -> UInt32? = { _ in nil }) {
        var lines = TextFields(text)
        while lines.nextLine() {
            guard let keyword = lines.next() else { continue }
            if keyword.holds("nameserver", at: 0), keyword.byteCount == 10 {
                guard let field = lines.next() else { continue }
                let end = field.firstOffset(of: 0x25)
                guard let address = IPAddress(text: field.piece(0..<end)) else { continue }
                if end == field.byteCount {
                    _ = add(server: address)
                } else if let link = link(field.rest(after: end + 1)), address.isV6 {
                    _ = add(server: address, link: link)
                }
            } else if keyword.holds("search", at: 0) && keyword.byteCount == 6
                || keyword.holds("domain", at: 0) && keyword.byteCount == 6
            {
                // The last such line counts.
                searchDomains = FixedList(filler: DomainName())
                while let field = lines.next() {
                    if let name = DomainName(text: field), !name.isRoot { _ = add(searchDomain: name) }
                }
            } else if keyword.holds("options", at: 0), keyword.byteCount == 7 {
                while let field = lines.next() { read(option: field) }
            }
        }
    }

    private mutating func read(option: RawSpan) {
        if option.holds("ndots:", at: 0) {
            if let number = Self.number(option.rest(after: 6)) { dots = min(number, 15) }
        } else if option.holds("timeout:", at: 0) {
            if let number = Self.number(option.rest(after: 8)) { timeout = .seconds(UInt64(max(1, min(number, 30)))) }
        } else if option.holds("attempts:", at: 0) {
            if let number = Self.number(option.rest(after: 9)) { rounds = max(1, min(number, 5)) }
        }
    }

    private static func number(_ text: RawSpan) -> Int? {
        guard text.byteCount > 0, text.byteCount <= 4 else { return nil }
        var number = 0
        for i in 0..<text.byteCount {
            let digit = text.field(at: i, as: UInt8.self) &- 0x30
            guard digit < 10 else { return nil }
            number = number * 10 + Int(digit)
        }
        return number
    }
}
