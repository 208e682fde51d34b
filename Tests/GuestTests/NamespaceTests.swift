import Foundation
import TestSupport
import Testing

/// A guest and the host's own stack on a tap device, in a network namespace.
@Suite(
    .serialized, .prepared, .timeLimit(.minutes(15)),
    .enabled(if: NetworkSpace.obstacle == nil, "\(NetworkSpace.obstacle ?? "")"))
struct NamespaceTests {
    private static let program = Hermit.root + "/Tests/Programs/echo_server.c"
    private static let v4 = NetworkSpace.guestAddress
    private static let v6 = NetworkSpace.guestLinkAddress

    /// Programs of the host's, and their packages.
    static let tools = [("dnsmasq", "dnsmasq-base"), ("socat", "socat"), ("ip", "iproute2")]
    static let strangers = [
        ("nmap", "nmap"), ("hping3", "hping3"), ("ping", "iputils-ping"), ("arping", "arping"), ("ndisc6", "ndisc6"),
        ("tshark", "tshark"),
    ]

    static func has(_ tools: [(String, String)]) async -> Bool {
        guard NetworkSpace.obstacle == nil else { return false }
        for (program, package) in tools where await Tools.installed(program, package: package) == nil { return false }
        return true
    }

    /// Boots the echo server, runs `script` once it answers, and ends it.
    ///
    /// - Returns: The guest's end, and the script's.
    private func serve(
        _ options: [String] = [], script: String, seconds: Int = 60
    ) async throws -> (guest: Hermit.Result, script: Hermit.Result) {
        let dnsmasq = try #require(await Tools.installed("dnsmasq", package: "dnsmasq-base"))
        let space = try NetworkSpace(dnsmasq: dnsmasq)
        return try await Hermit.inOneTurn(building: Self.program) {
            try await serve(space, options, script: script, seconds: seconds)
        }
    }

    private func serve(
        _ space: NetworkSpace, _ options: [String], script: String, seconds: Int
    ) async throws -> (guest: Hermit.Result, script: Hermit.Result) {
        async let guest = space.boot(Self.program, options, seconds: 120)
        // The guest asks for its address, and both ends ask whether
        // somebody else has theirs of IPv6.
        let wait = """
            for address in "TCP4:\(Self.v4):7" "TCP6:[\(Self.v6)]:7"; do
              for turn in $(seq 600); do
                test "$(echo hello | timeout 2 socat -t 2 - $address,connect-timeout=1 2>/dev/null)" = hello && break
                sleep 0.2
              done
            done
            """
        let result = try await space.run(script: wait + "\n" + script, seconds: seconds + 120)
        _ = try await space.run(script: "echo | socat - UDP4:\(Self.v4):9", seconds: 5)
        return (try await guest, result)
    }

    /// Streams there and back at once, one and eight, by IPv4 and IPv6: what comes back is what was sent.
    @Test(
        .enabled("dnsmasq-base, socat or iproute2 can't be installed") { await has(tools) },
        arguments: [[], ["--cpus", "4"], ["--virtio", "packed=on"]])
    func streamsComeBack(options: [String]) async throws {
        let size = 4_000_000
        let script = """
            d=$(mktemp -d); trap 'rm -rf $d' EXIT
            head -c \(size) /dev/urandom > $d/sent
            stream() { socat -t 20 - "$1" < $d/sent > $d/$2 2>$d/$2.err || cat $d/$2.err; cmp $d/sent $d/$2 && echo same; }
            stream TCP4:\(Self.v4):7 one
            stream "TCP6:[\(Self.v6)]:7" two
            for i in 1 2 3 4; do stream TCP4:\(Self.v4):7 four$i & stream "TCP6:[\(Self.v6)]:7" six$i & done
            wait
            """
        let (guest, result) = try await serve(options, script: script)
        #expect(result.text == String(repeating: "same\n", count: 10), "\(result.errors)")
        #expect(guest.status == 0, "\(guest.errors)")
        #expect(guest.text == "ready\n\(10 * size + 12) bytes\n")
        #expect(guest.remarks == [])
    }

    /// Scans, fragments, floods and questions of neighbours get sound answers, and the guest
    /// still serves; of what it has sent nothing is malformed, and no checksum wrong.
    @Test(.enabled("nmap, hping3, iputils-ping, arping, ndisc6 or tshark can't be installed") { await has(tools + strangers) })
    func strangersDoNoHarm() async throws {
        let folder = try TemporaryFolder()
        let capture = folder.path + "/capture"
        let script = """
            nmap -n -sS -p 1-20 --max-retries 2 \(Self.v4) | grep -E "^[0-9]+/tcp +open"
            nmap -n -sU -p 7,11 --max-retries 2 --host-timeout 20s \(Self.v4) | grep -E "^7/udp +open |^11/udp +closed"
            nmap -n -sO -p 1,6,17,99 --max-retries 2 --host-timeout 20s \(Self.v4) | grep -E "^(1|6|17) +open "
            hping3 -q -c 20 -i u2000 -f -d 1000 -p 7 -S \(Self.v4) 2>&1 | grep -o "[0-9]* packets transmitted, [0-9]* packets received"
            ping -q -f -c 2000 -w 10 \(Self.v4) | grep -o "2000 packets transmitted, 2000 received"
            ping -q -c 3 -i 0.2 -s 1400 \(Self.v6) | grep -o "3 packets transmitted, 3 received"
            ping -q -c 3 -i 0.2 -s 1473 \(Self.v4) | grep -o "3 packets transmitted, 3 received"
            ping -q -c 3 -i 0.2 -s 65507 \(Self.v4) | grep -o "3 packets transmitted, 3 received"
            ping -q -c 3 -i 0.2 -s 1453 \(Self.v6) | grep -o "3 packets transmitted, 3 received"
            ping -q -c 3 -i 0.2 -s 65527 \(Self.v6) | grep -o "3 packets transmitted, 3 received"
            yes | head -c 8000 | socat -b 9000 -t 2 - UDP4:\(Self.v4):7 | wc -c
            arping -q -c 2 -i tap0 \(Self.v4) && echo arping
            ndisc6 -q -n fe80::5054:ff:fe00:7 tap0
            echo still | socat -t 5 - TCP4:\(Self.v4):7
            echo there | socat -t 5 - "TCP6:[\(Self.v6)]:7"
            """
        let (guest, result) = try await serve(
            ["--pcap", capture], script: script, seconds: 120)
        #expect(
            result.text.replacing(#/ +/#, with: " ") == """
                7/tcp open echo
                7/udp open echo
                11/udp closed systat
                1 open icmp
                6 open tcp
                17 open udp
                20 packets transmitted, 20 packets received
                2000 packets transmitted, 2000 received
                3 packets transmitted, 3 received
                3 packets transmitted, 3 received
                3 packets transmitted, 3 received
                3 packets transmitted, 3 received
                3 packets transmitted, 3 received
                8000
                arping
                52:54:00:00:00:07
                still
                there

                """, "\(result.errors)")
        #expect(guest.status == 0, "\(guest.errors)")
        #expect(guest.remarks == [])
        // QEMU writes frames of a tap device with the twelve bytes of virtio's header in front.
        // TCP's checksums are the device's to complete, behind the capture.
        let found = try await Hermit.command(
            "/bin/sh",
            [
                "-c",
                """
                editcap -C 12 -F pcap \(capture) \(capture).frames
                tshark -n -r \(capture).frames -Y 'eth.src == \(NetworkSpace.station)' | wc -l
                tshark -n -r \(capture).frames -o ip.check_checksum:TRUE -o udp.check_checksum:TRUE \
                  -Y 'eth.src == \(NetworkSpace.station) && (_ws.malformed || ip.checksum.status == "Bad" \
                  || udp.checksum.status == "Bad" || icmp.checksum.status == "Bad" || icmpv6.checksum.status == "Bad")'
                """,
            ])
        let lines = found.text.split(separator: "\n")
        #expect(lines.count == 1, "\(found.text)")
        #expect(Int(lines.first?.filter(\.isNumber) ?? "") ?? 0 > 2000)
    }
}
