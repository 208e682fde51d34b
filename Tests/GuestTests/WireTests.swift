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

    /// Without a card there is the host itself alone.
    @Test func withoutACardNobodyIsReached() async throws {
        let result = try await Hermit.run(
            ["run", "--timeout", "60", "--net", "none"]
                + [Hermit.root + "/Tests/Programs/echo_client.c", "--", "10.0.2.2", "7", "1"])
        #expect(result.status == 1)
        #expect(result.errors.contains("connect: Network is unreachable"))
    }
}
