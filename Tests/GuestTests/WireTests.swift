import Foundation
import TestSupport
import Testing

/// Programs that talk to others by a network card.
@Suite(.serialized, .prepared, .timeLimit(.minutes(20)))
struct WireTests {
    static let machines: [[String]] = [
        ["--machine", "q35"], ["--machine", "q35", "--virtio", "packed=on", "--cpus", "4"],
        ["--machine", "microvm"], ["--machine", "microvm", "--virtio", "packed=on", "--cpus", "2"],
    ]

    /// Four megabytes each way at once, and datagrams up to 8,000 bytes, which come in fragments.
    @Test(arguments: machines)
    func whatIsSentComesBack(machine: [String]) async throws {
        // The server ends after a minute of silence, and so it begins when the guest does.
        try await Hermit.inOneTurn {
            let server = try EchoServer()
            defer { server.stop() }
            let result = try await Hermit.run(
                ["run", "--timeout", "240"] + machine + [Hermit.root + "/Tests/Programs/echo_client.c", "--"]
                    + ["10.0.2.2", String(server.port), "4000000"])
            #expect(result.status == 0, "\(result.errors)")
            #expect(result.text == "4000000 bytes came back\n9 datagrams came back\n")
        }
    }

    /// What the host asks for by a forwarded port.
    @Test(
        .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/curl"), "curl is not installed"),
        arguments: ["q35", "microvm"])
    func aServerAnswers(machine: String) async throws {
        try await Hermit.inOneTurn(building: Hermit.root + "/examples-c/http_server") {
            // A port that is free now.
            let server = try EchoServer()
            let port = server.port
            server.stop()
            async let guest = Hermit.run(
                ["run", "--timeout", "240", "--machine", machine, "--forward", "\(port):8080"]
                    + [Hermit.root + "/examples-c/http_server", "--", "8080", "3"])
            // The emulator takes connections before the guest does.
            let answers = try await Hermit.command(
                "/usr/bin/curl",
                [
                    "-s", "--retry", "200", "--retry-all-errors", "--retry-delay", "1", "--max-time", "200",
                    "http://127.0.0.1:\(port)/one", "http://127.0.0.1:\(port)/two",
                ])
            let last = try await Hermit.command("/usr/bin/curl", ["-s", "-I", "http://127.0.0.1:\(port)/three"])
            #expect(answers.text == "Hello from a unikernel: GET /one\nHello from a unikernel: GET /two\n")
            #expect(last.text.hasPrefix("HTTP/1.1 200 OK\r\n"))
            let result = try await guest
            #expect(result.status == 0, "\(result.errors)")
            #expect(result.text == "listening on port 8080\n3 requests\n")
        }
    }

    /// Two guests on one link, with addresses of the command line: streams and datagrams of IPv4
    /// there and back.
    @Test(arguments: [1, 4]) func twoGuestsTalk(cpus: Int) async throws {
        let port = try #require(Tools.freePort())
        @Sendable func guest(_ program: String, _ network: String, last: Int, _ words: [String]) async throws -> Hermit.Result {
            try await Hermit.run(
                ["run", "--timeout", "200", "--cpus", String(cpus), "--net", "socket=\(network)"]
                    + ["--mac", "52:54:00:12:34:0\(last)", "--ip", "10.1.2.\(last)/24"]
                    + [Hermit.root + "/Tests/Programs/" + program, "--"] + words)
        }
        try await Hermit.inOneTurn(building: Hermit.root + "/Tests/Programs/echo_server.c") {
            async let server = guest("echo_server.c", "listen=127.0.0.1:\(port)", last: 1, [])
            try await Tools.waitUntilListened(port)
            let client = try await guest(
                "echo_client.c", "connect=127.0.0.1:\(port)", last: 2, ["10.1.2.1", "7", "2000000", "9"])
            #expect(client.status == 0, "\(client.errors)")
            #expect(client.text == "2000000 bytes came back\n9 datagrams came back\n")
            let result = try await server
            #expect(result.status == 0, "\(result.errors)")
            #expect(result.text == "ready\n2000000 bytes\n")
        }
    }

    /// Without a card there is the host itself alone.
    @Test func withoutACardNobodyIsReached() async throws {
        let result = try await Hermit.run(
            ["run", "--timeout", "60", "--net", "none"]
                + [Hermit.root + "/Tests/Programs/echo_client.c", "--", "10.0.2.2", "7", "1"])
        #expect(result.status == 1)
        #expect(result.errors.contains("connect: Network is unreachable"))
    }
}
