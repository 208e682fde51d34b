import Foundation
import TestSupport
import Testing

/// Sockets of AF_VSOCK: of a machine with itself, and with the host where that can serve them.
@Suite(.serialized, .prepared, .timeLimit(.minutes(15)))
struct VirtualSocketTests {
    /// A program on the host's Linux.
    private func onHost(_ source: String, _ words: [String] = []) async throws -> Hermit.Result {
        let folder = try TemporaryFolder()
        let host = folder.path + "/host"
        let compiled = try await Hermit.command(Tools.path("clang"), ["-w", source, "-o", host])
        #expect(compiled.status == 0, "\(compiled.errors)")
        return try await Hermit.command(host, words)
    }

    private func lines(_ result: Hermit.Result) -> [Substring] { result.text.split(separator: "\n") }

    /// What calls without a connection say: the host's Linux says the same.
    @Test(.enabled(if: hostHas(["making"]), "the host's Linux has no sockets of AF_VSOCK"))
    func whatIsRefusedIsWhatLinuxRefuses() async throws {
        let source = Hermit.root + "/Tests/Programs/vsock_errors.c"
        let expected = try await onHost(source)
        #expect(expected.status == 0)
        let result = try await Hermit.run(["run", "--timeout", "120", source])
        #expect(result.status == 0, "\(result.errors)")
        #expect(lines(expected).count > 150)
        let differences = zip(lines(expected), lines(result)).filter { $0 != $1 }
        #expect(differences.map { "\($0), not \($1)" } == [])
        #expect(result.text == expected.text)
    }

    /// What calls about connections say: as the host's Linux, if that connects with itself.
    @Test(
        .enabled(if: hostHas(["connecting"]), "the host's Linux has no vsock_loopback"), arguments: [1, 4])
    func whatIsSaidIsWhatLinuxSays(cpus: Int) async throws {
        let source = Hermit.root + "/Tests/Programs/vsock_errors.c"
        let expected = try await onHost(source, ["connect"])
        #expect(expected.status == 0)
        let result = try await Hermit.run([
            "run", "--timeout", "120", "--cpus", String(cpus), source, "--", "connect",
        ])
        #expect(result.status == 0, "\(result.errors)")
        let differences = zip(lines(expected), lines(result)).filter { $0 != $1 }
        #expect(differences.map { "\($0), not \($1)" } == [])
        #expect(result.text == expected.text)
    }

    /// The same, written down from Linux's documentation and sources of what it returns.
    @Test(arguments: [1, 4])
    func whatIsSaidOfConnections(cpus: Int) async throws {
        let source = Hermit.root + "/Tests/Programs/vsock_errors.c"
        let result = try await Hermit.run([
            "run", "--timeout", "120", "--cpus", String(cpus), source, "--", "connect",
        ])
        #expect(result.status == 0, "\(result.errors)")
        let said = result.text.components(separatedBy: "connections:\n").last ?? ""
        let expected = try String(contentsOfFile: Hermit.root + "/Tests/Programs/vsock_errors.txt", encoding: .utf8)
        let differences = zip(
            expected.split(separator: "\n"), said.split(separator: "\n")
        ).filter { $0 != $1 }
        #expect(differences.map { "\($0), not \($1)" } == [])
        #expect(said == expected)
    }

    @Test(arguments: [1, 4])
    func streams(cpus: Int) async throws {
        let result = try await Hermit.run([
            "run", "--timeout", "240", "--cpus", String(cpus), Hermit.root + "/Tests/Programs/vsock_streams.c",
        ])
        #expect(result.status == 0, "\(result.errors)")
        #expect(
            result.text == """
                6 streams of 1048576 bytes and back
                poll and epoll
                context -1
                limits
                3000 connections
                done

                """)
    }

    /// With the host at the other end, on both kinds of buses.
    @Test(
        .enabled(
            if: FileManager.default.fileExists(atPath: "/dev/vhost-vsock"),
            "the host has no /dev/vhost-vsock (kernel module vhost_vsock)"),
        .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/socat"), "socat is not installed"),
        arguments: ["q35", "microvm"])
    func theHost(machine: String) async throws {
        let context = UInt32.random(in: 1000...4_000_000_000)
        let port = UInt32.random(in: 1024...4_000_000_000)
        async let server = Hermit.command(
            "/usr/bin/timeout", ["120", "/usr/bin/socat", "VSOCK-LISTEN:\(port)", "EXEC:/bin/cat"])
        let result = try await Hermit.run([
            "run", "--timeout", "100", "--machine", machine, "--vsock", String(context),
            Hermit.root + "/Tests/Programs/vsock_streams.c", "--", "host", String(port),
        ])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.text == "the host has sent back 1048576 bytes\n")
        _ = try await server
    }

    /// A host that can't says why.
    @Test(.enabled(if: !FileManager.default.fileExists(atPath: "/dev/vhost-vsock"), "the host has /dev/vhost-vsock"))
    func aHostWithoutTheDevice() async throws {
        let result = try await Hermit.run([
            "run", "--vsock", "52", Hermit.root + "/Tests/Programs/vsock_streams.c",
        ])
        #expect(result.status == 1)
        #expect(result.text.isEmpty)
        #expect(result.errors.contains("--vsock: there is no /dev/vhost-vsock"))
    }

    /// Whether the host's Linux has such sockets ("making"), and connects with itself.
    private static func hostHas(_ words: [String]) -> Bool {
        let fd = socket(40, Int32(SOCK_STREAM.rawValue), 0)
        guard fd >= 0 else { return false }
        defer { close(fd) }
        if words == ["making"] { return true }
        // Only where it is there may a port be bound at VMADDR_CID_LOCAL.
        var address = [UInt8](repeating: 0, count: 16)
        (address[0], address[8]) = (40, 1)
        for place in 4..<8 { address[place] = 0xFF }
        return address.withUnsafeBytes {
            bind(fd, $0.baseAddress!.assumingMemoryBound(to: sockaddr.self), 16) == 0
        }
    }
}
