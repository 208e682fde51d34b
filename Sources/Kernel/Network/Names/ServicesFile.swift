import KernelSupport
import KernelWire

/// A file such as /etc/services: lines of a name, a port with its protocol, and other names.
public struct ServicesFile: ~Escapable {
    private let text: RawSpan

    @_lifetime(copy text)
    public init(_ text: RawSpan) { self.text = text }

    /// The port of a service, which may be known by another name; `nil`: it has none of the protocol.
    public func port(of name: RawSpan, _ transport: DNSTransport) -> Port? {
        var lines = TextFields(text)
        while lines.nextLine() {
            guard let first = lines.next(), let field = lines.next(), let port = Self.port(field, transport)
            else { continue }
            if first.isSame(as: name) { return port }
            while let other = lines.next() {
                if other.isSame(as: name) { return port }
            }
        }
        return nil
    }

    /// The first name of a port's service, as it is written; empty: it has none of the protocol.
    @_lifetime(copy self)
    public func name(of port: Port, _ transport: DNSTransport) -> RawSpan {
        var lines = TextFields(text)
        while lines.nextLine() {
            guard let first = lines.next(), let field = lines.next() else { continue }
            if Self.port(field, transport) == port { return first }
        }
        return text.piece(0..<0)
    }

    /// What `NUMBER/PROTOCOL` says of a protocol.
    private static func port(_ field: RawSpan, _ transport: DNSTransport) -> Port? {
        var number: UInt32 = 0
        var at = 0
        while at < field.byteCount, at < 6, field.field(at: at, as: UInt8.self) &- 0x30 < 10 {
            number = number &* 10 &+ UInt32(field.field(at: at, as: UInt8.self) &- 0x30)
            at &+= 1
        }
        guard at > 0, number <= 65_535, field.byteCount == at &+ 4,
            field.holds(transport == .tcp ? "/tcp" : "/udp", at: UInt64(at))
        else { return nil }
        return Port(UInt16(number))
    }

    /// Services that programs ask for by name where there is no such file (IANA's registry of
    /// service names and port numbers).
    public static let known: StaticString = """
        echo 7/tcp
        echo 7/udp
        discard 9/tcp sink null
        discard 9/udp sink null
        daytime 13/tcp
        daytime 13/udp
        chargen 19/tcp ttytst source
        chargen 19/udp ttytst source
        ftp-data 20/tcp
        ftp 21/tcp
        ssh 22/tcp
        telnet 23/tcp
        smtp 25/tcp mail
        time 37/tcp timserver
        time 37/udp timserver
        domain 53/tcp
        domain 53/udp
        bootps 67/udp
        bootpc 68/udp
        tftp 69/udp
        gopher 70/tcp
        finger 79/tcp
        http 80/tcp www
        kerberos 88/tcp kerberos5 krb5 kerberos-sec
        kerberos 88/udp kerberos5 krb5 kerberos-sec
        pop3 110/tcp pop-3
        sunrpc 111/tcp portmapper
        sunrpc 111/udp portmapper
        nntp 119/tcp readnews untp
        ntp 123/udp
        imap2 143/tcp imap
        snmp 161/tcp
        snmp 161/udp
        snmp-trap 162/tcp snmptrap
        snmp-trap 162/udp snmptrap
        bgp 179/tcp
        irc 194/tcp
        irc 194/udp
        ldap 389/tcp
        ldap 389/udp
        https 443/tcp
        https 443/udp
        microsoft-ds 445/tcp
        submissions 465/tcp ssmtp smtps urd
        syslog 514/udp
        submission 587/tcp
        ipp 631/tcp
        ldaps 636/tcp
        ldaps 636/udp
        domain-s 853/tcp
        domain-s 853/udp
        imaps 993/tcp
        pop3s 995/tcp
        socks 1080/tcp
        nfs 2049/tcp
        nfs 2049/udp
        mysql 3306/tcp
        postgresql 5432/tcp postgres
        xmpp-client 5222/tcp jabber-client
        mdns 5353/udp
        redis 6379/tcp
        http-alt 8080/tcp webcache
        http-alt 8080/udp

        """
}

extension RawSpan {
    /// Whether another text has the same bytes.
    func isSame(as other: RawSpan) -> Bool {
        guard byteCount == other.byteCount else { return false }
        for i in 0..<byteCount where field(at: i, as: UInt8.self) != other.field(at: i, as: UInt8.self) {
            return false
        }
        return true
    }
}
