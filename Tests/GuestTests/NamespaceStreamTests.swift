import Foundation
import TestSupport
import Testing

/// Many and long streams between a guest and the host's own stack, in a network namespace.
///
/// `HERMIT_BAD_LINK_BYTES` says how many bytes go each way over a link that damages them.
@Suite(
    .serialized, .prepared, .timeLimit(.minutes(40)),
    .enabled(if: NetworkSpace.obstacle == nil, "\(NetworkSpace.obstacle ?? "")"))
struct NamespaceStreamTests {
    private static let hostV6 = "2001:db8:98::1"
    private static let guestV6 = "2001:db8:98::2"
    private static let addresses = ["--ip", "\(NetworkSpace.guestAddress)/24,\(guestV6)/64"]

    static let tools = [("socat", "socat"), ("ip", "iproute2")]
    static let meter = [("iperf3", "iperf3"), ("ip", "iproute2")]

    private static func compiled(_ source: String, in folder: TemporaryFolder) async throws -> String {
        let program = folder.path + "/program"
        let result = try await Hermit.command(
            Tools.path("clang"), ["-w", "-O2", Hermit.root + "/" + source, "-o", program])
        #expect(result.status == 0, "\(result.errors)")
        return program
    }

    // MARK: - iperf3

    /// What iperf3 says of a test: bytes sent and received.
    private struct Measured: Decodable {
        struct Sum: Decodable { var bytes: Int }
        struct End: Decodable {
            struct Stream: Decodable {}
            var streams: [Stream]
            var sum_sent: Sum
            var sum_received: Sum
        }
        var end: End
        var error: String?
    }

    /// One stream and eight, to the guest and from it, by IPv4 and IPv6.
    @Test(.enabled("iperf3 or iproute2 can't be installed") { await NamespaceTests.has(meter) }, arguments: [1, 4])
    func iperf3Measures(cpus: Int) async throws {
        let space = try NetworkSpace(dnsmasq: nil)
        _ = try await space.run(script: "ip address add \(Self.hostV6)/64 dev tap0 nodad")
        let example = Hermit.root + "/examples-c/iperf3_server"
        try await Hermit.inOneTurn(building: example) {
            async let guest = space.boot(
                example, ["--cpus", String(cpus)] + Self.addresses, words: ["5201", "8"], seconds: 200)
            let wait = """
                for turn in $(seq 600); do
                  iperf3 -c \(Self.guestV6) --connect-timeout 1000 -u -t 1 2>&1 | grep -q "not implemented\\|unimplemented" && break
                  sleep 0.2
                done
                """
            _ = try await space.run(script: wait, seconds: 150)
            var expected = "listening on port 5201\n"
            for address in [NetworkSpace.guestAddress, Self.guestV6] {
                for (streams, words) in [(1, []), (8, []), (1, ["-R"]), (8, ["-R"])] {
                    let result = try await space.run(
                        "iperf3", ["-J", "-c", address, "-t", "1", "-P", String(streams)] + words, seconds: 60)
                    #expect(result.status == 0, "\(result.text)\(result.errors)")
                    let measured = try JSONDecoder().decode(Measured.self, from: Data(result.output))
                    #expect(measured.error == nil && measured.end.streams.count == streams)
                    let (sent, received) = (measured.end.sum_sent.bytes, measured.end.sum_received.bytes)
                    #expect(received > 1_000_000)
                    // The other end stops taking what was sent when its time is over; this one does not.
                    if words.isEmpty { #expect(received == sent) } else { #expect(received <= sent) }
                    expected += "\(streams) streams, \(sent) bytes \(words.isEmpty ? "received" : "sent")\n"
                }
            }
            let result = try await guest
            #expect(result.status == 0, "\(result.errors)")
            #expect(result.text == expected)
            #expect(result.remarks == [])
        }
    }

    // MARK: - A bad link

    /// What goes each way over a link that loses 2 % of the frames, lets others overtake 5 %, and
    /// doubles and damages some, is the same at the other end.
    @Test(.enabled("socat or iproute2 can't be installed") { await NamespaceTests.has(tools) }, arguments: [1, 4])
    func badLinksLoseNothing(cpus: Int) async throws {
        let wanted = ProcessInfo.processInfo.environment["HERMIT_BAD_LINK_BYTES"].flatMap { Int($0) }
        let size = wanted ?? 10_000_000
        let seconds = 120 + size / 500_000
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let link = try await Self.compiled("Benchmarks/network_link/main.c", in: folder)
        let program = Hermit.root + "/Tests/Programs/digests.c"
        let linked = folder.path + "/linked"
        let script = """
            d=\(folder.path)
            timeout \(seconds) \(link) tap1 4000 7 0 200 500 100 100 > $d/link & link=$!
            for turn in $(seq 100); do grep -q listening $d/link && break; sleep 0.1; done
            ip address add 10.98.1.1/24 dev tap1; ip link set tap1 up
            echo linked > $d/linked
            head -c \(size) /dev/urandom > $d/sent
            for turn in $(seq 300); do
              socat -u $d/sent TCP4:10.98.1.2:5001,connect-timeout=5 2>/dev/null && break
              sleep 0.2
            done
            sha256sum < $d/sent
            socat -u TCP4:10.98.1.2:5002 - | sha256sum
            wait $link
            cat $d/link
            """
        let space = try NetworkSpace(dnsmasq: nil)
        try await Hermit.inOneTurn(building: program) {
            async let ends = space.run(script: script, seconds: seconds)
            _ = try await space.run(
                script: "for turn in $(seq 100); do test -s \(linked) && break; sleep 0.1; done")
            let guest = try await space.boot(
                program, ["--cpus", String(cpus), "--ip", "10.98.1.2/24"], words: [String(size), "7"],
                network: "socket=connect=127.0.0.1:4000", seconds: seconds)
            let result = try await ends
            let sums = result.text.split(separator: "\n").filter { $0.hasSuffix("  -") }.map { $0.prefix(64) }
            try #require(sums.count == 2, "\(result.text)\(result.errors)")
            #expect(guest.status == 0, "\(guest.errors)")
            #expect(guest.text == "ready\ntaken \(size) \(sums[0])\ngiven \(size) \(sums[1])\n")
            #expect(guest.remarks == [])
            // It was a bad one.
            let counts = result.text.matches(
                of: #/([0-9]+) frames, ([0-9]+) lost, ([0-9]+) overtaken, ([0-9]+) doubled, ([0-9]+) damaged/#)
            #expect(counts.count == 2, "\(result.text)")
            for count in counts {
                let numbers = [count.1, count.2, count.3, count.4, count.5].compactMap { Int($0) }
                #expect(numbers[0] > 1000 && numbers[1...].allSatisfy { $0 > numbers[0] / 200 }, "\(numbers)")
            }
        }
    }

    // MARK: - Many connections

    /// Ten thousand connections from which nothing comes, in 128 MiB, and the server still answers.
    @Test(.enabled("iproute2 can't be installed") { await NamespaceTests.has([("ip", "iproute2")]) })
    func tenThousandConnectionsAreHeld() async throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let host = try await Self.compiled("Tests/Programs/echo_host.c", in: folder)
        let example = Hermit.root + "/examples-c/http_server_epoll"
        let space = try NetworkSpace(dnsmasq: nil)
        try await Hermit.inOneTurn(building: example) {
            async let guest = space.boot(
                example, ["--memory", "128M", "--stats"] + Self.addresses, words: ["8080", "20000"], seconds: 300)
            let result = try await space.run(host, ["many", "8080", "10000", NetworkSpace.guestAddress], seconds: 280)
            #expect(result.status == 0, "\(result.errors)")
            let served = try await guest
            #expect(served.status == 0, "\(served.errors)")
            #expect(served.text == "listening on port 8080\n20000 requests\n")
        }
    }
}
