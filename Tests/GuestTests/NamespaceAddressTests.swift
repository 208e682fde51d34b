import Foundation
import TestSupport
import Testing

/// A guest gets its addresses, and names, from servers and routers on a tap device, in a network
/// namespace.
///
/// `HERMIT_LONG_NETWORK_TESTS` asks for what waits for a lease's end, two minutes.
@Suite(
    .serialized, .prepared, .timeLimit(.minutes(15)),
    .enabled(if: NetworkSpace.obstacle == nil, "\(NetworkSpace.obstacle ?? "")"))
struct NamespaceAddressTests {
    private static let program = Hermit.root + "/Tests/Programs/echo_server.c"
    private static let v4 = NetworkSpace.guestAddress
    /// The host's address of IPv6, and the guest's by the prefix that is advertised.
    private static let router = "2001:db8:98::1"
    private static let routerOnLink = "fe80::98"
    private static let v6 = "2001:db8:98:0:5054:ff:fe00:7"

    static let servers = [("dnsmasq", "dnsmasq-base"), ("socat", "socat"), ("ip", "iproute2")]
    static let routers = [("radvd", "radvd"), ("socat", "socat"), ("ip", "iproute2")]

    /// Functions of the shell's: `until COMMAND...` for a minute and a half, `echoes TEXT ADDRESS...`.
    private static let functions = """
        until_so() { for turn in $(seq 450); do "$@" && return; sleep 0.2; done; echo "not so: $*"; return 1; }
        echoes() { test "$(echo $1 | timeout 2 socat -t 2 - $2,connect-timeout=1 2>/dev/null)" = $1; }
        acknowledged() { test "$(grep -c DHCPACK $d/$1 2>/dev/null)" -ge $2; }
        trap 'kill $server' EXIT

        """

    /// A server of addresses and names, which logs to a file. Two minutes are the shortest lease
    /// that it takes; the guest has to ask for it again long before.
    private static func serving(_ folder: String) -> String {
        """
        d=\(folder)
        serve() {
          timeout 300 dnsmasq --no-daemon --conf-file=/dev/null --no-hosts --no-resolv --interface=tap0 --bind-interfaces \
            --dhcp-range=\(v4),\(v4),2m --dhcp-option=option:T1,5 --dhcp-option=option:T2,15 --dhcp-authoritative \
            --no-ping --dhcp-leasefile=$d/leases --user=root --pid-file= --host-record=one.test,10.98.0.77,2001:db8::77 \
            --local=/test/ --log-dhcp --log-facility=$d/$1 &
          server=$!
        }

        """ + functions
    }

    /// The lease is renewed; and when the server has been away for a while, it is got back from
    /// another one, before it ends or after.
    @Test(
        .enabled("dnsmasq-base, socat or iproute2 can't be installed") { await NamespaceTests.has(servers) },
        arguments: ProcessInfo.processInfo.environment["HERMIT_LONG_NETWORK_TESTS"] == nil ? [false] : [false, true])
    func leasesAreRenewed(afterTheirEnd: Bool) async throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        // While there is no server its port is somebody's who says nothing.
        let absence =
            afterTheirEnd
            ? """
            gone() { ! echoes gone TCP4:\(Self.v4):7; }
            timeout 180 socat -u UDP4-RECV:67,reuseaddr,broadcast OPEN:/dev/null & silent=$!
            until_so gone && echo withdrawn
            kill $silent
            """
            : "timeout 60 socat -u UDP4-RECVFROM:67,reuseaddr,broadcast OPEN:/dev/null && echo asked"
        let script =
            Self.serving(folder.path) + """
                serve first
                until_so echoes hello TCP4:\(Self.v4):7 && echo served
                until_so acknowledged first 3 && echo renewed
                kill $server; wait $server
                \(absence)
                serve second
                until_so acknowledged second 1 && echo acknowledged
                until_so echoes again TCP4:\(Self.v4):7 && echo served
                echo | socat - UDP4:\(Self.v4):9
                """
        let space = try NetworkSpace(dnsmasq: nil)
        let (guest, result) = try await Hermit.inOneTurn(building: Self.program) {
            async let guest = space.boot(Self.program, [], seconds: 400)
            let result = try await space.run(script: script, seconds: 400)
            return (try await guest, result)
        }
        let absent = afterTheirEnd ? "withdrawn" : "asked"
        #expect(result.text == "served\nrenewed\n\(absent)\nacknowledged\nserved\n", "\(result.errors)")
        #expect(guest.status == 0, "\(guest.errors)")
        // Whether it is gone is asked with five bytes, any number of times.
        let bytes = guest.text.hasPrefix("ready\n") ? guest.text.dropFirst(6).prefix { $0.isNumber } : ""
        #expect(guest.text == "ready\n\(bytes) bytes\n")
        let echoed = (Int(bytes) ?? 0) - 12
        #expect(afterTheirEnd ? echoed >= 0 && echoed % 5 == 0 : echoed == 0, "\(bytes) bytes")
        #expect(guest.remarks == [])
    }

    /// Names lead to addresses by the server that the lease tells of.
    @Test(.enabled("dnsmasq-base, socat or iproute2 can't be installed") { await NamespaceTests.has(servers) })
    func namesLeadToAddresses() async throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let space = try NetworkSpace(dnsmasq: nil)
        let script = Self.serving(folder.path) + "serve log\nuntil_so test -e \(folder.path)/end"
        let program = Hermit.root + "/examples-c/getaddrinfo"
        let end = folder.path + "/end"
        let guest = try await Hermit.inOneTurn(building: program) {
            async let server = space.run(script: script, seconds: 100)
            let guest = try await space.boot(program, [], words: ["one.test", "nobody.test"], seconds: 60)
            _ = FileManager.default.createFile(atPath: end, contents: nil)
            _ = try await server
            return guest
        }
        #expect(
            guest.text.split(separator: "\n").prefix(3).sorted() == ["  10.98.0.77 port 0", "  2001:db8::77 port 0", "one.test is one.test"],
            "\(guest.errors)")
        #expect(guest.text.contains("nobody.test: no such host"))
        #expect(guest.status == 1)
    }

    /// The guest makes an address of the prefix that a router advertises, serves on it, and asks
    /// the server of names that the router tells of.
    @Test(
        .enabled("radvd, socat or iproute2 can't be installed") { await NamespaceTests.has(routers + servers) },
        arguments: [router, routerOnLink])
    func routersGiveAddresses(nameServer: String) async throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let configuration = try folder.write(
            "radvd.conf",
            """
            interface tap0 {
              AdvSendAdvert on; MinRtrAdvInterval 3; MaxRtrAdvInterval 4;
              prefix 2001:db8:98::/64 { };
              RDNSS \(nameServer) { };
            };
            """)
        let end = folder.path + "/end"
        let script =
            "d=\(folder.path)\n" + Self.functions + """
                echo 1 > /proc/sys/net/ipv6/conf/all/forwarding
                ip address add \(Self.router)/64 dev tap0 nodad
                ip address add \(Self.routerOnLink)/64 dev tap0 nodad
                timeout 200 radvd -n -C \(configuration) -p $d/radvd.pid -m none & server=$!
                timeout 200 dnsmasq --no-daemon --conf-file=/dev/null --no-hosts --no-resolv --interface=tap0 --bind-interfaces \
                  --user=root --pid-file= --host-record=one.test,10.98.0.77,2001:db8::77 --log-facility=$d/names & server="$server $!"
                until_so echoes hello "TCP6:[\(Self.v6)]:7" && echo served
                echo | socat - "UDP6:[\(Self.v6)]:9"
                until_so test -e $d/end
                """
        let space = try NetworkSpace(dnsmasq: nil)
        try await Hermit.inOneTurn(building: Self.program) {
            async let router = space.run(script: script, seconds: 200)
            let guest = try await space.boot(Self.program, [], seconds: 120)
            #expect(guest.status == 0, "\(guest.errors)")
            #expect(guest.text == "ready\n6 bytes\n")
            #expect(guest.remarks == [])
            // There is no server of DHCP.
            let names = try await space.boot(
                Hermit.root + "/examples-c/getaddrinfo", [], words: ["one.test"], seconds: 60)
            _ = FileManager.default.createFile(atPath: end, contents: nil)
            #expect(names.status == 0, "\(names.errors)")
            #expect(
                names.text.split(separator: "\n").sorted() == ["  10.98.0.77 port 0", "  2001:db8::77 port 0", "one.test is one.test"])
            let told = try await router
            #expect(told.text == "served\n", "\(told.errors)")
        }
    }
}
