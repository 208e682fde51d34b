import Foundation
import TestSupport
import Testing

/// The examples that serve others, and those that ask: C's and Swift's, with the host at the
/// other end.
@Suite(.serialized, .prepared, .timeLimit(.minutes(20)))
struct SocketProgramTests {
    private static let servers = ["http_server", "http_server_poll", "http_server_epoll"]

    /// A program of the host's that plays the other end.
    private func host(in folder: TemporaryFolder) async throws -> String {
        let program = folder.path + "/host"
        let source = Hermit.root + "/Tests/Programs/echo_host.c"
        let compiled = try await Hermit.command(Tools.path("clang"), ["-w", source, "-o", program])
        #expect(compiled.status == 0, "\(compiled.errors)")
        return program
    }

    /// A port that is free now.
    private func freePort() throws -> UInt16 {
        try #require(Tools.freePort())
    }

    @Test(
        .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/curl"), "curl is not installed"),
        arguments: servers.dropFirst().map { "examples-c/" + $0 } + servers.map { "examples-swift/" + $0 })
    func serversAnswer(example: String) async throws {
        try await Hermit.inOneTurn(building: example) {
            let port = try freePort()
            async let guest = Hermit.run([
                "run", "--timeout", "240", "--forward", "\(port):8080", example, "--", "8080", "4",
            ])
            // The emulator takes connections before the guest does.
            let answers = try await Hermit.command(
                "/usr/bin/curl",
                [
                    "-s", "--retry", "200", "--retry-all-errors", "--retry-delay", "1", "--max-time", "200",
                    "http://127.0.0.1:\(port)/one", "http://127.0.0.1:\(port)/two",
                ])
            #expect(answers.text == "Hello from a unikernel: GET /one\nHello from a unikernel: GET /two\n")
            let last = try await Hermit.command("/usr/bin/curl", ["-s", "-I", "http://127.0.0.1:\(port)/three"])
            #expect(last.text.hasPrefix("HTTP/1.1 200 OK\r\n"))
            let old = try await Hermit.command("/usr/bin/curl", ["-s", "-0", "http://127.0.0.1:\(port)/four"])
            #expect(old.text == "Hello from a unikernel: GET /four\n")
            let result = try await guest
            #expect(result.status == 0, "\(result.errors)")
            #expect(result.text == "listening on port 8080\n4 requests\n")
        }
    }

    /// Fifteen hundred connections at once, each asked twice.
    @Test(arguments: ["examples-c/http_server_epoll", "examples-swift/http_server_epoll"])
    func manyConnections(example: String) async throws {
        try await Hermit.inOneTurn(building: example) {
            let folder = try TemporaryFolder()
            let program = try await host(in: folder)
            let port = try freePort()
            // The emulator has a descriptor for each of them.
            async let guest = Hermit.command(
                "/bin/sh",
                [
                    "-c", "ulimit -n 8192 && exec \"$@\"", "sh", Hermit.executable, "run", "--timeout", "300", "--forward",
                    "\(port):8080", example, "--", "8080", "3000",
                ])
            let answers = try await Hermit.command(program, ["many", String(port), "1500"])
            #expect(answers.status == 0, "\(answers.errors)")
            let result = try await guest
            #expect(result.status == 0, "\(result.errors)")
            #expect(result.text == "listening on port 8080\n3000 requests\n")
        }
    }

    /// Sixty-four connections for two seconds, without an error.
    @Test(
        .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/wrk"), "wrk is not installed"),
        arguments: ["examples-c/", "examples-swift/"], servers)
    func serversBearLoad(folder: String, example: String) async throws {
        try await Hermit.inOneTurn(building: folder + example) {
            let port = try freePort()
            let guest = Process()
            guest.executableURL = URL(fileURLWithPath: Hermit.executable)
            guest.arguments = ["run", "--timeout", "300", "--forward", "\(port):8080", folder + example]
            guest.currentDirectoryURL = URL(fileURLWithPath: Hermit.root)
            let output = Pipe()
            guest.standardOutput = output
            try guest.run()
            defer {
                guest.terminate()
                guest.waitUntilExit()
            }
            // It says when it listens: a line that may arrive in pieces.
            var said = ""
            while !said.hasSuffix("\n") {
                let more = output.fileHandleForReading.availableData
                try #require(!more.isEmpty, "it ended after \(said)")
                said += String(decoding: more, as: UTF8.self)
            }
            #expect(said == "listening on port 8080\n")
            let load = try await Hermit.command(
                "/usr/bin/wrk", ["-t", "2", "-c", "64", "-d", "2", "--timeout", "60", "http://127.0.0.1:\(port)/"])
            #expect(load.status == 0 && load.text.contains("requests in"), "\(load.text)\(load.errors)")
            #expect(!load.text.contains("Socket errors") && !load.text.contains("Non-2xx"), "\(load.text)")
        }
    }

    @Test(arguments: ["examples-c/tcp_echo", "examples-swift/tcp_echo"])
    func streamsComeBack(example: String) async throws {
        try await Hermit.inOneTurn(building: example) {
            let folder = try TemporaryFolder()
            let program = try await host(in: folder)
            let port = try freePort()
            // The first ones may be the emulator's, before the guest listens.
            async let guest = Hermit.run([
                "run", "--timeout", "240", "--cpus", "2", "--forward", "\(port):7", example, "--", "7", "1",
            ])
            let answers = try await Hermit.command(program, ["tcp", String(port), "3000000"])
            #expect(answers.text == "3000000\n", "\(answers.errors)")
            let result = try await guest
            #expect(result.status == 0, "\(result.errors)")
            #expect(result.text == "listening on port 7\n3000000 bytes from ::ffff:10.0.2.2\n")
        }
    }

    @Test(arguments: ["examples-c/udp_echo", "examples-swift/udp_echo"])
    func datagramsComeBack(example: String) async throws {
        try await Hermit.inOneTurn(building: example) {
            let folder = try TemporaryFolder()
            let program = try await host(in: folder)
            let port = try freePort()
            async let guest = Hermit.run([
                "run", "--timeout", "240", "--forward", "\(port):7/udp", example, "--", "7", "200",
            ])
            let answers = try await Hermit.command(program, ["udp", String(port), "50"])
            #expect(answers.text == "50\n", "\(answers.errors)")
            let result = try await guest
            #expect(result.status == 0, "\(result.errors)")
            #expect(result.text.hasPrefix("listening on port 7\n200 datagrams, "))
        }
    }

    @Test(arguments: ["examples-c/getaddrinfo", "examples-swift/getaddrinfo"])
    func namesLeadToAddresses(example: String) async throws {
        let result = try await Hermit.run([
            "run", "--timeout", "60", "--net", "none", example, "--", "localhost:http", "10.1.2.3:8080", "2001:db8::1",
        ])
        #expect(result.status == 0, "\(result.errors)")
        #expect(
            result.text.replacing(#/ is .*/#, with: "") == """
                localhost
                  ::1 port 80
                  127.0.0.1 port 80
                10.1.2.3
                  10.1.2.3 port 8080
                2001:db8::1
                  2001:db8::1 port 0

                """)
        let none = try await Hermit.run(["run", "--timeout", "60", "--net", "none", example, "--", "nobody.invalid"])
        #expect(none.status == 1)
        #expect(none.text.hasPrefix("nobody.invalid: no such host"))
    }

    /// From the guest to the guest's own kind, on the host's side of a forwarded port.
    @Test func aDocumentIsFetched() async throws {
        try await Hermit.inOneTurn(building: "examples-c/http_server") {
            let port = try freePort()
            async let server = Hermit.run([
                "run", "--timeout", "240", "--forward", "\(port):8080", "examples-c/http_server", "--", "8080", "2",
            ])
            // Until it listens: the first request of the two.
            _ = try await Hermit.command(
                "/usr/bin/curl",
                ["-s", "--retry", "200", "--retry-all-errors", "--retry-delay", "1", "http://127.0.0.1:\(port)/wait"])
            let result = try await Hermit.run([
                "run", "--timeout", "120", "examples-c/http_get", "--", "http://10.0.2.2:\(port)/document",
            ])
            #expect(result.status == 0, "\(result.errors)")
            #expect(result.text == "Hello from a unikernel: GET /document\n")
            #expect(try await server.status == 0)
            let nobody = try await Hermit.run([
                "run", "--timeout", "120", "examples-c/http_get", "--", "http://nobody.invalid/",
            ])
            #expect(nobody.status == 1 && nobody.errors.contains("nobody.invalid: no such host"))
        }
    }

    /// Addresses of the command line, and what the guest says of them.
    @Test(arguments: ["q35", "microvm"])
    func addressesAreThoseOfTheCommandLine(machine: String) async throws {
        let program = Hermit.root + "/Tests/Programs/interfaces.c"
        let result = try await Hermit.run([
            "run", "--timeout", "60", "--machine", machine, "--net", "user", "--ip", "10.0.2.77/20,2001:db8::77/56",
            "--gateway", "10.0.2.2", "--dns", "10.0.2.3", program,
        ])
        #expect(result.status == 0, "\(result.errors)")
        #expect(
            result.text == """
                lo 0x49 - - -
                lo 0x49 127.0.0.1 255.0.0.0 -
                lo 0x49 ::1 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff -
                eth0 0x1043 - - -
                eth0 0x1043 10.0.2.77 255.255.240.0 10.0.15.255
                eth0 0x1043 2001:db8::77 ffff:ffff:ffff:ff00:: -
                1 is lo, which is 1
                2 is eth0, which is 2
                none: 0 1, 99: - 1

                """)
        let server = try EchoServer()
        defer { server.stop() }
        let echo = try await Hermit.run([
            "run", "--timeout", "120", "--machine", machine, "--ip", "10.0.2.77/24", "--gateway", "10.0.2.2",
            Hermit.root + "/Tests/Programs/echo_client.c", "--", "10.0.2.2", String(server.port), "100000",
        ])
        #expect(echo.text.hasPrefix("100000 bytes came back\n"), "\(echo.errors)")
    }

    /// The library's streams, datagrams, time-outs and errors, over the loopback.
    @Test(arguments: ["1", "4"]) func theLibrarysSocketsWork(cpus: String) async throws {
        let folder = try TemporaryFolder()
        let source = try String(contentsOfFile: Hermit.root + "/Tests/Programs/GuestSockets.swift", encoding: .utf8)
        try folder.writePackage("sockets", main: source)
        let result = try await Hermit.run(["run", "--timeout", "120", "--cpus", cpus, "--net", "none", folder.path])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.text == "done\n")
    }
}
